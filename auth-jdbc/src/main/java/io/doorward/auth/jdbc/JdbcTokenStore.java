package io.doorward.auth.jdbc;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendAware;
import io.doorward.auth.backend.SessionLocation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.TokenStore;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps sessions as rows in PostgreSQL: a revoked session never comes back, and no other server is
 * needed. Thread-safe: one instance serves all threads and nodes.
 *
 * <p>Each method is one statement or one transaction. A check joins session, account and profile,
 * so a changed password, status or role counts from the next request, without any message. The
 * server's clock alone decides whether a session has expired.
 *
 * <p>Ending sessions, here or by an administrator's DELETE, raises the version of the account's
 * user record in the same transaction and leaves a row in the outbox, also where the sessions have
 * expired by the server's clock: by another node's they may be live. So a {@link
 * io.doorward.auth.session.DurableTokenStore} may answer in front of this store. Only the clean-up
 * of sessions that expired more than 60 s ago, the most that clocks may differ, raises no version.
 *
 * <p>Instants keep microseconds; finer parts are cut.
 *
 * <p>Security: rows are not sealed, as PostgreSQL is the truth; an attacker who can write to it can
 * make sessions, but not tokens for them.
 *
 * <p>Failure: every method throws {@link io.doorward.auth.base.StoreException} when PostgreSQL
 * cannot answer before the deadline; nothing is retried here.
 */
public final class JdbcTokenStore implements TokenStore, BackendAware {
  private static final Instant LAST_INSTANT = Instant.parse("9999-12-31T23:59:59Z");

  private static final String CREATE =
      """
      WITH owner AS (
        SELECT a.id, p.roles, p.version, p.row_tag, a.epoch, a.epoch_tag, a.key_epoch,
          a.key_epoch_tag
        FROM {accounts} a
        JOIN {user_profiles} p ON p.account_id = a.id
        WHERE a.id = ? AND a.status = 'active' AND a.epoch = ? AND a.epoch_tag = ?
      ), stored AS (
        INSERT INTO {sessions} (
          id, account_id, kind, credential_version, epoch_tag, generation, created_at, auth_time,
          absolute_end, idle_timeout, amr, device, attribute_keys, attribute_values, idle_end)
        SELECT s.id, owner.id, s.kind, owner.epoch, owner.epoch_tag, s.generation,
          s.created_at, s.auth_time, s.absolute_end, s.idle_timeout, s.amr, s.device, s.attribute_keys, s.attribute_values,
          least(now() + s.idle_timeout, s.absolute_end)
        FROM owner, (SELECT ?::text AS id, ?::text AS kind, ?::integer AS generation, ?::timestamptz AS created_at, ?::timestamptz AS auth_time,
          ?::timestamptz AS absolute_end, ?::bigint * interval '1 microsecond' AS idle_timeout,
          ?::text[] AS amr, ?::text AS device, ?::text[] AS attribute_keys,
          ?::text[] AS attribute_values) AS s
        RETURNING id
      )
      SELECT owner.roles, owner.version, owner.row_tag, owner.epoch, owner.epoch_tag,
        owner.key_epoch, owner.key_epoch_tag
      FROM owner, stored
      """;

  private static final String COLUMNS =
      """
      SELECT s.id, s.kind, s.credential_version, s.generation, s.created_at, s.auth_time,
        s.absolute_end, (extract(epoch FROM s.idle_timeout) * 1000000)::bigint, s.amr, s.device,
        s.attribute_keys, s.attribute_values,
        (extract(epoch FROM s.idle_end - now()) * 1000000)::bigint, p.roles, p.version,
        p.row_tag, a.epoch, a.epoch_tag, a.key_epoch, a.key_epoch_tag
      FROM {sessions} s
      JOIN {accounts} a ON a.id = s.account_id
      JOIN {user_profiles} p ON p.account_id = s.account_id
      WHERE s.account_id = ? AND s.idle_end > now()
        AND s.credential_version = a.epoch AND s.epoch_tag = a.epoch_tag
      """;

  private static final String FIND = COLUMNS + "AND s.id = ?";

