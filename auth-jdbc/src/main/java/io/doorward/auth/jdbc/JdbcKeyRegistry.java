package io.doorward.auth.jdbc;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.key.KeyRegistry;
import io.doorward.auth.key.KeyRegistry.KeyFingerprint;
import io.doorward.auth.key.KeyRegistry.KeyFingerprint.Purpose;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The keys of all nodes, in a table that holds their fingerprints. Thread-safe.
 *
 * <p>Of two nodes that register different keys under one name at the same time, one finds the key
 * of the other: the table has one row for a name.
 */
final class JdbcKeyRegistry implements KeyRegistry {
  private static final Duration SHORTEST_MEMORY = Duration.ofSeconds(1);

  /** More keys than any ring has during a rotation. */
  private static final int MOST = 256;

  /** A row that another node has its hand on is in use. */
  private static final String FORGET =
      """
      DELETE FROM {key_fingerprints} WHERE (purpose, key_id) IN (
        SELECT purpose, key_id FROM {key_fingerprints}
        WHERE seen_at < clock_timestamp() - ? * interval '1 millisecond'
        FOR UPDATE SKIP LOCKED)
      """;

  private static final String REGISTER =
      """
      INSERT INTO {key_fingerprints} AS k (purpose, key_id, fingerprint, seen_at, current_at)
      VALUES (?, ?, ?, clock_timestamp(), CASE WHEN ? THEN clock_timestamp() END)
      ON CONFLICT (purpose, key_id) DO UPDATE
      SET seen_at = excluded.seen_at, current_at = coalesce(excluded.current_at, k.current_at)
      WHERE k.fingerprint = excluded.fingerprint
      """;

  private static final String LIST =
      """
      SELECT purpose, key_id, fingerprint,
        coalesce(current_at >= clock_timestamp() - ? * interval '1 millisecond', false)
      FROM {key_fingerprints} ORDER BY purpose, key_id LIMIT ?
      """;

  private final Database database;
  private final String forget;
  private final String register;
  private final String list;

  JdbcKeyRegistry(Database database) {
    this.database = database;
    this.forget = database.sql(FORGET);
    this.register = database.sql(REGISTER);
    this.list = database.sql(LIST);
  }

  @Override
  public List<KeyFingerprint> register(
      List<KeyFingerprint> mine, Duration memory, Deadline deadline) {
    if (memory.compareTo(SHORTEST_MEMORY) < 0) {
      throw new IllegalArgumentException(
          "memory must be at least " + SHORTEST_MEMORY + ": " + memory);
    }
    // All nodes lock the rows in one order.
    List<KeyFingerprint> ordered =
        mine.stream()
            .sorted(Comparator.comparing(KeyFingerprint::purpose).thenComparing(KeyFingerprint::id))
            .toList();
    return database.transaction(
        "registration of keys",
        deadline,
        connection -> {
          forget(connection, memory);
          for (KeyFingerprint key : ordered) {
            register(connection, key);
          }
          return read(connection, memory);
        });
  }

  private void forget(Connection connection, Duration memory) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(forget)) {
      statement.setLong(1, memory.toMillis());
      statement.executeUpdate();
    }
  }

  private void register(Connection connection, KeyFingerprint key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(register)) {
      statement.setString(1, key.purpose().name().toLowerCase(Locale.ROOT));
      statement.setString(2, key.id());
      statement.setString(3, key.value());
      statement.setBoolean(4, key.current());
      statement.executeUpdate();
    }
  }

  private List<KeyFingerprint> read(Connection connection, Duration memory) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(list)) {
      statement.setLong(1, memory.toMillis());
      statement.setInt(2, MOST);
      try (ResultSet rows = statement.executeQuery()) {
        List<KeyFingerprint> all = new ArrayList<>();
        while (rows.next()) {
          all.add(
              new KeyFingerprint(
                  Purpose.valueOf(rows.getString(1).toUpperCase(Locale.ROOT)),
                  rows.getString(2),
                  rows.getString(3),
                  rows.getBoolean(4)));
        }
        return all;
      }
    }
  }
}
