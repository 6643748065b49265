package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.SIXTEEN;
import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the contract of every {@link ProfileStore}. Extend it, name the stores, and run it. */
@Tag("contract")
public abstract class ProfileStoreContract {
  /** For sub-classes. */
  protected ProfileStoreContract() {}

  /**
   * Returns the stores under test.
   *
   * @return stores over one database, which need not be empty
   */
  protected abstract AccountStores stores();

  private ProfileStore store() {
    return stores().profiles();
  }

  @Test
  void aNewAccountHasAProfileWithoutRoles() {
    AccountId account = newAccount();

    UserRecord user = load(account);

    assertThat(user.account()).isEqualTo(account);
    assertThat(user.roles()).isEmpty();
    assertThat(user.version()).isPositive();
  }

  @Test
  void whoIsNotThereHasNoProfile() {
    assertThat(store().load(AccountId.random(), deadline())).isEmpty();
    assertThat(
            store()
                .changeRoles(
                    AccountId.random(),
                    Set.of("admin"),
                    Set.of(),
                    OperationId.random(),
                    deadline()))
        .isEqualTo(new ProfileStore.Change.Unknown());
  }

  @Test
  void grantedRolesAreThereAndRevokedOnesAreGone() {
    AccountId account = newAccount();

    ProfileStore.Change.Changed first = change(account, Set.of("admin", "a.b:c-d_E9"), Set.of());
    assertThat(first.user()).isEqualTo(load(account));
    assertThat(first.user().roles()).containsExactlyInAnyOrder("admin", "a.b:c-d_E9");

    ProfileStore.Change.Changed second = change(account, Set.of("editor"), Set.of("admin"));
    assertThat(second.user()).isEqualTo(load(account));
    assertThat(second.user().roles()).containsExactlyInAnyOrder("editor", "a.b:c-d_E9");
    assertThat(second.user().version()).isGreaterThan(first.user().version());
  }

  @Test
  void revokingWinsOverGranting() {
    AccountId account = newAccount();
    change(account, Set.of("admin"), Set.of());

    assertThat(change(account, Set.of("admin", "new"), Set.of("admin", "new")).user().roles())
        .isEmpty();
  }

  @Test
  void rolesAreComparedExactly() {
    AccountId account = newAccount();
    change(account, Set.of("Admin"), Set.of());

    assertThat(change(account, Set.of(), Set.of("admin")).user().roles()).containsExactly("Admin");
  }

  @Test
  void aChangeTellsRedisTheVersionAfterIt() {
    AccountId account = newAccount();
    Fixtures.drainAll(stores());

    ProfileStore.Change.Changed change = change(account, Set.of("admin"), Set.of());

    assertThat(change.pending())
        .singleElement()
        .isInstanceOfSatisfying(
            Invalidation.OfUser.class,
            told -> {
              assertThat(told.account()).isEqualTo(account);
              assertThat(told.floor()).isEqualTo(change.user().version());
            });
    assertThat(Fixtures.drainAll(stores())).containsExactlyElementsOf(change.pending());
  }

  @Test
  void whatChangesNothingTellsNothing() {
    AccountId account = newAccount();
    UserRecord before = change(account, Set.of("admin"), Set.of()).user();
    Fixtures.drainAll(stores());

    ProfileStore.Change.Changed change = change(account, Set.of("admin"), Set.of("nobody"));

    assertThat(change).isEqualTo(new ProfileStore.Change.Changed(before, List.of()));
    assertThat(load(account)).isEqualTo(before);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
  }

  @Test
  void rolesSayNothingAboutCredentials() {
    AccountId account = newAccount();
    Epoch before = load(account).epoch();

    assertThat(change(account, Set.of("admin"), Set.of()).user().epoch()).isEqualTo(before);
  }

  @Test
  void sixteenCallersLoseNoRole() {
    AccountId account = newAccount();
    List<Callable<Long>> callers = new ArrayList<>();
    for (int i = 0; i < SIXTEEN; i++) {
      String role = "role-" + i;
      callers.add(() -> change(account, Set.of(role), Set.of()).user().version());
    }

    List<Long> versions = Concurrently.call(callers);

    assertThat(load(account).roles())
        .isEqualTo(
            IntStream.range(0, SIXTEEN).mapToObj(i -> "role-" + i).collect(Collectors.toSet()));
    assertThat(versions).doesNotHaveDuplicates();
    assertThat(load(account).version())
        .isEqualTo(versions.stream().mapToLong(Long::longValue).max().orElseThrow());
  }

