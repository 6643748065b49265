package io.doorward.auth.jdbc;

import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendAware;
import io.doorward.auth.backend.DegradationTable.SessionLocation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionCreation;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.TokenStore;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

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
  /** Of a session called s, its account a and its profile p. */
  private static final String LIVE_COLUMNS =
      """
      :session,
        (extract(epoch FROM s.idle_end - now()) * 1000000)::bigint, :user
      """
          .replace(":session", SessionRows.COLUMNS)
          .replace(":user", UserRecordRows.COLUMNS);

  /** Of the same: that the session is live, and whose. */
  private static final String IS_LIVE =
      """
      a.tenant = ? AND a.id = ? AND s.idle_end > now()
        AND :of_present_epoch
      """
          .replace(":of_present_epoch", SessionRows.IS_OF_PRESENT_EPOCH);

  private static final String FROM =
      """
      FROM {sessions} s
      JOIN {accounts} a ON a.id = s.account_id
      JOIN {user_profiles} p ON p.account_id = s.account_id
      """
          + "WHERE "
          + IS_LIVE;

  private static final String SELECT = "SELECT " + LIVE_COLUMNS + FROM;

  private static final String FIND = SELECT + "AND s.id = ?";

  private static final String LIST = SELECT + "ORDER BY s.created_at DESC, s.id";

  /** Those that this version knows: it writes none of another. */
  private static final String KINDS =
      Arrays.stream(SessionKind.values())
          .map(kind -> '\'' + kind.text() + '\'')
          .collect(Collectors.joining(", "));

  private static final String TOUCH =
      """
      UPDATE {sessions}
      SET idle_end = least(now() + idle_timeout, absolute_end), last_used_at = now()
      WHERE idle_end > now() AND id = ? AND account_id = :account
      """
          .replace(":account", StoredAccount.ID);

  /**
   * Reads a live session without a lock, as it was when the statement began, and writes where
   * {@link TokenStore.Rotation#step} says so. Of callers that race, those that waited for the row
   * find another generation or no session, and write nothing: a caller to whom what was read looks
   * as if it should have been written was outrun.
   */
  private static final String ROTATE =
      """
      WITH live AS (:find), rotated AS (
        UPDATE {sessions} s
        SET generation = CASE WHEN s.generation < r.generation
            THEN r.generation ELSE s.generation + 1 END,
          key_id = CASE WHEN s.generation < r.generation THEN r.key_id ELSE r.next_key_id END,
          rotated_at = now(), last_used_at = now(),
          idle_end = least(now() + s.idle_timeout, s.absolute_end)
        FROM live, (
          SELECT ?::integer AS generation, ?::text AS key_id, ?::text AS next_key_id,
            now() - ?::bigint * interval '1 microsecond' AS window_begin,
            now() + ?::bigint * interval '1 microsecond' AS window_end
        ) r
        WHERE s.id = live.id AND s.idle_end > now() AND s.kind IN (:kinds)
          AND (s.generation < r.generation
            OR s.generation = r.generation
              AND s.rotated_at NOT BETWEEN r.window_begin AND r.window_end)
        RETURNING s.generation,
          (extract(epoch FROM s.idle_end - now()) * 1000000)::bigint AS idle_left
      )
      SELECT live.*, now(), rotated.generation, rotated.idle_left
      FROM live LEFT JOIN rotated ON true
      """
          .replace(":find", FIND)
          .replace(":kinds", KINDS);

  /** What {@link #read} reads begins with the session, its idle time, and its user record. */
  private static final int LIVE_COUNT = SessionRows.COUNT + 1 + UserRecordRows.COUNT;

  private final Database database;
  private final SessionStarts starts;
  private final SessionEnds ends;
  private final String find;
  private final String list;
  private final String touch;
  private final String rotate;

  JdbcTokenStore(Database database) {
    this.database = database;
    this.starts = new SessionStarts(database);
    this.ends = new SessionEnds(database);
    this.find = database.sql(FIND);
    this.list = database.sql(LIST);
    this.touch = database.sql(TOUCH);
    this.rotate = database.sql(ROTATE);
  }

  /**
   * {@inheritDoc}
   *
   * <p>One trip where there is room: the profile's row is locked, so that logins of one account
   * count one after the other.
   *
   * @throws IllegalArgumentException if an instant lies before 1970 or after the year 9999
   * @throws IllegalStateException if the session's id was used before
   */
  @Override
  public SessionCreation create(Session session, SessionLimits limits, Deadline deadline) {
    SessionRows.requireStorable(session);
    return StoredAccount.of(session.account())
        .map(account -> starts.create(account, session, limits, deadline))
        .orElseGet(SessionCreation.Stale::new);
  }

  @Override
  public Optional<LiveSession> find(AccountId account, SessionId session, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return Optional.empty();
    }
    return database.statement(
        "session check",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(find)) {
            statement.setString(stored.get().bind(statement, 1), session.value());
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? Optional.of(read(row, account)) : Optional.empty();
            }
          }
        });
  }

  @Override
  public void touch(Session session, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(session.account());
    if (stored.isEmpty()) {
      return;
    }
    database.statement(
        "session touch",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(touch)) {
            statement.setString(1, session.id().value());
            stored.get().bind(statement, 2);
            return statement.executeUpdate();
          }
        });
  }

  /**
   * {@inheritDoc}
   *
   * <p>One statement, and another one for a caller that another one has outrun. It waits for the
   * session's row and for no other, holds none meanwhile, and leaves the user record as it is.
   */
  @Override
  public RotationResult rotate(Rotation rotation, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(rotation.account());
    while (stored.isPresent()) {
      Optional<Rotated> found =
          database.statement(
              "session refresh",
              deadline,
              connection -> {
                try (PreparedStatement statement = connection.prepareStatement(rotate)) {
                  bind(statement, stored.get(), rotation);
                  try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? Optional.of(rotated(row, rotation)) : Optional.empty();
                  }
                }
              });
      if (found.isEmpty()) {
        break;
      }
      Rotation.Step step = found.get().step;
      if (found.get().isWritten || !step.writes()) {
        return step.result(found.get().live);
      }
    }
    return new RotationResult.Over();
  }

  private static void bind(PreparedStatement statement, StoredAccount account, Rotation rotation)
      throws SQLException {
    int next = account.bind(statement, 1);
    statement.setString(next, rotation.session().value());
    statement.setInt(next + 1, rotation.generation());
    statement.setString(next + 2, rotation.keyId());
    statement.setString(next + 3, rotation.nextKeyId());
    long skew = SessionRows.toMicros(rotation.skew());
    statement.setLong(next + 4, SessionRows.toMicros(rotation.grace()) + skew);
    statement.setLong(next + 5, skew);
  }

  /** A session, as it was written by a step or as it was before one that writes nothing. */
  private record Rotated(LiveSession live, Rotation.Step step, boolean isWritten) {}

  private static Rotated rotated(ResultSet row, Rotation rotation) throws SQLException {
    LiveSession live = read(row, rotation.account());
    Instant now = SessionRows.instant(row, LIVE_COUNT + 1);
    int generation = row.getInt(LIVE_COUNT + 2);
    if (row.wasNull()) {
      return new Rotated(live, rotation.step(live.session(), now), false);
    }
    boolean caughtUp = generation == rotation.generation();
    String key = caughtUp ? rotation.keyId() : rotation.nextKeyId();
    Session written =
        live.session().toBuilder()
            .rotation(generation, now, Optional.of(key))
            .lastUsedAt(now)
            .build();
    Duration idleLeft = SessionRows.ofMicros(row.getLong(LIVE_COUNT + 3));
    return new Rotated(
        new LiveSession(written, live.user(), idleLeft),
        caughtUp ? Rotation.Step.CATCH_UP : Rotation.Step.ADVANCE,
        true);
  }

  @Override
  public Revocation revoke(
      AccountId account, SessionId session, EndReason reason, Deadline deadline) {
    return StoredAccount.of(account)
        .map(stored -> ends.one(stored, session, reason, deadline))
        .orElseGet(() -> Revocation.of(0));
  }

  @Override
  public Revocation revokeAll(AccountId account, EndReason reason, Deadline deadline) {
    return StoredAccount.of(account)
        .map(stored -> ends.all(stored, reason, deadline))
        .orElseGet(() -> Revocation.of(0));
  }

  @Override
  public Revocation revokeOthers(Session kept, EndReason reason, Deadline deadline) {
    return StoredAccount.of(kept.account())
        .map(stored -> ends.allBut(stored, kept.id(), reason, deadline))
        .orElseGet(() -> Revocation.of(0));
  }

  @Override
  public List<Session> list(AccountId account, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return List.of();
    }
    return database.statement(
        "session list",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(list)) {
            stored.get().bind(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
              List<Session> sessions = new ArrayList<>();
              while (row.next()) {
                sessions.add(read(row, account).session());
              }
              return List.copyOf(sessions);
            }
          }
        });
  }

  @Override
  public List<EndedSession> listEnded(AccountId account, Deadline deadline) {
    return StoredAccount.of(account)
        .map(stored -> ends.list(stored, account, deadline))
        .orElseGet(List::of);
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
    return ends.removeExpired(max, deadline);
  }

  private static LiveSession read(ResultSet row, AccountId account) throws SQLException {
    UserRecord user = UserRecordRows.read(row, SessionRows.COUNT + 2, account);
    Session session = SessionRows.read(row, account, user);
    return new LiveSession(session, user, SessionRows.ofMicros(row.getLong(SessionRows.COUNT + 1)));
  }
}
