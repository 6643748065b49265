package io.doorward.auth.jdbc;

import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionCreation;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionLimits.WhenFull;
import io.doorward.auth.session.TokenStore.Revocation;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Stores new sessions, as many as an account may have. Thread-safe.
 *
 * <p>The lock of the account's profile makes logins of one account count one after the other. The
 * count is a statement of its own behind the lock, because a statement sees what was committed when
 * it began, and not what was committed while it waited.
 */
final class SessionStarts {
  /**
   * At a stricter level the count would be that of before the lock, and waiting for it an error:
   * there nothing is locked, and no room is found, until a transaction has set its own level.
   */
  private static final String IS_READ_COMMITTED =
      "current_setting('transaction_isolation') = 'read committed'";

  /**
   * Begins a transaction that counts. A lock that is waited for too long ends the transaction on
   * the server, since one whose caller has gone would store the session later.
   */
  private static final String BEGIN =
      "SELECT set_config('doorward.counting', 'on', true), set_config('lock_timeout', ?, true)";

  /**
   * What was counted was counted under the locks. Some settings of the driver make a transaction of
   * each statement, and the setting ends with its transaction.
   */
  private static final String IS_COUNTED =
      "(" + IS_READ_COMMITTED + " AND current_setting('doorward.counting', true) = 'on')";

  /**
   * The account first, as its order is: the new row's foreign key would lock it after the profile.
   * Two statements, because one could lock in either order.
   */
  private static final String LOCK_ACCOUNT =
      "SELECT 1 FROM {accounts} WHERE tenant = ? AND id = ? FOR KEY SHARE";

  private static final String LOCK_PROFILE =
      "SELECT 1 FROM {user_profiles} WHERE account_id = "
          + StoredAccount.ID
          + " AND "
          + IS_READ_COMMITTED
          + " FOR NO KEY UPDATE";

  /** As {@link Session#deviceKind()} reads it. */
  private static final String DEVICE_KIND =
      """
      coalesce(
        s.attribute_values[array_position(s.attribute_keys, 'doorward.device')],
        CASE s.kind WHEN 'cookie' THEN 'browser' ELSE 'app' END)""";

  /** Of a session called s and its account a. */
  private static final String IS_OF_LOGIN =
      "s.account_id = a.id AND s.idle_end > now() AND s.kind IN ('cookie', 'bearer')";

  /** That it counts. */
  private static final String COUNTS = IS_OF_LOGIN + " AND " + SessionRows.IS_OF_PRESENT_EPOCH;

  private static final String CREATE =
      """
      WITH owner AS (
        SELECT a.id, :user
        FROM {accounts} a
        JOIN {user_profiles} p ON p.account_id = a.id
        WHERE a.tenant = ? AND a.id = ? AND a.status = 'active' AND a.:epoch = ? AND a.:epoch_tag = ?
      ), room AS (
        :room
      ), stored AS (
        INSERT INTO {sessions} (
          id, account_id, kind, credential_version, epoch_tag, generation, rotated_at, key_id,
          created_at, auth_time, last_used_at, absolute_end, idle_timeout, amr, scopes, device,
          attribute_keys, attribute_values, idle_end)
        SELECT s.id, owner.id, s.kind, owner.:epoch, owner.:epoch_tag, s.generation,
          s.rotated_at, s.key_id, s.created_at, s.auth_time, s.last_used_at, s.absolute_end,
          s.idle_timeout, s.amr, s.scopes, s.device, s.attribute_keys, s.attribute_values,
          least(now() + s.idle_timeout, s.absolute_end)
        FROM owner, room, (:session) AS s
        WHERE room.of_all AND room.of_kind AND room.is_tidy
        RETURNING id
      )
      SELECT owner.roles, owner.version, owner.row_tag, owner.epoch, owner.epoch_tag,
        owner.key_epoch, owner.key_epoch_tag, stored.id IS NOT NULL, room.of_kind,
        :is_counted, room.is_tidy
      FROM owner CROSS JOIN room LEFT JOIN stored ON true
      """
          .replace(":is_counted", IS_COUNTED)
          .replace(":session", SessionRows.PARAMETERS)
          .replace(":user", UserRecordRows.COLUMNS);

  private static final String COUNTED_ROOM =
      """
      SELECT count(*) FILTER (WHERE :of_present_epoch) < ? AND :is_counted AS of_all,
          count(*) FILTER (WHERE :of_present_epoch AND :device_kind = ?) < ? AS of_kind,
          count(*) < ? AS is_tidy
        FROM owner a JOIN {sessions} s ON :of_login"""
          .replace(":is_counted", IS_COUNTED)
          .replace(":device_kind", DEVICE_KIND)
          .replace(":of_present_epoch", SessionRows.IS_OF_PRESENT_EPOCH)
          .replace(":of_login", IS_OF_LOGIN);

