package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.password.PasswordHash;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests what every {@link AccountStore} remembers of changes. Extend it, name the stores, and run
 * it. The store need not be empty, but no other process may clean it up meanwhile.
 */
@Tag("contract")
public abstract class OperationLogContract {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final int ALL = 10_000;

  /** For sub-classes. */
  protected OperationLogContract() {}

  /**
   * Returns the stores under test.
   *
   * @return the same stores for the whole of a test
   */
  protected abstract AccountStores stores();

  private AccountStore log() {
    return stores().all();
  }

  @Test
  void anOutcomeThatIsYoungStaysAndAnswersARepeat() {
    Credential seen = Fixtures.credential(stores());
    PasswordHash next = TestSecrets.newHash();
    OperationId operation = OperationId.random();
    Change.Changed first = (Change.Changed) changePassword(seen, next, operation);

    log().removeOperations(HOUR, ALL, deadline());

    assertThat(changePassword(seen, next, operation))
        .isInstanceOfSatisfying(
            Change.Changed.class, again -> assertThat(again.version()).isEqualTo(first.version()));
  }

  /** Otherwise a caller of one tenant would learn of a change in another one. */
  @Test
  void anOutcomeIsToldInItsTenantOnly() {
    Credential seen = Fixtures.credential(stores());
    PasswordHash next = TestSecrets.newHash();
    OperationId password = OperationId.random();
    OperationId roles = OperationId.random();
    changePassword(seen, next, password);
    grant(seen, "clerk", roles);
    AccountId foreign = AccountId.of(new TenantId("north"), seen.account().local());

    assertThat(
            stores()
                .credentials()
                .changePassword(foreign, seen.version(), next, password, deadline()))
        .isEqualTo(new Change.VersionConflict());
    assertThat(
            stores()
                .credentials()
                .changeStatus(foreign, AccountStatus.DISABLED, password, deadline()))
        .isEqualTo(new Change.VersionConflict());
    assertThat(
            stores().profiles().changeRoles(foreign, Set.of("clerk"), Set.of(), roles, deadline()))
        .isEqualTo(new ProfileStore.Change.Unknown());
  }

  @Test
  void anOutcomeThatIsOldIsForgottenAlsoWhereItsAccountDoesNothingMore() {
    Credential seen = Fixtures.credential(stores());
    PasswordHash next = TestSecrets.newHash();
    OperationId password = OperationId.random();
    changePassword(seen, next, password);
    OperationId roles = OperationId.random();
    long before = grant(seen, "clerk", roles);

    forgetAll();

    assertThat(changePassword(seen, next, password)).isInstanceOf(Change.VersionConflict.class);
    stores()
        .profiles()
        .changeRoles(seen.account(), Set.of(), Set.of("clerk"), OperationId.random(), deadline());
    assertThat(grant(seen, "clerk", roles)).as("a new call").isGreaterThan(before);
  }

  @Test
  void whatAnOutcomeToldOfStaysAsItIs() {
    Credential seen = Fixtures.credential(stores());
    PasswordHash next = TestSecrets.newHash();
    Change.Changed changed = (Change.Changed) changePassword(seen, next, OperationId.random());

    forgetAll();

    assertThat(stores().credentials().find(seen.account(), deadline()))
        .hasValueSatisfying(
            now -> {
              assertThat(now.version()).isEqualTo(changed.version());
              assertThat(now.hash()).isEqualTo(next);
            });
  }

  @Test
  void aBatchIsBounded() {
    forgetAll();
    Credential seen = Fixtures.credential(stores());
    for (int i = 0; i < 3; i++) {
      grant(seen, "role-" + i, OperationId.random());
    }

    await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(forget(2)).isEqualTo(2));
    await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(forget(2)).isPositive());
  }

  @Test
  void numbersThatMakeNoSenseAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> log().removeOperations(HOUR.negated(), 1, deadline()))
        .withMessage("age must not be negative: PT-1H");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> log().removeOperations(HOUR, 0, deadline()))
        .withMessage("max must be positive: 0");
  }

  @Test
  void anExpiredDeadlineIsAStoreExceptionAndNotAnAnswer() {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> log().removeOperations(HOUR, 1, expired()));
  }

  /** Until nothing is left that was there when it began. */
  private void forgetAll() {
    Credential last = Fixtures.credential(stores());
    OperationId operation = OperationId.random();
    PasswordHash next = TestSecrets.newHash();
    changePassword(last, next, operation);
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () -> {
              while (forget(ALL) > 0) {
                // The next batch.
              }
              return changePassword(last, next, operation) instanceof Change.VersionConflict;
            });
  }

  private int forget(int max) {
    return log().removeOperations(Duration.ofMillis(1), max, deadline());
  }

  private Change changePassword(Credential seen, PasswordHash next, OperationId operation) {
    return stores()
        .credentials()
        .changePassword(seen.account(), seen.version(), next, operation, deadline());
  }

  private long grant(Credential seen, String role, OperationId operation) {
    ProfileStore.Change change =
        stores()
            .profiles()
            .changeRoles(seen.account(), Set.of(role), Set.of(), operation, deadline());
    return ((ProfileStore.Change.Changed) change).user().version();
  }
}
