package io.doorward.auth.jdbc;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * The primaries of caches, in a table. Thread-safe: one instance serves all threads and nodes.
 *
 * <p>It has one connection of its own, so that neither a busy pool nor the circuit breaker of the
 * stores keeps it from asking. Beside a HikariCP pool that is one connection more than the pool
 * has, with the pool's settings. Any other {@link DataSource} is asked for one, which is kept: a
 * pool then needs at least two, or the registry a data source of its own ({@link
 * JdbcStores#primaryRegistry(DataSource)}).
 *
 * <p>A registration is dated by a second statement, after the first one has committed, so that its
 * age never counts time in which another node could not see it.
 *
 * <p>Failure: every method throws {@link StoreException} when PostgreSQL cannot answer before the
 * deadline; nothing is retried here but on a connection that was lost. {@link Kind#UNREACHABLE}
 * means that no server of the address takes a connection, that none of several hosts is a primary,
 * or that for 2 s nothing at all came back on the connection that was there, and then for 2 s on a
 * new one. The two seconds are kept for connections that are made beside a HikariCP pool with a
 * JDBC URL, unless the URL says otherwise; a data source of another kind connects within its own
 * bounds.
 */
public final class JdbcPrimaryRegistry implements PrimaryRegistry, AutoCloseable {
  private static final int KEPT = 64;
  private static final int KEPT_WAITING = 16;

  private static final String READ_COMMITTED = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED";

  private static final String LOCK =
      "SELECT pg_advisory_xact_lock(hashtextextended('{cache_primaries} ' || ?, 0))";

  private static final String ADD =
      """
      INSERT INTO {cache_primaries}
        (cache, identity, history, previous, alone, state, term, met_at, seen_at)
      VALUES (?, ?, ?, ?, ?, 'WAITING',
        (SELECT coalesce(max(term), 0) FROM {cache_primaries} WHERE cache = ?),
        clock_timestamp(), clock_timestamp())
      ON CONFLICT (cache, identity) DO NOTHING
      """;

  /** The present ones are those that Registration.isSuperseded leaves. */
  private static final String ADMIT =
      """
      WITH admitted AS (
        SELECT * FROM {cache_primaries} WHERE cache = ? AND state = 'ADMITTED'
      ), present AS (
        SELECT * FROM admitted a WHERE NOT EXISTS (
          SELECT FROM admitted other WHERE other.identity <> a.identity AND (
            (other.previous = a.history AND other.previous <> repeat('0', 40))
            OR (a.alone AND other.number > a.number
              AND (a.previous <> other.history OR a.previous = repeat('0', 40)))))
      )
      UPDATE {cache_primaries} mine
      SET state = 'ADMITTED', number = DEFAULT, visible_since = NULL, seen_at = clock_timestamp()
      WHERE cache = ? AND identity = ? AND state = 'WAITING' AND (
        NOT alone
        OR NOT EXISTS (SELECT FROM present)
        OR EXISTS (SELECT FROM present WHERE
          (mine.previous <> repeat('0', 40) AND present.history = mine.previous)
          OR (mine.history <> repeat('0', 40)
            AND mine.history IN (present.history, present.previous)))
        OR (met_at <= clock_timestamp() - ? * interval '1 millisecond'
          AND NOT EXISTS (SELECT FROM present WHERE
            seen_at > clock_timestamp() - ? * interval '1 millisecond')))
      """;

  private static final String DATE =
      """
      UPDATE {cache_primaries} SET visible_since = clock_timestamp()
      WHERE cache = ? AND visible_since IS NULL
      """;

  private static final String FORGET =
      """
      DELETE FROM {cache_primaries} WHERE cache = ? AND (state = 'WAITING') = ? AND number < (
        SELECT number FROM {cache_primaries} WHERE cache = ? AND (state = 'WAITING') = ?
        ORDER BY number DESC OFFSET ? LIMIT 1)
      """;

  private static final String SEEN =
      "UPDATE {cache_primaries} SET seen_at = clock_timestamp() WHERE cache = ? AND identity = ?";

  private static final String WITHDRAW =
      """
      UPDATE {cache_primaries} SET state = 'WITHDRAWN'
      WHERE cache = ? AND identity = ? AND state <> 'WITHDRAWN'
      """;

  private static final String NEXT_TERM =
      "UPDATE {cache_primaries} SET term = term + 1, visible_since = NULL WHERE cache = ?";

  /** At least one row, which shows whether the server may be queried at all. */
  private static final String LIST =
      """
      SELECT standby, identity, history, previous, alone, number, term, state,
        coalesce(
          greatest(0, extract(epoch FROM clock_timestamp() - visible_since) * 1000)::bigint, 0),
        visible_since IS NULL
      FROM (SELECT pg_is_in_recovery() AS standby) server
        LEFT JOIN {cache_primaries} ON cache = ?
      ORDER BY number DESC
      """;

  private final OwnConnection connection;
  private final String lock;
  private final String add;
  private final String admit;
  private final String date;
  private final String forget;
  private final String seen;
  private final String withdraw;
  private final String nextTerm;
  private final String list;

  JdbcPrimaryRegistry(Database database, DataSource dataSource) {
    this.connection = new OwnConnection(dataSource, database.schema(), database.gate());
    this.lock = database.sql(LOCK);
    this.add = database.sql(ADD);
    this.admit = database.sql(ADMIT);
    this.date = database.sql(DATE);
    this.forget = database.sql(FORGET);
    this.seen = database.sql(SEEN);
    this.withdraw = database.sql(WITHDRAW);
    this.nextTerm = database.sql(NEXT_TERM);
    this.list = database.sql(LIST);
  }

  @Override
  public List<Registration> register(
      String cache, Primary primary, Duration wait, Deadline deadline) {
    requireNonNull(cache, "cache");
    requireNonNull(primary, "primary");
    long millis = wait.toMillis();
    return connection.call(
        "registration of a cache primary",
        deadline,
        opened -> {
          locked(
              opened,
              cache,
              () -> {
                update(
                    opened,
                    add,
                    cache,
                    primary.identity(),
                    primary.history(),
                    primary.previous(),
                    primary.alone(),
                    cache);
                return update(opened, admit, cache, cache, primary.identity(), millis, millis);
              });
          update(opened, forget, cache, true, cache, true, KEPT_WAITING - 1);
          update(opened, forget, cache, false, cache, false, KEPT - 1);
          return read(opened, cache);
        });
  }

  @Override
  public List<Registration> list(String cache, Deadline deadline) {
    requireNonNull(cache, "cache");
    return connection.call("list of cache primaries", deadline, opened -> read(opened, cache));
  }

  @Override
  public void seen(String cache, String identity, Deadline deadline) {
    requireNonNull(cache, "cache");
    requireNonNull(identity, "identity");
    connection.call(
        "sight of a cache primary", deadline, opened -> update(opened, seen, cache, identity));
  }

  @Override
  public boolean withdraw(String cache, String identity, Deadline deadline) {
    requireNonNull(cache, "cache");
    requireNonNull(identity, "identity");
    return connection.call(
        "withdrawal of a cache primary",
        deadline,
        opened -> {
          boolean withdrawn =
              locked(
                  opened,
                  cache,
                  () ->
                      update(opened, withdraw, cache, identity) == 1
                          && update(opened, nextTerm, cache) > 0);
          update(opened, date, cache);
          return withdrawn;
        });
  }

  /** Closes the connection. Waits for nothing; calls that are under way fail. */
  @Override
  public void close() {
    connection.close();
  }

  /** Statements of one transaction. */
  @FunctionalInterface
  private interface Statements<T> {
    T run() throws SQLException;
  }

  /**
   * Runs a transaction that excludes those of other nodes. The caller closes a failed connection.
   */
  private <T> T locked(Connection opened, String cache, Statements<T> statements)
      throws SQLException {
    opened.setAutoCommit(false);
    try (Statement level = opened.createStatement()) {
      level.execute(READ_COMMITTED);
    }
    try (PreparedStatement statement = prepare(opened, lock, cache)) {
      statement.execute();
    }
    T result = statements.run();
    opened.commit();
    opened.setAutoCommit(true);
    return result;
  }

  private static PreparedStatement prepare(Connection opened, String sql, Object... values)
      throws SQLException {
    PreparedStatement statement = opened.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }

  private static int update(Connection opened, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(opened, sql, values)) {
      return statement.executeUpdate();
    }
  }

  /** Reads the registrations; dates those whose node has stopped before it could. */
  private List<Registration> read(Connection opened, String cache) throws SQLException {
    List<Registration> all = new ArrayList<>();
    if (read(opened, cache, all)) {
      update(opened, date, cache);
      all.clear();
      read(opened, cache, all);
    }
    return List.copyOf(all);
  }

  /** Returns whether one of them has no date yet. */
  private boolean read(Connection opened, String cache, List<Registration> all)
      throws SQLException {
    boolean undated = false;
    try (PreparedStatement statement = prepare(opened, list, cache);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        if (rows.getBoolean(1)) {
          throw new StoreException(
              Kind.REFUSED,
              "PostgreSQL, list of cache primaries: the server is a standby, which may be behind");
        }
        if (rows.getString(2) != null) {
          all.add(registration(rows));
          undated |= rows.getBoolean(10);
        }
      }
    }
    return undated;
  }

  private static Registration registration(ResultSet row) throws SQLException {
    return new Registration(
        new Primary(row.getString(2), row.getString(3), row.getString(4), row.getBoolean(5)),
        row.getLong(6),
        row.getLong(7),
        Duration.ofMillis(row.getLong(9)),
        State.valueOf(row.getString(8)));
  }
}