  private static final String ANY_ROOM = "SELECT true AS of_all, true AS of_kind, true AS is_tidy";

  /** Leaves what earlier epochs have left to the clean-up: it is over, and no view serves it. */
  private static final String TIDY =
      """
      UPDATE {sessions} s SET idle_end = now() - interval '60 seconds' FROM {accounts} a
      WHERE a.tenant = ? AND a.id = ? AND :of_login AND NOT (:of_present_epoch)
      """
          .replace(":of_present_epoch", SessionRows.IS_OF_PRESENT_EPOCH)
          .replace(":of_login", IS_OF_LOGIN);

  /** Keeps the new session, whatever its age. */
  private static final String END_OLDEST =
      """
      DELETE FROM {sessions} WHERE id IN (
        SELECT s.id FROM {accounts} a JOIN {sessions} s ON :counts
        WHERE a.tenant = ? AND a.id = ? AND (?::text IS NULL OR :device_kind = ?)
        ORDER BY s.id = ? DESC, s.created_at DESC, s.id OFFSET ?)
      RETURNING true
      """
          .replace(":device_kind", DEVICE_KIND)
          .replace(":counts", COUNTS);

  /** So many sessions of earlier epochs an account may have until they expire. */
  private static final int MOST_LEFT = 1_000;

  private static final int STORED = UserRecordRows.COUNT + 1;

  private final Database database;
  private final SessionRows rows;
  private final SessionEnds ends;
  private final String lockAccount;
  private final String createUnderLocks;
  private final String createWhereIsRoom;
  private final String create;
  private final String createKey;
  private final String endOldest;
  private final String tidy;

  SessionStarts(Database database) {
    this.database = database;
    this.rows = new SessionRows(database);
    this.ends = new SessionEnds(database);
    String limited = CREATE.replace(":room", COUNTED_ROOM).replace(":epoch", "epoch");
    String unlimited = CREATE.replace(":room", ANY_ROOM);
    this.lockAccount = database.sql(String.join(";\n", BEGIN, LOCK_ACCOUNT));
    this.createUnderLocks =
        database.sql(String.join(";\n", BEGIN, LOCK_ACCOUNT, LOCK_PROFILE, limited));
    this.createWhereIsRoom = database.sql(limited);
    this.create = database.sql(unlimited.replace(":epoch", "epoch"));
    this.createKey = database.sql(unlimited.replace(":epoch", "key_epoch"));
    this.endOldest = database.sql(END_OLDEST);
    this.tidy = database.sql(TIDY);
  }

  /**
   * What a statement has found out.
   *
   * @param isStored false if it saw no room
   * @param hasRoomOfKind whether it saw room for another device of the kind
   * @param isCounted whether what it saw is true under the lock
   * @param isTidy false if earlier epochs have left too many sessions
   */
  private record Attempt(
      UserRecord user, boolean isStored, boolean hasRoomOfKind, boolean isCounted, boolean isTidy) {
    SessionCreation created() {
      return SessionCreation.Created.of(user);
    }
  }

  SessionCreation create(
      StoredAccount account, Session session, SessionLimits limits, Deadline deadline) {
    if (!limits.apply(session)) {
      String sql = session.kind() == SessionKind.API_KEY ? createKey : create;
      return database
          .statement(
              "session creation", deadline, connection -> run(connection, sql, account, session))
          .map(Attempt::created)
          .orElseGet(SessionCreation.Stale::new);
    }
    Optional<Attempt> seen =
        database.statement(
            "session creation",
            deadline,
            connection -> inRoom(connection, account, session, limits, deadline));
    if (seen.isEmpty()) {
      return new SessionCreation.Stale();
    }
    if (seen.get().isStored) {
      return seen.get().created();
    }
    return seen.get().isCounted && seen.get().isTidy && limits.whenFull() == WhenFull.REFUSE
        ? SessionCreation.Full.of(limits, session, !seen.get().hasRoomOfKind)
        : database.transaction(
            "session creation with limits",
            deadline,
            connection -> {
              begin(connection, account, deadline);
              ends.begin(connection, account, EndReason.LIMIT);
              if (!seen.get().isTidy) {
                tidy(connection, account);
              }
              return inTransaction(connection, account, session, limits);
            });
  }

  /**
   * Locks, counts and stores in one trip. The driver sends what stands between semicolons without a
   * pause, and the server runs that as one transaction, with a view of the data for each statement.
   * Where it makes more of them, nothing is stored.
   */
  private Optional<Attempt> inRoom(
      Connection connection,
      StoredAccount account,
      Session session,
      SessionLimits limits,
      Deadline deadline)
      throws SQLException {
    return attempt(
        connection,
        createUnderLocks,
        3,
        session,
        statement -> {
          statement.setString(1, lockTimeout(deadline));
          int next = account.bind(statement, account.bind(statement, 2));
          bind(statement, next, account, session, limits);
        });
  }