  @Test
  void aRepeatReportsTheFirstOutcomeAndChangesNothing() {
    AccountId account = newAccount();
    OperationId operation = OperationId.random();
    ProfileStore.Change.Changed first = change(account, Set.of("admin"), Set.of(), operation);
    change(account, Set.of(), Set.of("admin"));

    ProfileStore.Change.Changed repeat = change(account, Set.of("admin"), Set.of(), operation);

    assertThat(repeat.user()).isEqualTo(first.user());
    assertThat(load(account).roles()).isEmpty();
  }

  @Test
  void aRoleOfAnotherFormIsRefused() {
    AccountId account = newAccount();
    for (String role : List.of("", " ", "a b", "a,b", "ä", "a\nb", "x".repeat(65))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> change(account, Set.of(role), Set.of()));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> change(account, Set.of(), Set.of(role)));
    }
    assertThat(load(account).roles()).isEmpty();
  }

  @Test
  void anAccountHasAtMost64RolesAndMoreAreRefused() {
    AccountId account = newAccount();
    UserRecord full = change(account, longest(0, 64), Set.of()).user();
    assertThat(full.roles()).hasSize(ProfileStore.maxRoles());
    Fixtures.drainAll(stores());
    OperationId refused = OperationId.random();

    assertThat(tryToGrant(account, Set.of("one-more"), refused))
        .isEqualTo(new ProfileStore.Change.Full());
    assertThat(load(account)).as("nothing is written").isEqualTo(full);
    assertThat(Fixtures.drainAll(stores())).isEmpty();

    Set<String> first = longest(0, 1);
    assertThat(change(account, Set.of("one-more"), first).user().roles())
        .as("in place of another one")
        .hasSize(64)
        .contains("one-more");
    assertThat(change(account, Set.of("one-more"), Set.of()).user().roles()).hasSize(64);
    change(account, Set.of(), Set.of("one-more"));
    assertThat(tryToGrant(account, Set.of("one-more"), refused))
        .as("a refusal is not remembered")
        .isInstanceOf(ProfileStore.Change.Changed.class);
  }

  @Test
  void rolesThatDoNotFitTogetherAreAllRefused() {
    AccountId account = newAccount();
    UserRecord before = change(account, Set.of("admin"), Set.of()).user();

    assertThat(tryToGrant(account, longest(0, 64), OperationId.random()))
        .isEqualTo(new ProfileStore.Change.Full());
    assertThat(load(account)).isEqualTo(before);
  }

  @Test
  void ofCallersThatTakeTheLastPlaceOneWins() {
    AccountId account = newAccount();
    change(account, longest(0, 63), Set.of());
    List<Callable<ProfileStore.Change>> callers = new ArrayList<>();
    for (int i = 0; i < SIXTEEN; i++) {
      String role = "role-" + i;
      callers.add(() -> tryToGrant(account, Set.of(role), OperationId.random()));
    }

    assertThat(Concurrently.call(callers))
        .filteredOn(ProfileStore.Change.Changed.class::isInstance)
        .hasSize(1);
    assertThat(load(account).roles()).hasSize(64);
  }

  @Test
  void aRecordThatIsNotBelowANumberDoesNotOutgrowIt() {
    AccountId account = newAccount();
    UserRecord record = load(account);

    assertThat(store().outgrow(account, 0, deadline())).isFalse();
    assertThat(load(account)).isEqualTo(record);
  }

  @Test
  void anExpiredDeadlineIsAStoreExceptionAndNotAnAnswer() {
    AccountId account = newAccount();
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store().load(account, expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(
            () ->
                store()
                    .changeRoles(
                        account, Set.of("admin"), Set.of(), OperationId.random(), expired()));
    assertThat(load(account).roles()).isEmpty();
  }

  private AccountId newAccount() {
    return Fixtures.credential(stores()).account();
  }

  private UserRecord load(AccountId account) {
    return store().load(account, deadline()).orElseThrow();
  }

  private ProfileStore.Change.Changed change(
      AccountId account, Set<String> grant, Set<String> revoke) {
    return change(account, grant, revoke, OperationId.random());
  }

  private ProfileStore.Change.Changed change(
      AccountId account, Set<String> grant, Set<String> revoke, OperationId operation) {
    return (ProfileStore.Change.Changed)
        store().changeRoles(account, grant, revoke, operation, deadline());
  }

  private ProfileStore.Change tryToGrant(
      AccountId account, Set<String> grant, OperationId operation) {
    return store().changeRoles(account, grant, Set.of(), operation, deadline());
  }

  /** Returns roles of the greatest length. */
  private static Set<String> longest(int first, int count) {
    return IntStream.range(first, first + count)
        .mapToObj(i -> "r".repeat(61) + (100 + i))
        .collect(Collectors.toSet());
  }
}
