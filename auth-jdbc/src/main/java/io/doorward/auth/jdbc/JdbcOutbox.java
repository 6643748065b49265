package io.doorward.auth.jdbc;

import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.Deadline;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The fences in the outbox table, which triggers write. Rows of other kinds, which a newer version
 * may write, stay as they are: neither delivered nor done nor deleted. Thread-safe: one instance
 * serves all threads and any number of nodes work on one table; rows are taken with {@code FOR
 * UPDATE SKIP LOCKED}.
 *
 * <p>While {@link #drain} delivers, its transaction holds the rows. A node that dies releases them
 * at once; one that is cut off, and whose socket stays open, a second after its deadline.
 *
 * <p>Failure: every method throws {@link io.doorward.auth.base.StoreException} when PostgreSQL
 * cannot answer before the deadline; nothing is retried here.
 */
final class JdbcOutbox implements Outbox {
  private static final String TAKE =
      """
      SELECT id, tenant, account_id, login_id, floor, attempts FROM {outbox}
      WHERE kind = 'fence' AND done_at IS NULL AND next_attempt_at <= now()
      ORDER BY next_attempt_at, id LIMIT ?
      FOR UPDATE SKIP LOCKED
      """;

  private static final String MARK = "UPDATE {outbox} SET done_at = now() WHERE id = ANY (?)";

  /** By the clock of the moment: the transaction began before the caches were asked. */
  private static final String POSTPONE =
      """
      UPDATE {outbox} AS o SET
        attempts = d.attempts,
        next_attempt_at = clock_timestamp() + d.wait * interval '1 millisecond'
      FROM unnest(?::bigint[], ?::integer[], ?::bigint[]) AS d (id, attempts, wait)
      WHERE o.id = d.id
      """;

  private static final String MAKE_DUE =
      """
      UPDATE {outbox} SET next_attempt_at = now() WHERE id IN (
        SELECT id FROM {outbox}
        WHERE kind = 'fence' AND done_at IS NULL AND next_attempt_at > now()
        ORDER BY next_attempt_at, id LIMIT ?
        FOR UPDATE SKIP LOCKED)
      """;

  /**
   * Matches the whole row, because a fail-over may hand out its number again; skips rows that a
   * drain holds, which will be done by it.
   */
  private static final String DONE =
      """
      UPDATE {outbox} SET done_at = now() WHERE id IN (
        SELECT o.id FROM {outbox} o
        JOIN unnest(?::bigint[], ?::bigint[], ?::text[], ?::text[]) AS d (id, floor, tenant, name)
          ON o.id = d.id AND o.floor = d.floor AND o.tenant = d.tenant
            AND coalesce(o.login_id, o.account_id::text) = d.name
        WHERE o.kind = 'fence' AND o.done_at IS NULL
        FOR UPDATE OF o SKIP LOCKED)
      """;

  private static final String BACKLOG =
      """
      SELECT count(*), (extract(epoch FROM now() - min(created_at)) * 1000)::bigint
      FROM {outbox} WHERE kind = 'fence' AND done_at IS NULL
      """;

  /** Lets one node delete at a time, because the others would find the same rows. */
  private static final String REMOVE_DONE =
      """
      DELETE FROM {outbox} WHERE id IN (
        SELECT id FROM {outbox}
        WHERE kind = 'fence' AND done_at < now() - ? * interval '1 millisecond'
          AND (SELECT pg_try_advisory_xact_lock(hashtextextended('{outbox}', 0)))
        ORDER BY done_at LIMIT ?
        FOR UPDATE SKIP LOCKED)
      """;

  /** The part of a batch's time that is reserved for marking rows done and for the commit. */
  private static final Duration RESERVE = Duration.ofMillis(250);

  private final Database database;
  private final String take;
  private final String mark;
  private final String postpone;
  private final String makeDue;
  private final String done;
  private final String backlog;
  private final String removeDone;

  JdbcOutbox(Database database) {
    this.database = database;
    this.take = database.sql(TAKE);
    this.mark = database.sql(MARK);
    this.postpone = database.sql(POSTPONE);
    this.makeDue = database.sql(MAKE_DUE);
    this.done = database.sql(DONE);
    this.backlog = database.sql(BACKLOG);
    this.removeDone = database.sql(REMOVE_DONE);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Stops handing out rows shortly before the deadline (a quarter of the batch's time, at most
   * 250 ms), so that confirmed rows are also marked. The server's clock alone decides when a row is
   * due.
   */
  @Override
  public Drained drain(int max, Function<Pending, Outcome> deliver, Deadline deadline) {
    requirePositive("max", max);
    return database.transaction(
        "outbox drain",
        deadline,
        (connection, given) -> {
          Duration quarter = given.part(4);
          Duration reserve = quarter.compareTo(RESERVE) < 0 ? quarter : RESERVE;
          List<Pending> rows = takeRows(connection, max);
          List<Long> delivered = new ArrayList<>(rows.size());
          List<Long> postponed = new ArrayList<>();
          List<Outcome.Later> outcomes = new ArrayList<>();
          for (Pending row : rows) {
            if (given.remaining().compareTo(reserve) <= 0) {
              break;
            }
            if (deliver.apply(row) instanceof Outcome.Later later) {
              postponed.add(row.invalidation().id());
              outcomes.add(later);
            } else {
              delivered.add(row.invalidation().id());
            }
          }
          markDone(connection, delivered);
          postpone(connection, postponed, outcomes);
          return new Drained(rows.size(), delivered.size() + postponed.size(), delivered.size());
        });
  }

  private List<Pending> takeRows(Connection connection, int max) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(take)) {
      statement.setInt(1, max);
      try (ResultSet rows = statement.executeQuery()) {
        List<Pending> all = new ArrayList<>();
        while (rows.next()) {
          all.add(new Pending(OutboxRows.read(rows), rows.getInt(6)));
        }
        return all;
      }
    }
  }

  private void postpone(Connection connection, List<Long> ids, List<Outcome.Later> outcomes)
      throws SQLException {
    if (ids.isEmpty()) {
      return;
    }
    Object[] attempts = outcomes.stream().map(Outcome.Later::attempts).toArray();
    Object[] waits = outcomes.stream().map(later -> later.dueIn().toMillis()).toArray();
    try (PreparedStatement statement = connection.prepareStatement(postpone)) {
      statement.setArray(1, connection.createArrayOf("bigint", ids.toArray()));
      statement.setArray(2, connection.createArrayOf("integer", attempts));
      statement.setArray(3, connection.createArrayOf("bigint", waits));
      statement.executeUpdate();
    }
  }

  private void markDone(Connection connection, List<Long> ids) throws SQLException {
    if (ids.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(mark)) {
      statement.setArray(1, connection.createArrayOf("bigint", ids.toArray()));
      statement.executeUpdate();
    }
  }

  @Override
  public void done(Collection<Invalidation> delivered, Deadline deadline) {
    if (delivered.isEmpty()) {
      return;
    }
    List<Invalidation> rows = List.copyOf(delivered);
    database.statement(
        "outbox done",
        deadline,
        connection -> {
          Array ids =
              connection.createArrayOf("bigint", rows.stream().map(Invalidation::id).toArray());
          Array floors =
              connection.createArrayOf("bigint", rows.stream().map(Invalidation::floor).toArray());
          Array tenants =
              connection.createArrayOf("text", rows.stream().map(JdbcOutbox::tenantOf).toArray());
          Array names =
              connection.createArrayOf("text", rows.stream().map(JdbcOutbox::nameOf).toArray());
          try (PreparedStatement statement = connection.prepareStatement(done)) {
            statement.setArray(1, ids);
            statement.setArray(2, floors);
            statement.setArray(3, tenants);
            statement.setArray(4, names);
            return statement.executeUpdate();
          }
        });
  }

  private static String tenantOf(Invalidation row) {
    return row instanceof Invalidation.OfLogin login
        ? login.loginId().tenant().value()
        : ((Invalidation.OfUser) row).account().tenant().value();
  }

  private static String nameOf(Invalidation row) {
    if (row instanceof Invalidation.OfLogin login) {
      String name = login.loginId().value();
      // Doorward could not have stored such a row.
      return StoredText.isStorable(name) ? name : "";
    }
    return ((Invalidation.OfUser) row).account().local();
  }

  @Override
  public int makeDue(int max, Deadline deadline) {
    requirePositive("max", max);
    return database.statement(
        "outbox makeDue",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(makeDue)) {
            statement.setInt(1, max);
            return statement.executeUpdate();
          }
        });
  }

  @Override
  public Backlog backlog(Deadline deadline) {
    return database.statement(
        "outbox backlog",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(backlog);
              ResultSet row = statement.executeQuery()) {
            row.next();
            long pending = row.getLong(1);
            if (pending == 0) {
              database.gate().requireAllVisible(connection);
            }
            Duration oldest = Duration.ofMillis(Math.max(0, row.getLong(2)));
            return new Backlog(pending, pending == 0 ? Optional.empty() : Optional.of(oldest));
          }
        });
  }

  @Override
  public int removeDone(Duration age, int max, Deadline deadline) {
    requirePositive("max", max);
    requireNotNegative("age", age);
    return database.statement(
        "outbox clean-up",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(removeDone)) {
            statement.setLong(1, age.toMillis());
            statement.setInt(2, max);
            return statement.executeUpdate();
          }
        });
  }

  static void requireNotNegative(String what, Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException(what + " must not be negative: " + value);
    }
  }

  static void requirePositive(String what, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(what + " must be positive: " + value);
    }
  }
}