  private static final String LIST = COLUMNS + "ORDER BY s.created_at DESC, s.id";

  private static final String TOUCH =
      """
      UPDATE {sessions} SET idle_end = least(now() + idle_timeout, absolute_end)
      WHERE id = ? AND account_id = ? AND idle_end > now()
      """;

  private static final String LOCK_PROFILE =
      "SELECT 1 FROM {user_profiles} WHERE account_id = ? FOR NO KEY UPDATE";

  private static final String REVOKE =
      "DELETE FROM {sessions} WHERE id = ? AND account_id = ?"
          + " RETURNING idle_end > now() - interval '60 seconds'";

  private static final String COUNT =
      "SELECT count(*) FROM {sessions} WHERE account_id = ? AND idle_end > now()";

  private static final String REVOKE_OLDEST =
      """
      DELETE FROM {sessions} WHERE id IN (
        SELECT id FROM {sessions} WHERE account_id = ? AND idle_end > now()
        ORDER BY id = ? DESC, created_at DESC, id OFFSET ?)
      RETURNING true
      """;

  private static final String REVOKE_ALL =
      "DELETE FROM {sessions} WHERE account_id = ?"
          + " RETURNING idle_end > now() - interval '60 seconds'";

  /**
   * Lets one node delete at a time, because the others would find the same rows. Deletes only
   * sessions that have expired by more than clocks may differ: no view serves them any more, so a
   * setting tells the trigger to raise no version.
   */
  private static final String REMOVE_EXPIRED =
      """
      DELETE FROM {sessions} WHERE id IN (
        SELECT id FROM {sessions} WHERE idle_end <= now() - interval '60 seconds'
          AND (SELECT set_config('doorward.clean_up', 'sessions', true)) = 'sessions'
          AND (SELECT pg_try_advisory_xact_lock(hashtextextended('{sessions}', 0)))
        ORDER BY idle_end LIMIT ?
        FOR UPDATE SKIP LOCKED)
      """;

  private final Database database;
  private final String create;
  private final String find;
  private final String list;
  private final String touch;
  private final String lockProfile;
  private final String revoke;
  private final String count;
  private final String revokeOldest;
  private final String revokeAll;
  private final String removeExpired;

  JdbcTokenStore(Database database) {
    this.database = database;
    this.create = database.sql(CREATE);
    this.find = database.sql(FIND);
    this.list = database.sql(LIST);
    this.touch = database.sql(TOUCH);
    this.lockProfile = database.sql(LOCK_PROFILE);
    this.revoke = database.sql(REVOKE);
    this.count = database.sql(COUNT);
    this.revokeOldest = database.sql(REVOKE_OLDEST);
    this.revokeAll = database.sql(REVOKE_ALL);
    this.removeExpired = database.sql(REMOVE_EXPIRED);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if an instant lies before 1970 or after the year 9999
   * @throws IllegalStateException if the session's id was used before
   */
  @Override
  public Optional<UserRecord> create(Session session, Deadline deadline) {
    requireStorable(session);
    Optional<UUID> account = StoredText.uuid(session.account());
    if (account.isEmpty()) {
      return Optional.empty();
    }
    return database.statement(
        "session creation",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(create)) {
            bind(connection, statement, account.get(), session);
            try (ResultSet row = statement.executeQuery()) {
              return row.next()
                  ? Optional.of(
                      new UserRecord(
                          session.account(),
                          JdbcProfileStore.readTexts(row.getArray(1)),
                          row.getLong(2),
                          row.getString(3),
                          new Epoch(row.getLong(4), row.getString(5)),
                          new Epoch(row.getLong(6), row.getString(7))))
                  : Optional.empty();
            }
          } catch (SQLException e) {
            if (SqlFailures.isUniqueViolation(e)) {
              throw new IllegalStateException("session must have an id that was never used");
            }
            if (SqlFailures.isForeignKeyViolation(e)) {
              // The account was deleted while the statement ran.
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  private void bind(
      Connection connection, PreparedStatement statement, UUID account, Session session)
      throws SQLException {
    List<String> keys = new ArrayList<>();
    List<String> values = new ArrayList<>();
    session
        .attributes()
        .forEach(
            (key, value) -> {
              keys.add(key);
              values.add(value);
            });
    statement.setObject(1, account);
    statement.setLong(2, session.epoch().number());
    statement.setString(3, session.epoch().tag());
    statement.setString(4, session.id().value());
    statement.setString(5, session.kind().text());
    statement.setInt(6, session.generation());
    statement.setObject(7, atUtc(session.createdAt()));
    statement.setObject(8, atUtc(session.authTime()));
    statement.setObject(9, atUtc(session.absoluteEnd()));
    statement.setLong(10, toMicros(session.idleTimeout()));
    statement.setArray(11, texts(connection, session.amr()));
    statement.setString(12, session.device().map(this::escaped).orElse(null));
    statement.setArray(13, texts(connection, keys));
    statement.setArray(14, texts(connection, values));
  }

  @Override
  public Optional<LiveSession> find(AccountId account, SessionId session, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return Optional.empty();
    }
    return database.statement(
        "session check",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(find)) {
            statement.setObject(1, uuid.get());
            statement.setString(2, session.value());
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? Optional.of(read(row, account)) : Optional.empty();
            }
          }
        });
  }

