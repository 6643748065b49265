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
import java.util.Optional;
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
        .isEmpty();
  }

  @Test
  void grantedRolesAreThereAndRevokedOnesAreGone() {
    AccountId account = newAccount();

    ProfileStore.Change first = change(account, Set.of("admin", "a.b:c-d_E9"), Set.of());
    assertThat(first.user()).isEqualTo(load(account));
    assertThat(first.user().roles()).containsExactlyInAnyOrder("admin", "a.b:c-d_E9");

    ProfileStore.Change second = change(account, Set.of("editor"), Set.of("admin"));
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

    ProfileStore.Change change = change(account, Set.of("admin"), Set.of());

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

    ProfileStore.Change change = change(account, Set.of("admin"), Set.of("nobody"));

    assertThat(change).isEqualTo(new ProfileStore.Change(before, List.of()));
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
    ProfileStore.Change first = change(account, Set.of("admin"), Set.of(), operation);
    change(account, Set.of(), Set.of("admin"));

    ProfileStore.Change repeat = change(account, Set.of("admin"), Set.of(), operation);

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

  private ProfileStore.Change change(AccountId account, Set<String> grant, Set<String> revoke) {
    return change(account, grant, revoke, OperationId.random());
  }

  private ProfileStore.Change change(
      AccountId account, Set<String> grant, Set<String> revoke, OperationId operation) {
    Optional<ProfileStore.Change> change =
        store().changeRoles(account, grant, revoke, operation, deadline());
    return change.orElseThrow();
  }
}
