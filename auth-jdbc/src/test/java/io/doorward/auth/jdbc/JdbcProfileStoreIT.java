package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.ProfileStore.Change;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.OperationId;
import java.sql.SQLException;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class JdbcProfileStoreIT {
  private static Fixture db;

  @BeforeAll
  static void open() {
    db = Fixture.fresh();
  }

  @AfterAll
  static void close() {
    db.close();
  }

  private static Change.Changed change(Credential of, Set<String> grant, Set<String> revoke) {
    return change(of, grant, revoke, OperationId.random());
  }

  private static Change.Changed change(
      Credential of, Set<String> grant, Set<String> revoke, OperationId operation) {
    return (Change.Changed) db.profiles.changeRoles(of.account(), grant, revoke, operation, soon());
  }

  @Test
  void rolesAreGrantedAndRevokedAndRevokingWins() {
    Credential account = db.newAccount();
    assertThat(change(account, Set.of("a", "b"), Set.of()).user().roles())
        .containsExactlyInAnyOrder("a", "b");
    assertThat(change(account, Set.of("c", "d"), Set.of("b", "d", "unknown")).user().roles())
        .containsExactlyInAnyOrder("a", "c");
    assertThat(db.user(account).roles()).containsExactlyInAnyOrder("a", "c");
  }

  @Test
  void aChangeRaisesTheVersionAndTellsIt() throws SQLException {
    Credential account = db.newAccount();
    long before = db.user(account).version();
    db.clearOutbox();
    Change.Changed change = change(account, Set.of("a"), Set.of());
    assertThat(change.user()).isEqualTo(db.user(account));
    assertThat(change.user().version()).isGreaterThan(before);
    assertThat(change.pending())
        .singleElement()
        .isInstanceOfSatisfying(
            Invalidation.OfUser.class,
            row -> {
              assertThat(row.account()).isEqualTo(account.account());
              assertThat(row.floor()).isEqualTo(change.user().version());
            });
  }

  @Test
  void whatIsThereAlreadyChangesNothing() {
    Credential account = db.newAccount();
    Change.Changed first = change(account, Set.of("a"), Set.of("z"));
    Change.Changed second = change(account, Set.of("a"), Set.of("z"));
    assertThat(second.user()).isEqualTo(first.user());
    assertThat(second.pending()).isEmpty();
  }

  @Test
  void aRepeatIsNotDoneTwice() {
    Credential account = db.newAccount();
    OperationId operation = OperationId.random();
    Change.Changed first = change(account, Set.of("admin"), Set.of(), operation);
    assertThat(change(account, Set.of("admin"), Set.of(), operation)).isEqualTo(first);
    change(account, Set.of(), Set.of("admin"));
    assertThat(change(account, Set.of("admin"), Set.of(), operation).user())
        .isEqualTo(first.user());
    assertThat(db.user(account).roles()).isEmpty();
  }

  @Test
  void parallelChangesAreAllKept() throws Exception {
    Credential account = db.newAccount();
    AtomicInteger next = new AtomicInteger();
    Fixture.together(16, () -> change(account, Set.of("role" + next.incrementAndGet()), Set.of()));
    assertThat(db.user(account).roles()).hasSize(16);
  }

  @Test
  void nobodyHasNoProfile() {
    assertThat(db.profiles.load(AccountId.random(), soon())).isEmpty();
    assertThat(
            db.profiles.changeRoles(
                AccountId.random(), Set.of("a"), Set.of(), OperationId.random(), soon()))
        .isEqualTo(new Change.Unknown());
  }

  /** An administrator's SQL is not checked; what it has assigned can be taken away. */
  @Test
  void rolesBeyondTheBoundCanBeTakenAwayAndNotAdded() throws SQLException {
    Credential account = db.newAccount();
    db.sql(
        "UPDATE {user_profiles} SET roles = ARRAY(SELECT 'r' || n FROM generate_series(1, 70) n)"
            + " WHERE account_id = ?",
        UUID.fromString(account.account().value()));

    assertThat(change(account, Set.of(), Set.of("r1")).user().roles()).hasSize(69);
    assertThat(
            db.profiles.changeRoles(
                account.account(), Set.of("a"), Set.of("r2"), OperationId.random(), soon()))
        .isEqualTo(new Change.Full());
    assertThat(db.user(account).roles()).hasSize(69);
  }

  @Test
  void anAdministratorsDoubledRoleIsOneRole() throws SQLException {
    Credential account = db.newAccount();
    db.sql(
        "UPDATE {user_profiles} SET roles = ARRAY['a', 'a'] WHERE account_id = ?",
        UUID.fromString(account.account().value()));
    assertThat(db.user(account).roles()).containsExactly("a");
  }

  @Test
  void aRoleOfAnotherFormIsRefused() {
    Credential account = db.newAccount();
    for (String role : new String[] {"", "a b", "a,b", "a\u0000", "x".repeat(65)}) {
      assertThatThrownBy(() -> change(account, Set.of(role), Set.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("grant must have roles");
    }
  }
}
