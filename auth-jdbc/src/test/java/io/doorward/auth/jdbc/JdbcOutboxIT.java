package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Creation;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.Outbox.Drained;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.Outbox.Outcome;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class JdbcOutboxIT {
  private static Fixture db;

  @BeforeAll
  static void open() {
    db = Fixture.fresh();
  }

  @AfterAll
  static void close() {
    db.close();
  }

  @BeforeEach
  void empty() throws SQLException {
    db.sql("DELETE FROM {outbox}");
  }

  private static List<Invalidation> drainAll() {
    List<Invalidation> rows = new ArrayList<>();
    db.outbox.drain(1000, Fixture.confirming(rows), soon());
    return rows;
  }

  @Test
  void aRowIsDeliveredUntilItIsConfirmed() {
    Credential account = db.newAccount();
    assertThat(db.outbox.backlog(soon()).pending()).isEqualTo(1);
    assertThat(db.outbox.drain(10, Fixture::refuse, soon())).isEqualTo(new Drained(1, 1, 0));
    List<Invalidation> rows = new ArrayList<>();
    assertThat(db.outbox.drain(10, Fixture.confirming(rows), soon()))
        .isEqualTo(new Drained(1, 1, 1));
    assertThat(rows)
        .singleElement()
        .isInstanceOfSatisfying(
            Invalidation.OfLogin.class,
            row -> assertThat(row.loginId()).isEqualTo(account.loginId()));
    assertThat(db.outbox.drain(10, Fixture::confirm, soon())).isEqualTo(new Drained(0, 0, 0));
    assertThat(db.outbox.backlog(soon()).pending()).isZero();
  }

  @Test
  void aTransactionThatCommitsLateIsNotOverlooked() throws SQLException {
    Credential slow = db.newAccount();
    drainAll();
    try (Connection late = db.admin()) {
      late.setAutoCommit(false);
      db.sql(
          late,
          "UPDATE {credentials} SET secret = 'late' WHERE account_id = ?",
          UUID.fromString(slow.account().value()));
      // Gets higher numbers, commits first, and is drained first.
      Credential fast = db.newAccount();
      assertThat(drainAll())
          .extracting(JdbcOutboxIT::nameOf)
          .containsExactly(fast.loginId().value());
      late.commit();
    }
    assertThat(drainAll())
        .extracting(JdbcOutboxIT::nameOf)
        .containsExactlyInAnyOrder(slow.loginId().value(), slow.account().value());
  }

  @Test
  void rowsOfANewerVersionsKindsAreLeftAlone() throws SQLException {
    Credential account = db.newAccount();
    UUID id = UUID.fromString(account.account().value());
    drainAll();
    db.sql(
        """
        INSERT INTO {outbox} (account_id, kind, payload, key_id, message_id, done_at) VALUES
          (?, 'mail', '\\x00', 'key', 'due', NULL), (NULL, 'event', '\\x00', NULL, 'alone', NULL),
          (?, 'mail', NULL, NULL, 'done', now() - interval '1 d')
        """,
        id,
        id);

    assertThat(drainAll()).isEmpty();
    assertThat(db.outbox.makeDue(10, soon())).isZero();
    assertThat(db.outbox.backlog(soon()).pending()).isZero();
    db.outbox.removeDone(Duration.ZERO, 100, soon());
    assertThat(db.stores().directory().state(account.account(), soon()).pending()).isFalse();
    assertThat(db.credentials.delete(account.account(), soon()).orElseThrow()).hasSize(2);
    assertThat(
            db.query("SELECT message_id FROM {outbox} WHERE done_at IS NULL AND kind <> 'fence'"))
        .containsExactlyInAnyOrder("due", "alone");
    assertThat(db.query("SELECT message_id FROM {outbox} WHERE message_id = 'done'")).hasSize(1);
  }

  private static String nameOf(Invalidation row) {
    return row instanceof Invalidation.OfLogin login
        ? login.loginId().value()
        : ((Invalidation.OfUser) row).account().value();
  }

  @Test
  void parallelDrainsDeliverEachRowOnce() throws Exception {
    for (int i = 0; i < 60; i++) {
      db.newAccount();
    }
    ConcurrentLinkedQueue<Long> seen = new ConcurrentLinkedQueue<>();
    Fixture.together(
        6,
        () -> {
          while (db.outbox
                  .drain(
                      5,
                      row -> {
                        seen.add(row.invalidation().id());
                        return new Outcome.Confirmed();
                      },
                      soon())
                  .taken()
              > 0) {
            Thread.onSpinWait();
          }
          return true;
        });
    assertThat(seen).hasSize(60).doesNotHaveDuplicates();
    assertThat(db.outbox.backlog(soon()).pending()).isZero();
  }

  @Test
  void aDrainDoesNotWaitForAnothersRows() throws Exception {
    db.newAccount();
    CountDownLatch delivering = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Thread holder =
        new Thread(
            () ->
                db.outbox.drain(
                    10,
                    row -> {
                      delivering.countDown();
                      try {
                        return goOn.await(20, TimeUnit.SECONDS)
                            ? new Outcome.Confirmed()
                            : Fixture.refuse(row);
                      } catch (InterruptedException e) {
                        return Fixture.refuse(row);
                      }
                    },
                    soon()));
    holder.start();
    try {
      assertThat(delivering.await(20, TimeUnit.SECONDS)).isTrue();
      db.newAccount();
      assertThat(db.outbox.drain(10, Fixture::confirm, soon())).isEqualTo(new Drained(1, 1, 1));
      // Nor does the node that has delivered by itself.
      List<Invalidation> all = List.of(new Invalidation.OfUser(1, AccountId.random(), 1));
      db.outbox.done(all, Deadline.after(Duration.ofSeconds(5)));
    } finally {
      goOn.countDown();
      holder.join(20_000);
    }
    assertThat(db.outbox.backlog(soon()).pending()).isZero();
  }

  @Test
  void whatWasConfirmedBeforeTheDeadlineIsDone() {
    for (int i = 0; i < 5; i++) {
      db.newAccount();
    }
    AtomicLong now = new AtomicLong();
    Deadline deadline = Deadline.after(Duration.ofSeconds(10), now::get);
    Drained drained =
        db.outbox.drain(
            10,
            row -> {
              now.addAndGet(Duration.ofSeconds(4).toNanos());
              return new Outcome.Confirmed();
            },
            deadline);
    assertThat(drained.taken()).isEqualTo(5);
    assertThat(drained.tried()).isEqualTo(drained.delivered()).isBetween(2, 3);
    assertThat(db.outbox.backlog(soon()).pending()).isEqualTo(5 - drained.delivered());
  }

  @Test
  void aWaitOutlivesTheNodeAndItsTransaction() throws SQLException {
    db.newAccount();
    db.outbox.drain(10, row -> new Outcome.Later(7, Duration.ofMinutes(5)), soon());

    assertThat(
            db.query(
                """
                SELECT attempts || ' ' || (next_attempt_at - now()
                  BETWEEN interval '4 min' AND interval '5 min') FROM {outbox}
                """))
        .containsExactly("7 true");
  }

  @Test
  void aWaitBeginsWhenTheCacheHasFailedAndNotWhenItWasAsked() throws SQLException {
    db.newAccount();
    db.outbox.drain(
        1,
        row -> {
          try {
            db.sql("UPDATE {accounts} SET created_at = clock_timestamp()");
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
          return new Outcome.Later(1, Duration.ofSeconds(10));
        },
        soon());

    assertThat(
            db.query(
                """
                SELECT next_attempt_at >= max(a.created_at) + interval '10 s'
                FROM {outbox} o, {accounts} a GROUP BY next_attempt_at
                """))
        .containsExactly("t");
  }

  @Test
  void lookingForWorkReadsNoMoreThanWhatIsDue() throws SQLException {
    db.sql(
        """
        INSERT INTO {outbox} (account_id, floor, next_attempt_at)
        SELECT gen_random_uuid(), 1, now() + interval '1 hour' FROM generate_series(1, 20000)
        """);
    db.sql("ANALYZE {outbox}");

    String plan =
        String.join(
            "\n",
            db.query(
                """
                EXPLAIN SELECT id FROM {outbox}
                WHERE kind = 'fence' AND done_at IS NULL AND next_attempt_at <= now()
                ORDER BY next_attempt_at, id LIMIT 64
                FOR UPDATE SKIP LOCKED
                """));

    assertThat(plan).contains("Index Scan using outbox_due").doesNotContain("Sort");
    assertThat(db.outbox.drain(10, Fixture::confirm, soon())).isEqualTo(new Drained(0, 0, 0));
  }

  @Test
  void aConsumerThatThrowsLosesNothing() {
    db.newAccount();
    assertThatThrownBy(
            () ->
                db.outbox.drain(
                    10,
                    row -> {
                      throw new IllegalStateException("consumer");
                    },
                    soon()))
        .hasMessage("consumer");
    assertThat(drainAll()).hasSize(1);
  }

  @Test
  void theChangingNodeMarksItsOwnRows() {
    Creation.Created created =
        (Creation.Created)
            db.credentials.create(
                NewAccount.of(
                    AccountId.random(),
                    Fixture.newLogin(),
                    AccountStatus.ACTIVE,
                    Fixture.hash("a")),
                OperationId.random(),
                soon());
    db.outbox.done(created.pending(), soon());
    assertThat(db.outbox.backlog(soon()).pending()).isZero();
    db.outbox.done(created.pending(), soon());
    db.outbox.done(List.of(), soon());
  }

  @Test
  void aNumberThatAFailOverHandedOutAgainIsNotMarked() {
    Credential account = db.newAccount();
    Invalidation row = peek();
    db.outbox.done(
        List.of(
            new Invalidation.OfLogin(row.id(), Fixture.newLogin(), row.floor()),
            new Invalidation.OfLogin(row.id(), account.loginId(), row.floor() + 1),
            new Invalidation.OfUser(row.id(), account.account(), row.floor())),
        soon());
    assertThat(db.outbox.backlog(soon()).pending()).isEqualTo(1);
    db.outbox.done(List.of(row), soon());
    assertThat(db.outbox.backlog(soon()).pending()).isZero();
  }

  private static Invalidation peek() {
    List<Invalidation> rows = new ArrayList<>();
    db.outbox.drain(
        1,
        row -> {
          rows.add(row.invalidation());
          return Fixture.refuse(row);
        },
        soon());
    return rows.get(0);
  }

  @Test
  void doneRowsAreRemovedInBatchesOnceTheyAreOldEnough() throws SQLException {
    for (int i = 0; i < 5; i++) {
      db.newAccount();
    }
    drainAll();
    db.newAccount();
    assertThat(db.outbox.removeDone(Duration.ofHours(1), 100, soon())).isZero();
    db.sql("UPDATE {outbox} SET done_at = done_at - interval '2 hours' WHERE done_at IS NOT NULL");
    assertThat(db.outbox.removeDone(Duration.ofHours(1), 3, soon())).isEqualTo(3);
    assertThat(db.outbox.removeDone(Duration.ofHours(1), 3, soon())).isEqualTo(2);
    assertThat(db.outbox.backlog(soon()).pending()).isEqualTo(1);
  }

  @Test
  void batchesHaveASize() {
    assertThatThrownBy(() -> db.outbox.drain(0, Fixture::confirm, soon()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("max must be positive: 0");
    assertThatThrownBy(() -> db.outbox.removeDone(Duration.ofSeconds(-1), 1, soon()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