  @Override
  public void touch(Session session, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(session.account());
    if (uuid.isEmpty()) {
      return;
    }
    database.statement(
        "session touch",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(touch)) {
            statement.setString(1, session.id().value());
            statement.setObject(2, uuid.get());
            return statement.executeUpdate();
          }
        });
  }

  @Override
  public Revocation revoke(AccountId account, SessionId session, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return Revocation.of(0);
    }
    return end(
        "session revocation",
        uuid.get(),
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(revoke)) {
            statement.setString(1, session.value());
            statement.setObject(2, uuid.get());
            return countTrue(statement);
          }
        });
  }

  /**
   * {@inheritDoc}
   *
   * <p>Most accounts have few sessions; one statement finds that out without a lock. Each caller's
   * own session is committed by now, so of concurrent callers the last one counts all sessions.
   */
  @Override
  public Revocation revokeOldest(Session opened, int most, Deadline deadline) {
    JdbcOutbox.requirePositive("most", most);
    Optional<UUID> uuid = StoredText.uuid(opened.account());
    if (uuid.isEmpty() || countLive(uuid.get(), deadline) <= most) {
      return Revocation.of(0);
    }
    return end(
        "revocation of the oldest sessions",
        uuid.get(),
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(revokeOldest)) {
            statement.setObject(1, uuid.get());
            statement.setString(2, opened.id().value());
            statement.setInt(3, most);
            return countTrue(statement);
          }
        });
  }

  private int countLive(UUID account, Deadline deadline) {
    return database.statement(
        "session count",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(count)) {
            statement.setObject(1, account);
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return row.getInt(1);
            }
          }
        });
  }

  @Override
  public Revocation revokeAll(AccountId account, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return Revocation.of(0);
    }
    return end(
        "revocation of all sessions",
        uuid.get(),
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(revokeAll)) {
            statement.setObject(1, uuid.get());
            return countTrue(statement);
          }
        });
  }

  /**
   * Deletes under the lock of the profile, whose version the deletion's trigger raises. So locks
   * are taken in the same order as by a deletion of the account, and of two calls the second sees
   * the pending rows of the first.
   */
  private Revocation end(
      String step, UUID account, Deadline deadline, Database.Work<Integer> deletion) {
    return database.transaction(
        step,
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(lockProfile)) {
            statement.setObject(1, account);
            statement.execute();
          }
          int ended = deletion.run(connection);
          return new Revocation(ended, OutboxRows.pending(connection, database, account));
        });
  }

  @Override
  public List<Session> list(AccountId account, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return List.of();
    }
    return database.statement(
        "session list",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(list)) {
            statement.setObject(1, uuid.get());
            try (ResultSet rows = statement.executeQuery()) {
              List<Session> sessions = new ArrayList<>();
              while (rows.next()) {
                sessions.add(read(rows, account).session());
              }
              return List.copyOf(sessions);
            }
          }
        });
  }

  /** Does nothing: every check reads the database. */
  @Override
  public boolean fenceUser(AccountId account, long floor, Deadline deadline) {
    return true;
  }

  /** Returns nothing: every check reads the database. */
  @Override
  public Optional<UserRecord> peekUser(AccountId account, Deadline deadline) {
    return Optional.empty();
  }

  @Override
  public SessionLocation location() {
    return SessionLocation.DATABASE;
  }

  @Override
  public Collection<Backend> backends() {
    return List.of(database.backend());
  }

  @Override
  public int removeExpired(int max, Deadline deadline) {
    JdbcOutbox.requirePositive("max", max);
    return database.statement(
        "session clean-up",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(removeExpired)) {
            statement.setInt(1, max);
            return statement.executeUpdate();
          }
        });
  }

  private static int countTrue(PreparedStatement statement) throws SQLException {
    int count = 0;
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        if (rows.getBoolean(1)) {
          count++;
        }
      }
    }
    return count;
  }

  private static LiveSession read(ResultSet row, AccountId account) throws SQLException {
    @Nullable String device = row.getString(10);
    Epoch epoch = new Epoch(row.getLong(17), row.getString(18));
    Epoch keyEpoch = new Epoch(row.getLong(19), row.getString(20));
    Session session =
        Session.builder(
                account,
                kind(row.getString(2)),
                epoch,
                instant(row, 5),
                instant(row, 7),
                ofMicros(row.getLong(8)))
            .id(new SessionId(row.getString(1)))
            .rotation(row.getInt(4), instant(row, 5), Optional.empty())
            .authTime(instant(row, 6))
            .amr(new HashSet<>(readTexts(row.getArray(9))))
            .device(Optional.ofNullable(device).map(StoredText::unescape))
            .attributes(attributes(readTexts(row.getArray(11)), readTexts(row.getArray(12))))
            .build();
    UserRecord user =
        new UserRecord(
            account,
            JdbcProfileStore.readTexts(row.getArray(14)),
            row.getLong(15),
            row.getString(16),
            epoch,
            keyEpoch);
    return new LiveSession(session, user, ofMicros(row.getLong(13)));
  }

  private static SessionKind kind(String text) {
    return SessionKind.parse(text)
        .orElseThrow(
            () ->
                new StoreException(
                    StoreException.Kind.NEWER_FORMAT,
                    "PostgreSQL: read a session: a newer version stored it, and this one does not"
                        + " know its kind"));
  }

  private static Map<String, String> attributes(List<String> keys, List<String> values) {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      attributes.put(keys.get(i), values.get(i));
    }
    return attributes;
  }

  private Array texts(Connection connection, Collection<String> texts) throws SQLException {
    return connection.createArrayOf("text", texts.stream().map(this::escaped).toArray());
  }

  private String escaped(String text) {
    return StoredText.escape(text, database.gate().storesUnicode());
  }

  private static List<String> readTexts(Array array) throws SQLException {
    return Arrays.stream((String[]) array.getArray()).map(StoredText::unescape).toList();
  }

  private static Instant instant(ResultSet row, int column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  /**
   * Cuts to the microseconds that PostgreSQL keeps; the driver would round, and could round an end
   * upwards.
   */
  private static OffsetDateTime atUtc(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
  }

  private static long toMicros(Duration duration) {
    return duration.toSeconds() * 1_000_000 + duration.toNanosPart() / 1_000;
  }

  private static Duration ofMicros(long micros) {
    return Duration.of(micros, ChronoUnit.MICROS);
  }

  private static void requireStorable(Session session) {
    Stream.of(session.createdAt(), session.authTime(), session.absoluteEnd())
        .filter(instant -> instant.isAfter(LAST_INSTANT) || instant.isBefore(Instant.EPOCH))
        .findAny()
        .ifPresent(
            instant -> {
              throw new IllegalArgumentException(
                  "session must have instants from 1970 to 9999: " + instant);
            });
  }
}
