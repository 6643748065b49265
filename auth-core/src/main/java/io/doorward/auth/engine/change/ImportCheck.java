package io.doorward.auth.engine.change;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Admin.ImportResult.Reason;
import io.doorward.auth.Admin.ImportResult.Refused;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountImport;
import io.doorward.auth.account.ImportedAccount;
import io.doorward.auth.account.NameStore;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher.UnreadableHash;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes a row of an account of another system, or says why it cannot be imported. Thread-safe. */
public final class ImportCheck {
  /** The clocks of two systems differ. */
  private static final Duration SKEW = Duration.ofMinutes(5);

  private final Function<PasswordHash, Optional<UnreadableHash>> whyUnreadable;
  private final InstantSource clock;

  public ImportCheck(
      Function<PasswordHash, Optional<UnreadableHash>> whyUnreadable, InstantSource clock) {
    this.whyUnreadable = requireNonNull(whyUnreadable, "whyUnreadable");
    this.clock = requireNonNull(clock, "clock");
  }

  /** Either a row, or why there is none. */
  record Outcome(Optional<AccountImport.Row> row, Optional<Refused> refused) {}

  private record Problem(Reason reason, String detail) {}

  Outcome check(long number, @Nullable ImportedAccount account) {
    Optional<Problem> problem = account == null ? missing() : problemOf(account);
    return problem.isPresent()
        ? new Outcome(
            Optional.empty(), problem.map(it -> new Refused(number, it.reason(), it.detail())))
        : new Outcome(Optional.of(row(requireNonNull(account))), Optional.empty());
  }

  private static AccountImport.Row row(ImportedAccount account) {
    return new AccountImport.Row(
        AccountId.random(account.tenant()),
        account.loginIds().stream().flatMap(Optional::stream).distinct().toList(),
        account.status(),
        account.hash().map(PasswordHash::of),
        account.roles().stream().map(Objects::requireNonNull).collect(Collectors.toSet()),
        account.externalId().map(it -> new ExternalId(account.tenant(), it)),
        account.createdAt());
  }

  private static Optional<Problem> missing() {
    return Optional.of(new Problem(Reason.MISSING, "there is no account"));
  }

  private Optional<Problem> problemOf(ImportedAccount account) {
    return ofLoginIds(account.loginIds())
        .or(() -> account.hash().flatMap(this::ofHash))
        .or(() -> ofRoles(account.roles()))
        .or(() -> account.externalId().flatMap(it -> ofExternalId(account.tenant(), it)))
        .or(() -> account.createdAt().flatMap(this::ofCreatedAt));
  }

  private static Optional<Problem> ofLoginIds(List<Optional<LoginId>> loginIds) {
    int count = loginIds.size();
    if (count < 1 || count > NameStore.maxOfAccount()) {
      return Optional.of(
          new Problem(
              Reason.LOGIN_ID,
              "there must be 1 to "
                  + NameStore.maxOfAccount()
                  + " login identifiers, there are "
                  + count));
    }
    int bad = loginIds.indexOf(Optional.<LoginId>empty());
    return bad < 0
        ? Optional.empty()
        : Optional.of(
            new Problem(
                Reason.LOGIN_ID,
                "login identifier " + (bad + 1) + " is no e-mail address or telephone number"));
  }

  private Optional<Problem> ofHash(String encoded) {
    try {
      return whyUnreadable
          .apply(PasswordHash.of(encoded))
          .map(it -> new Problem(Reason.HASH, it.cause() + ": " + it.detail()));
    } catch (IllegalArgumentException e) {
      return Optional.of(new Problem(Reason.HASH, String.valueOf(e.getMessage())));
    }
  }

  private static Optional<Problem> ofRoles(List<@Nullable String> roles) {
    if (roles.stream().anyMatch(role -> role == null || !ProfileStore.isRole(role))) {
      return Optional.of(
          new Problem(Reason.ROLE, "a role must be 1 to 64 characters of A-Z a-z 0-9 _ - . :"));
    }
    return roles.stream().distinct().count() > ProfileStore.maxRoles()
        ? Optional.of(
            new Problem(
                Reason.ROLE, "an account has at most " + ProfileStore.maxRoles() + " roles"))
        : Optional.empty();
  }

  private static Optional<Problem> ofExternalId(TenantId tenant, String externalId) {
    try {
      new ExternalId(tenant, externalId);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(new Problem(Reason.EXTERNAL_ID, String.valueOf(e.getMessage())));
    }
  }

  private Optional<Problem> ofCreatedAt(Instant createdAt) {
    boolean lies =
        !createdAt.isBefore(Instant.EPOCH) && !createdAt.isAfter(clock.instant().plus(SKEW));
    return lies
        ? Optional.empty()
        : Optional.of(
            new Problem(Reason.CREATED_AT, "the time of creation must lie between 1970 and now"));
  }
}
