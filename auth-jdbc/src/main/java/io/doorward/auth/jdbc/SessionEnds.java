package io.doorward.auth.jdbc;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.TokenStore.Revocation;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends sessions by deleting their rows, and deletes what is over. A trigger does the rest in the
 * same transaction: it raises the version of the account's user record and keeps a record of each
 * ended session, with the reason that the transaction has set. Thread-safe.
 */
final class SessionEnds {
  /** The reason is the trigger's; the lock is on the row that the trigger changes. */
  private static final String BEGIN =
      "SELECT "
          + setReason("?")
          + ","
          + " (SELECT 1 FROM {user_profiles} WHERE account_id = "
          + StoredAccount.ID
          + " FOR NO KEY UPDATE)";

  private static final String REVOKE =
      "DELETE FROM {sessions} WHERE id = ? AND account_id = "
          + StoredAccount.ID
          + " RETURNING idle_end > now() - interval '60 seconds'";

  private static final String REVOKE_ALL =
      "DELETE FROM {sessions} WHERE account_id = "
          + StoredAccount.ID
          + " AND kind <> 'api_key'"
          + " AND id IS DISTINCT FROM ?"
          + " RETURNING idle_end > now() - interval '60 seconds'";

  /**
   * Of the last day, with those that have expired and are still there. A session that another epoch
   * has ended is there until it expires, too, and has not expired.
   */
  private static final String LIST =
      """
      SELECT e.id, e.kind, e.reason, e.created_at, e.ended_at
      FROM {accounts} a JOIN {ended_sessions} e ON e.account_id = a.id
      WHERE a.tenant = ? AND a.id = ? AND e.ended_at > now() - interval '1 day'
      UNION ALL
      SELECT s.id, s.kind, 'expired', s.created_at, s.idle_end
      FROM {accounts} a JOIN {sessions} s ON s.account_id = a.id
      WHERE a.tenant = ? AND a.id = ?
        AND s.idle_end <= now() AND s.idle_end > now() - interval '1 day'
        AND :of_present_epoch
        AND NOT EXISTS (SELECT FROM {ended_sessions} e WHERE e.id = s.id)
      ORDER BY 5 DESC, 1
      LIMIT 1000
      """
          .replace(":of_present_epoch", SessionRows.IS_OF_PRESENT_EPOCH);

  /**
   * Lets one node delete at a time, because the others would find the same rows. Deletes only
   * sessions that have expired by more than clocks may differ: no view serves them any more, so a
   * setting tells the trigger to raise no version and keep no record.
   */
  private static final String REMOVE_EXPIRED =
      """
      WITH expired AS (
        DELETE FROM {sessions} WHERE id IN (
          SELECT id FROM {sessions} WHERE idle_end <= now() - interval '60 seconds'
            AND (SELECT set_config('doorward.clean_up', 'sessions', true)) = 'sessions'
            AND (SELECT pg_try_advisory_xact_lock(hashtextextended('{sessions}', 0)))
          ORDER BY idle_end LIMIT ?
          FOR UPDATE SKIP LOCKED)
        RETURNING 1
      ), forgotten AS (
        DELETE FROM {ended_sessions} WHERE id IN (
          SELECT id FROM {ended_sessions} WHERE ended_at < now() - interval '1 day'
            AND (SELECT pg_try_advisory_xact_lock(hashtextextended('{sessions}', 0)))
          ORDER BY ended_at LIMIT ? - (SELECT count(*) FROM expired)
          FOR UPDATE SKIP LOCKED)
        RETURNING 1
      )
      SELECT (SELECT count(*) FROM expired) + (SELECT count(*) FROM forgotten)
      """;

  private static String setReason(String reason) {
    return "set_config('doorward.end_reason', " + reason + ", true)";
  }

  /** Returns an item for FROM that tells the triggers why a statement ends sessions. */
  static String because(EndReason reason) {
    return "(SELECT " + setReason('\'' + reason.text() + '\'') + ") AS because";
  }

  private final Database database;
  private final String begin;
  private final String revoke;
  private final String revokeAll;
  private final String list;
  private final String removeExpired;

  SessionEnds(Database database) {
    this.database = database;
    this.begin = database.sql(BEGIN);
    this.revoke = database.sql(REVOKE);
    this.revokeAll = database.sql(REVOKE_ALL);
    this.list = database.sql(LIST);
    this.removeExpired = database.sql(REMOVE_EXPIRED);
  }

  Revocation one(StoredAccount account, SessionId session, EndReason reason, Deadline deadline) {
    return end(
        "session revocation",
        account,
        reason,
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(revoke)) {
            statement.setString(1, session.value());
            account.bind(statement, 2);
            return countTrue(statement);
          }
        });
  }

  Revocation all(StoredAccount account, EndReason reason, Deadline deadline) {
    return allBut(account, null, reason, deadline);
  }

  /** Ends all sessions of an account but those of API keys, and but one, if it is given. */
  Revocation allBut(
      StoredAccount account, @Nullable SessionId kept, EndReason reason, Deadline deadline) {
    return end(
        kept == null ? "revocation of all sessions" : "revocation of other sessions",
        account,
        reason,
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(revokeAll)) {
            int next = account.bind(statement, 1);
            statement.setString(next, kept == null ? null : kept.value());
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
      String step,
      StoredAccount account,
      EndReason reason,
      Deadline deadline,
      Database.Work<Integer> deletion) {
    return database.transaction(
        step,
        deadline,
        connection -> {
          begin(connection, account, reason);
          int ended = deletion.run(connection);
          return new Revocation(ended, OutboxRows.pending(connection, database, account));
        });
  }

  /** Sets the reason of what ends in this transaction, and locks the profile. */
  void begin(Connection connection, StoredAccount account, EndReason reason) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(begin)) {
      statement.setString(1, reason.text());
      account.bind(statement, 2);
      statement.execute();
    }
  }

  /** Reads the records of the last day, the newest end first. */
  List<EndedSession> list(StoredAccount account, AccountId owner, Deadline deadline) {
    return database.statement(
        "list of ended sessions",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(list)) {
            account.bind(statement, account.bind(statement, 1));
            try (ResultSet row = statement.executeQuery()) {
              List<EndedSession> ended = new ArrayList<>();
              while (row.next()) {
                ended.add(read(row, owner));
              }
              return List.copyOf(ended);
            }
          }
        });
  }

  private static EndedSession read(ResultSet row, AccountId owner) throws SQLException {
    return new EndedSession(
        new SessionId(row.getString(1)),
        owner,
        SessionKind.ofStored("PostgreSQL", row.getString(2)),
        EndReason.ofStored(row.getString(3)),
        SessionRows.instant(row, 4),
        SessionRows.instant(row, 5));
  }

  /** Deletes expired sessions, and in the room that they leave old records of ended ones. */
  int removeExpired(int max, Deadline deadline) {
    return database.statement(
        "session clean-up",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(removeExpired)) {
            statement.setInt(1, max);
            statement.setInt(2, max);
            return number(statement);
          }
        });
  }

  private static int number(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getInt(1);
    }
  }

  /** Runs a statement that returns what it has ended, and counts what was live. */
  static int countTrue(PreparedStatement statement) throws SQLException {
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
}
