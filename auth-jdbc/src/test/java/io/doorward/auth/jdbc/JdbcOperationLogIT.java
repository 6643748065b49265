package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.hash;
import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.base.OperationId;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class JdbcOperationLogIT {
  private static final Duration TWO_DAYS = Duration.ofDays(2);
  private static final String AGE =
      "UPDATE {operations} SET done_at = now() - ?::interval WHERE account_id = ?";

  private static Fixture db;
  private static AccountStore log;

  @BeforeAll
  static void open() {
    db = Fixture.fresh();
    log = JdbcStores.of(db.pool.dataSource(), db.schema).accounts();
  }

  @AfterAll
  static void close() {
    db.close();
  }

  @BeforeEach
  void forgetOthers() throws SQLException {
    db.sql("DELETE FROM {operations}");
  }

  /** Changes roles so many times and does nothing any more. */
  private static Credential quiet(int operations, String age) throws SQLException {
    Credential account = db.newAccount();
    for (int i = 0; i < operations; i++) {
      db.profiles.changeRoles(
          account.account(), Set.of("role-" + i), Set.of(), OperationId.random(), soon());
    }
    assertThat(db.sql(AGE, age, id(account))).isEqualTo(operations);
    return account;
  }

  private static UUID id(Credential account) {
    return UUID.fromString(account.account().value());
  }

  private static int left() throws SQLException {
    return db.query("SELECT operation_id FROM {operations}").size();
  }

  @Test
  void outcomesOfQuietAccountsAreRemovedInBatchesTheOldestFirst() throws SQLException {
    Credential older = quiet(3, "60 hours");
    quiet(2, "49 hours");
    quiet(2, "47 hours");

    assertThat(log.removeOperations(TWO_DAYS, 3, soon())).isEqualTo(3);
    assertThat(db.query("SELECT 1::text FROM {operations} WHERE account_id = ?", id(older)))
        .isEmpty();
    assertThat(log.removeOperations(TWO_DAYS, 3, soon())).isEqualTo(2);
    assertThat(log.removeOperations(TWO_DAYS, 3, soon())).isZero();
    assertThat(left()).isEqualTo(2);
  }

  @Test
  void anOutcomeAnswersARepeatForAsLongAsAnyDeadlineLasts() throws SQLException {
    Credential account = db.newAccount();
    OperationId operation = OperationId.random();
    Change first = change(account, operation);
    db.sql(AGE, "25 hours", id(account));

    db.profiles.changeRoles(
        account.account(), Set.of("clerk"), Set.of(), OperationId.random(), soon());
    log.removeOperations(TWO_DAYS, 100, soon());

    assertThat(((Change.Changed) change(account, operation)).version())
        .isEqualTo(((Change.Changed) first).version());
  }

  private static Change change(Credential seen, OperationId operation) {
    return db.credentials.changePassword(
        seen.account(), seen.version(), hash("next"), operation, soon());
  }

  @Test
  void oneNodeCleansUpAtATime() throws SQLException {
    quiet(1, "3 days");
    try (Connection another = db.admin()) {
      another.setAutoCommit(false);
      db.query(another, "SELECT pg_advisory_xact_lock(hashtextextended('{operations}', 0))::text");

      assertThat(log.removeOperations(TWO_DAYS, 10, soon())).isZero();
      another.rollback();
    }
    assertThat(log.removeOperations(TWO_DAYS, 10, soon())).isOne();
  }

  @Test
  void whatADeletionOfItsAccountHoldsIsLeftToIt() throws SQLException {
    Credential leaving = quiet(2, "3 days");
    quiet(1, "3 days");
    try (Connection another = db.admin()) {
      another.setAutoCommit(false);
      db.sql(another, "DELETE FROM {accounts} WHERE id = ?", id(leaving));

      assertThat(log.removeOperations(TWO_DAYS, 10, soon())).isOne();
      another.commit();
    }
    assertThat(left()).isZero();
  }

  @Test
  void whatIsOldIsFoundWithoutReadingTheOthers() throws SQLException {
    try (Connection connection = db.admin()) {
      db.sql(connection, "SET enable_seqscan = off");

      assertThat(
              db.query(
                  connection,
                  "EXPLAIN SELECT account_id FROM {operations}"
                      + " WHERE done_at < now() - interval '2 days' ORDER BY done_at LIMIT 10"))
          .anyMatch(line -> line.contains("operations_done"));
    }
  }
}
