package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The names of {@link InMemoryAccounts}. Its changes are thread-safe; the other methods are used
 * only under the lock.
 */
final class InMemoryNames implements NameStore {
  private static final NameChange DONE = new NameChange.Changed(List.of());

  private final Map<AccountId, InMemoryAccount> accounts;
  private final InMemoryVersions versions;
  private final InMemoryOperations operations;
  private final InstantSource clock;
  private final Map<LoginId, InMemoryAccount> byLogin = new HashMap<>();

  InMemoryNames(
      Map<AccountId, InMemoryAccount> accounts,
      InMemoryVersions versions,
      InMemoryOperations operations,
      InstantSource clock) {
    this.accounts = accounts;
    this.versions = versions;
    this.operations = operations;
    this.clock = clock;
  }

  Optional<InMemoryAccount> find(LoginId loginId) {
    return Optional.ofNullable(byLogin.get(loginId));
  }

  boolean isTaken(LoginId loginId) {
    return byLogin.containsKey(loginId);
  }

  void created(InMemoryAccount account) {
    account.logins.keySet().forEach(loginId -> byLogin.put(loginId, account));
  }

  void deleted(InMemoryAccount account) {
    byLogin.keySet().removeAll(account.logins.keySet());
  }

  @Override
  public NameChange changeLoginId(
      AccountId account, LoginId next, OperationId operation, Deadline deadline) {
    Credential.requireOneTenant(account, next);
    return change(
        "changeLoginId",
        account,
        operation,
        deadline,
        known -> {
          LoginId first = known.firstLogin();
          if (first.equals(next)) {
            return DONE;
          }
          if (isTaken(next) && !known.logins.containsKey(next)) {
            return new NameChange.Taken();
          }
          Map<LoginId, Instant> others = new LinkedHashMap<>(known.logins);
          Instant since = requireNonNull(others.remove(first), "since");
          others.remove(next);
          known.logins.clear();
          known.logins.put(next, since);
          known.logins.putAll(others);
          byLogin.put(next, known);
          return ended(known, first);
        });
  }

  @Override
  public NameChange addLoginId(
      AccountId account, LoginId further, OperationId operation, Deadline deadline) {
    Credential.requireOneTenant(account, further);
    return change(
        "addLoginId",
        account,
        operation,
        deadline,
        known -> {
          if (known.logins.containsKey(further)) {
            return DONE;
          }
          if (isTaken(further)) {
            return new NameChange.Taken();
          }
          if (known.logins.size() >= NameStore.maxOfAccount()) {
            return new NameChange.Full();
          }
          known.logins.put(further, clock.instant());
          byLogin.put(further, known);
          return new NameChange.Changed(versions.beginEpoch(known).pending());
        });
  }

  @Override
  public NameChange removeLoginId(
      AccountId account, LoginId loginId, OperationId operation, Deadline deadline) {
    Credential.requireOneTenant(account, loginId);
    return change(
        "removeLoginId",
        account,
        operation,
        deadline,
        known -> {
          if (!known.logins.containsKey(loginId)) {
            return new NameChange.Absent();
          }
          if (known.logins.size() == 1) {
            return new NameChange.Last();
          }
          known.logins.remove(loginId);
          return ended(known, loginId);
        });
  }

  /** Begins an epoch of an account that has just lost an identifier. */
  private NameChange ended(InMemoryAccount account, LoginId former) {
    byLogin.remove(former);
    List<Invalidation> present = versions.beginEpoch(account).pending();
    List<Invalidation> pending = new ArrayList<>();
    pending.add(versions.tellLogin(account, former));
    pending.addAll(present);
    return new NameChange.Changed(pending);
  }

  @Override
  public NameChange setExternalId(
      AccountId account, ExternalId externalId, OperationId operation, Deadline deadline) {
    account.requireSame(externalId.tenant(), "externalId");
    return change(
        "setExternalId",
        account,
        operation,
        deadline,
        known -> {
          boolean taken =
              accounts.values().stream()
                  .anyMatch(it -> it != known && externalId.equals(it.externalId));
          if (taken) {
            return new NameChange.Taken();
          }
          known.externalId = externalId;
          return DONE;
        });
  }

  @Override
  public NameChange clearExternalId(AccountId account, OperationId operation, Deadline deadline) {
    return change(
        "clearExternalId",
        account,
        operation,
        deadline,
        known -> {
          boolean absent = known.externalId == null;
          known.externalId = null;
          return absent ? new NameChange.Absent() : DONE;
        });
  }

  @Override
  public NameChange linkIdentity(
      AccountId account, ExternalIdentity identity, OperationId operation, Deadline deadline) {
    account.requireSame(identity.tenant(), "identity");
    return change(
        "linkIdentity",
        account,
        operation,
        deadline,
        known -> {
          if (known.identities.contains(identity)) {
            return DONE;
          }
          if (accounts.values().stream().anyMatch(it -> it.identities.contains(identity))) {
            return new NameChange.Taken();
          }
          if (known.identities.size() >= NameStore.maxOfAccount()) {
            return new NameChange.Full();
          }
          known.identities.add(identity);
          return DONE;
        });
  }

  @Override
  public NameChange unlinkIdentity(
      AccountId account, ExternalIdentity identity, OperationId operation, Deadline deadline) {
    account.requireSame(identity.tenant(), "identity");
    return change(
        "unlinkIdentity",
        account,
        operation,
        deadline,
        known -> known.identities.remove(identity) ? DONE : new NameChange.Absent());
  }

  private NameChange change(
      String step,
      AccountId account,
      OperationId operation,
      Deadline deadline,
      Function<InMemoryAccount, NameChange> body) {
    requireNonNull(account, "account");
    return operations.once(
        step,
        NameChange.class,
        account,
        operation,
        deadline,
        () -> {
          InMemoryAccount known = accounts.get(account);
          return known == null ? new NameChange.Unknown() : body.apply(known);
        });
  }
}
