package io.doorward.auth.redis;

import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.redis.FencedEntries.Hit;
import io.doorward.auth.redis.StoredSessions.StoredSession;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.TokenStore.LiveSession;
import java.time.Duration;
import java.util.Optional;

/**
 * Finds sessions that are kept in Redis only, and judges them by their account's user record.
 * Thread-safe.
 */
final class LiveSessions {
  private final StoreContext context;
  private final UserRecords users;
  private final StoredSessions sessions;

  LiveSessions(StoreContext context, UserRecords users, StoredSessions sessions) {
    this.context = context;
    this.users = users;
    this.sessions = sessions;
  }

  static boolean isGood(Session session, UserRecord user) {
    return session.kind().epochOf(user).equals(session.epoch());
  }

  /** Finds a live session by plain commands; by a script where those do not hit. */
  Optional<LiveSession> find(AccountId account, SessionId id, Deadline deadline) {
    String key = sessions.key(account, id);
    String userKey = users.key(account);
    Optional<PlainAnswer> answer = context.scripts().read(deadline, "find", key, userKey);
    Optional<StoredSession> stored =
        answer.flatMap(it -> it.at(0)).flatMap(value -> sessions.peek(key, account, id, value));
    Optional<Duration> left = stored.flatMap(sessions::left);
    Optional<Hit<UserRecord>> user =
        answer.flatMap(it -> it.at(1).flatMap(entry -> users.served(userKey, entry, it.stamp())));
    return left.isPresent() && user.isPresent()
        ? live(stored.get().session(), left.get(), users.fresh(account, user.get(), deadline))
        : judged("find", account, id, ask(account, id, deadline), deadline);
  }

  /** Asks the script {@code session_find.lua}. */
  Reply ask(AccountId account, SessionId id, Deadline deadline) {
    return context
        .call(RedisScript.SESSION_FIND)
        .keys(sessions.key(account, id), users.key(account))
        .run(deadline);
  }

  /**
   * Returns the live session of an answer of {@link #ask}; empty if it is not there or over.
   *
   * @param step of the store, for messages
   */
  Optional<LiveSession> judged(
      String step, AccountId account, SessionId id, Reply answer, Deadline deadline) {
    if (answer.at(0).isNothing()) {
      return Optional.empty();
    }
    Optional<StoredSession> stored = sessions.read(step, account, id, answer.at(0).bytes());
    Optional<Duration> left = stored.flatMap(sessions::left);
    return left.isPresent()
        ? live(
            stored.get().session(),
            left.get(),
            users.get(account, answer.at(1), answer.at(2), deadline))
        : Optional.empty();
  }

  private static Optional<LiveSession> live(
      Session session, Duration left, Optional<UserRecord> user) {
    return user.filter(it -> isGood(session, it)).map(it -> new LiveSession(session, it, left));
  }
}
