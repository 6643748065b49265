package io.doorward.auth.jdbc;

import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import java.sql.Array;
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
import java.util.stream.Stream;

/** Writes sessions as rows and reads them back. Thread-safe. */
final class SessionRows {
  private static final Instant LAST_INSTANT = Instant.parse("9999-12-31T23:59:59Z");

  /** What {@link #bind} binds, as a row of these columns. */
  static final String PARAMETERS =
      """
      SELECT ?::text AS id, ?::text AS kind, ?::integer AS generation, ?::timestamptz AS rotated_at,
        ?::text AS key_id, ?::timestamptz AS created_at, ?::timestamptz AS auth_time,
        ?::timestamptz AS last_used_at, ?::timestamptz AS absolute_end,
        ?::bigint * interval '1 microsecond' AS idle_timeout, ?::text[] AS amr, ?::text[] AS scopes,
        ?::text AS device, ?::text[] AS attribute_keys, ?::text[] AS attribute_values
      """;

  /** What {@link #read} reads, of a row called s. */
  static final String COLUMNS =
      """
      s.id, s.kind, s.generation, s.rotated_at, s.key_id, s.created_at, s.auth_time,
        s.last_used_at, s.absolute_end, (extract(epoch FROM s.idle_timeout) * 1000000)::bigint,
        s.amr, s.scopes, s.device, s.attribute_keys, s.attribute_values
      """;

  /** Of a row called s and its account a: that it is of the account's present epoch. */
  static final String IS_OF_PRESENT_EPOCH =
      """
      CASE s.kind
          WHEN 'api_key' THEN s.credential_version = a.key_epoch AND s.epoch_tag = a.key_epoch_tag
          ELSE s.credential_version = a.epoch AND s.epoch_tag = a.epoch_tag
        END
      """;

  /** How many columns these are. */
  static final int COUNT = 15;

  private final Database database;

  SessionRows(Database database) {
    this.database = database;
  }

  /**
   * Binds a session to {@link #PARAMETERS}.
   *
   * @param before how many parameters the statement has before them
   */
  void bind(PreparedStatement statement, int before, Session session) throws SQLException {
    List<String> keys = new ArrayList<>();
    List<String> values = new ArrayList<>();
    session
        .attributes()
        .forEach(
            (key, value) -> {
              keys.add(key);
              values.add(value);
            });
    statement.setString(before + 1, session.id().value());
    statement.setString(before + 2, session.kind().text());
    statement.setInt(before + 3, session.generation());
    statement.setObject(before + 4, atUtc(session.rotatedAt()));
    statement.setString(before + 5, session.keyId().orElse(null));
    statement.setObject(before + 6, atUtc(session.createdAt()));
    statement.setObject(before + 7, atUtc(session.authTime()));
    statement.setObject(before + 8, atUtc(session.lastUsedAt()));
    statement.setObject(before + 9, atUtc(session.absoluteEnd()));
    statement.setLong(before + 10, toMicros(session.idleTimeout()));
    statement.setArray(before + 11, texts(statement, session.amr()));
    statement.setArray(before + 12, texts(statement, session.scopes()));
    statement.setString(before + 13, session.device().map(this::escaped).orElse(null));
    statement.setArray(before + 14, texts(statement, keys));
    statement.setArray(before + 15, texts(statement, values));
  }

  /**
   * Reads a session whose row begins with {@link #COLUMNS} and that is of its account's present
   * epoch.
   *
   * @throws StoreException as {@link SessionKind#ofStored} throws it
   */
  static Session read(ResultSet row, AccountId account, UserRecord user) throws SQLException {
    SessionKind kind = SessionKind.ofStored("PostgreSQL", row.getString(2));
    return Session.builder(
            account,
            kind,
            kind.epochOf(user),
            instant(row, 6),
            instant(row, 9),
            ofMicros(row.getLong(10)))
        .id(new SessionId(row.getString(1)))
        .rotation(row.getInt(3), instant(row, 4), Optional.ofNullable(row.getString(5)))
        .authTime(instant(row, 7))
        .lastUsedAt(instant(row, 8))
        .amr(new HashSet<>(readTexts(row.getArray(11))))
        .scopes(new HashSet<>(readTexts(row.getArray(12))))
        .device(Optional.ofNullable(row.getString(13)).map(StoredText::unescape))
        .attributes(attributes(readTexts(row.getArray(14)), readTexts(row.getArray(15))))
        .build();
  }

  private static Map<String, String> attributes(List<String> keys, List<String> values) {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      attributes.put(keys.get(i), values.get(i));
    }
    return attributes;
  }

  private Array texts(PreparedStatement statement, Collection<String> texts) throws SQLException {
    return statement
        .getConnection()
        .createArrayOf("text", texts.stream().map(this::escaped).toArray());
  }

  private String escaped(String text) {
    return StoredText.escape(text, database.gate().storesUnicode());
  }

  private static List<String> readTexts(Array array) throws SQLException {
    return Arrays.stream((String[]) array.getArray()).map(StoredText::unescape).toList();
  }

  static Instant instant(ResultSet row, int column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  /**
   * Cuts to the microseconds that PostgreSQL keeps; the driver would round, and could round an end
   * upwards.
   */
  private static OffsetDateTime atUtc(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
  }

  static long toMicros(Duration duration) {
    return duration.toSeconds() * 1_000_000 + duration.toNanosPart() / 1_000;
  }

  static Duration ofMicros(long micros) {
    return Duration.of(micros, ChronoUnit.MICROS);
  }

  static void requireStorable(Session session) {
    Stream.of(
            session.createdAt(),
            session.authTime(),
            session.rotatedAt(),
            session.lastUsedAt(),
            session.absoluteEnd())
        .filter(instant -> instant.isAfter(LAST_INSTANT) || instant.isBefore(Instant.EPOCH))
        .findAny()
        .ifPresent(
            instant -> {
              throw new IllegalArgumentException(
                  "session must have instants from 1970 to 9999: " + instant);
            });
  }
}
