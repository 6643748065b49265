package io.doorward.auth.testkit;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.CredentialStore.Creation;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.Outbox.Outcome;
import io.doorward.auth.account.Outbox.Pending;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Function;

/** The fixtures that contracts share. */
final class Fixtures {
  static final int SIXTEEN = 16;

  private Fixtures() {}

  /** Ample: a contract that runs into it has found a store that hangs. */
  static Deadline deadline() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  static Deadline expired() {
    MutableClock clock = MutableClock.now();
    Deadline deadline = Deadline.after(Duration.ofMillis(1), clock);
    clock.advance(Duration.ofMillis(2));
    return deadline;
  }

  static LoginId login() {
    return LoginId.email(
        "u" + UUID.randomUUID().toString().toLowerCase(Locale.ROOT) + "@contract.example");
  }

  static Creation.Created account(AccountStores stores) {
    return (Creation.Created)
        stores
            .credentials()
            .create(
                NewAccount.of(
                    AccountId.random(), login(), AccountStatus.ACTIVE, TestSecrets.newHash()),
                OperationId.random(),
                deadline());
  }

  /** Returns the password credential of a new account. */
  static Credential credential(AccountStores stores) {
    return account(stores).credential().orElseThrow();
  }

  static Change.Changed changePassword(AccountStores stores, Credential credential) {
    return (Change.Changed)
        stores
            .credentials()
            .changePassword(
                credential.account(),
                credential.version(),
                TestSecrets.newHash(),
                OperationId.random(),
                deadline());
  }

  /** Returns what is told of a login identifier. */
  static List<Long> loginFloors(List<Invalidation> pending, LoginId login) {
    return pending.stream()
        .filter(Invalidation.OfLogin.class::isInstance)
        .filter(told -> ((Invalidation.OfLogin) told).loginId().equals(login))
        .map(Invalidation::floor)
        .toList();
  }

  /** Returns what is told of a user record. */
  static List<Long> userFloors(List<Invalidation> pending, AccountId account) {
    return pending.stream()
        .filter(Invalidation.OfUser.class::isInstance)
        .filter(told -> ((Invalidation.OfUser) told).account().equals(account))
        .map(Invalidation::floor)
        .toList();
  }

  /** Records each invalidation and confirms it. */
  static Function<Pending, Outcome> confirming(Collection<Invalidation> seen) {
    return row -> {
      seen.add(row.invalidation());
      return new Outcome.Confirmed();
    };
  }

  /** Confirms nothing: the row is due again at once. */
  static Outcome refuse(Pending row) {
    return new Outcome.Later(row.attempts() + 1, Duration.ZERO);
  }

  /** Everything that is pending, confirmed, also what waits. */
  static List<Invalidation> drainAll(AccountStores stores) {
    while (stores.outbox().makeDue(100, deadline()) > 0) {
      // The next hundred.
    }
    List<Invalidation> all = new ArrayList<>();
    while (stores.outbox().drain(100, confirming(all), deadline()).taken() > 0) {
      // The next hundred.
    }
    return all;
  }
}
