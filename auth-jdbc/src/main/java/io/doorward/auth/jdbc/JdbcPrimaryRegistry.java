package io.doorward.auth.jdbc;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.base.Deadline;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The primaries of caches, in a table. Thread-safe: one instance serves all threads and nodes.
 *
 * <p>A registration is dated by a second statement, after the first one has committed, so that its
 * age never counts time in which another node could not see it.
 *
 * <p>Failure: every method throws {@link io.doorward.auth.base.StoreException} when PostgreSQL
 * cannot answer before the deadline; nothing is retried here.
 */
public final class JdbcPrimaryRegistry implements PrimaryRegistry {
  private static final int KEPT = 64;

  private static final String ADD =
      """
      INSERT INTO {cache_primaries} (cache, identity, history, previous, alone)
      VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (cache, identity) DO NOTHING
      """;

  private static final String DATE =
      """
      UPDATE {cache_primaries} SET visible_since = clock_timestamp()
      WHERE cache = ? AND visible_since IS NULL
      """;

  private static final String FORGET =
      """
      DELETE FROM {cache_primaries} WHERE cache = ? AND number < (
        SELECT number FROM {cache_primaries} WHERE cache = ?
        ORDER BY number DESC OFFSET ? LIMIT 1)
      """;

  private static final String LIST =
      """
      SELECT identity, history, previous, alone, number,
        coalesce(
          greatest(0, extract(epoch FROM clock_timestamp() - visible_since) * 1000)::bigint, 0)
      FROM {cache_primaries} WHERE cache = ?
      ORDER BY number DESC LIMIT ?
      """;

  private final Database database;
  private final String add;
  private final String date;
  private final String forget;
  private final String list;

  JdbcPrimaryRegistry(Database database) {
    this.database = database;
    this.add = database.sql(ADD);
    this.date = database.sql(DATE);
    this.forget = database.sql(FORGET);
    this.list = database.sql(LIST);
  }

  @Override
  public List<Registration> register(String cache, Primary primary, Deadline deadline) {
    requireNonNull(primary, "primary");
    database.statement(
        "registration of a cache primary",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(add)) {
            statement.setString(1, cache);
            statement.setString(2, primary.identity());
            statement.setString(3, primary.history());
            statement.setString(4, primary.previous());
            statement.setBoolean(5, primary.alone());
            return statement.executeUpdate();
          }
        });
    return database.statement(
        "dating of a cache primary",
        deadline,
        connection -> {
          update(connection, date, cache);
          forget(connection, cache);
          return read(connection, cache);
        });
  }

  @Override
  public List<Registration> list(String cache, Deadline deadline) {
    requireNonNull(cache, "cache");
    return database.statement(
        "list of cache primaries", deadline, connection -> read(connection, cache));
  }

  private static void update(Connection connection, String sql, String cache) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, cache);
      statement.executeUpdate();
    }
  }

  private void forget(Connection connection, String cache) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(forget)) {
      statement.setString(1, cache);
      statement.setString(2, cache);
      statement.setInt(3, KEPT - 1);
      statement.executeUpdate();
    }
  }

  private List<Registration> read(Connection connection, String cache) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(list)) {
      statement.setString(1, cache);
      statement.setInt(2, KEPT);
      try (ResultSet rows = statement.executeQuery()) {
        List<Registration> all = new ArrayList<>();
        while (rows.next()) {
          all.add(
              new Registration(
                  new Primary(
                      rows.getString(1), rows.getString(2), rows.getString(3), rows.getBoolean(4)),
                  rows.getLong(5),
                  Duration.ofMillis(rows.getLong(6))));
        }
        return List.copyOf(all);
      }
    }
  }
}