  /** Returns milliseconds: the server gives up before the caller does. */
  private static String lockTimeout(Deadline deadline) {
    return Long.toString(Math.max(1, deadline.remaining().minus(deadline.part(10)).toMillis()));
  }

  private void begin(Connection connection, StoredAccount account, Deadline deadline)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lockAccount)) {
      statement.setString(1, lockTimeout(deadline));
      int unused = account.bind(statement, 2);
      statement.execute();
    }
  }

  private void tidy(Connection connection, StoredAccount account) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(tidy)) {
      int unused = account.bind(statement, 1);
      statement.execute();
    }
  }

  private SessionCreation inTransaction(
      Connection connection, StoredAccount account, Session session, SessionLimits limits)
      throws SQLException {
    boolean refuses = limits.whenFull() == WhenFull.REFUSE;
    Optional<Attempt> attempt =
        refuses
            ? runWhereIsRoom(connection, account, session, limits)
            : run(connection, create, account, session);
    if (attempt.isEmpty()) {
      return new SessionCreation.Stale();
    }
    if (refuses) {
      return attempt.get().isStored
          ? attempt.get().created()
          : SessionCreation.Full.of(limits, session, !attempt.get().hasRoomOfKind);
    }
    String kind = session.deviceKind();
    int ended =
        endOldest(connection, account, session, Optional.of(kind), limits.on(kind))
            + endOldest(connection, account, session, Optional.empty(), limits.perAccount());
    return new SessionCreation.Created(
        attempt.get().user,
        new Revocation(ended, OutboxRows.pending(connection, database, account)));
  }

  private Optional<Attempt> runWhereIsRoom(
      Connection connection, StoredAccount account, Session session, SessionLimits limits)
      throws SQLException {
    return attempt(
        connection,
        createWhereIsRoom,
        0,
        session,
        statement -> bind(statement, 1, account, session, limits));
  }

  private Optional<Attempt> run(
      Connection connection, String sql, StoredAccount account, Session session)
      throws SQLException {
    return attempt(
        connection,
        sql,
        0,
        session,
        statement -> rows.bind(statement, bindOwner(statement, 1, account, session) - 1, session));
  }

  /** Fills in the parameters of a statement. */
  @FunctionalInterface
  private interface Binding {
    void to(PreparedStatement statement) throws SQLException;
  }

  /** Runs a statement that has so many results before that of {@link #CREATE}. */
  private static Optional<Attempt> attempt(
      Connection connection, String sql, int before, Session session, Binding binding)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      binding.to(statement);
      boolean isResult = statement.execute();
      for (int i = 0; isResult && i < before; i++) {
        isResult = statement.getMoreResults();
      }
      return first(statement, session);
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
  }

  private void bind(
      PreparedStatement statement,
      int index,
      StoredAccount account,
      Session session,
      SessionLimits limits)
      throws SQLException {
    int next = bindOwner(statement, index, account, session);
    statement.setInt(next, limits.perAccount());
    statement.setString(next + 1, session.deviceKind());
    statement.setInt(next + 2, limits.on(session.deviceKind()));
    statement.setLong(next + 3, (long) limits.perAccount() + MOST_LEFT);
    rows.bind(statement, next + 3, session);
  }

  private static int bindOwner(
      PreparedStatement statement, int index, StoredAccount account, Session session)
      throws SQLException {
    int next = account.bind(statement, index);
    statement.setLong(next, session.epoch().number());
    statement.setString(next + 1, session.epoch().tag());
    return next + 2;
  }

  private static Optional<Attempt> first(PreparedStatement statement, Session session)
      throws SQLException {
    try (ResultSet row = statement.getResultSet()) {
      return row.next()
          ? Optional.of(
              new Attempt(
                  UserRecordRows.read(row, 1, session.account()),
                  row.getBoolean(STORED),
                  row.getBoolean(STORED + 1),
                  row.getBoolean(STORED + 2),
                  row.getBoolean(STORED + 3)))
          : Optional.empty();
    }
  }

  private int endOldest(
      Connection connection,
      StoredAccount account,
      Session kept,
      Optional<String> deviceKind,
      int most)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(endOldest)) {
      int next = account.bind(statement, 1);
      statement.setString(next, deviceKind.orElse(null));
      statement.setString(next + 1, deviceKind.orElse(null));
      statement.setString(next + 2, kept.id().value());
      statement.setInt(next + 3, most);
      return SessionEnds.countTrue(statement);
    }
  }
}
