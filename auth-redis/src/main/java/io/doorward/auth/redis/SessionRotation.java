package io.doorward.auth.redis;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.session.TokenStore.Rotation;
import io.doorward.auth.session.TokenStore.RotationResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * Exchanges refresh tokens of sessions that are kept in Redis only: reads a session, decides here,
 * and replaces the session if it still is the very one that was read. Thread-safe.
 */
final class SessionRotation {
  private final StoreContext context;
  private final UserRecords users;
  private final StoredSessions sessions;
  private final LiveSessions live;

  SessionRotation(
      StoreContext context, UserRecords users, StoredSessions sessions, LiveSessions live) {
    this.context = context;
    this.users = users;
    this.sessions = sessions;
    this.live = live;
  }

  /** Decides and applies it; empty if the session or its user record changed meanwhile. */
  Optional<RotationResult> tried(Rotation rotation, Deadline deadline) {
    AccountId account = rotation.account();
    Reply answer = live.ask(account, rotation.session(), deadline);
    Optional<LiveSession> found =
        live.judged("rotate", account, rotation.session(), answer, deadline);
    if (found.isEmpty()) {
      return Optional.of(new RotationResult.Over());
    }
    Instant now = Instant.ofEpochMilli(answer.at(3).number());
    Rotation.Step step = rotation.step(found.get().session(), now);
    if (!step.writes()) {
      return Optional.of(step.result(found.get()));
    }
    Session next = rotation.applied(found.get().session(), step, now);
    Duration life = sessions.lifeFromNow(next);
    if (life.toMillis() <= 0) {
      return Optional.of(new RotationResult.Over());
    }
    LiveSession replaced = new LiveSession(next, found.get().user(), life);
    return replace(answer.at(0).bytes(), replaced, deadline)
        ? Optional.of(step.result(replaced))
        : Optional.empty();
  }

  private boolean replace(byte[] present, LiveSession by, Deadline deadline) {
    Session next = by.session();
    AccountId account = next.account();
    return context
        .call(RedisScript.SESSION_ROTATE)
        .keys(sessions.key(account, next.id()), users.key(account), sessions.index(account))
        .arg(next.id().value())
        .arg(Arrays.copyOfRange(present, SessionString.HEAD, present.length))
        .arg(sessions.write(next, by.idleLeft()))
        .arg(by.idleLeft())
        .arg(next.createdAt().toEpochMilli())
        .arg(sessions.indexLife(next))
        .arg(FencedEntries.wide(by.user().version()))
        .run(deadline)
        .isOne();
  }
}
