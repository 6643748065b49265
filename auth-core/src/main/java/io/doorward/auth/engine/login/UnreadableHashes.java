package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.password.PasswordHasher.UnreadableHash;
import io.doorward.auth.password.PasswordHasher.UnreadableHash.Cause;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reports logins with a stored hash that can match no password, rate-limited so that attackers
 * cannot flood a log. Thread-safe.
 */
final class UnreadableHashes {
  /** Minimum interval between two reports of one kind of reason. */
  static final Duration PAUSE = Duration.ofMinutes(1);

  private final Ticker ticker;
  private final Map<Cause, AtomicLong> due = new EnumMap<>(Cause.class);

  UnreadableHashes(Ticker ticker) {
    this.ticker = ticker;
    for (Cause cause : Cause.values()) {
      due.put(cause, new AtomicLong(ticker.nanos()));
    }
  }

  void met(AccountId account, UnreadableHash why, AuthListener listener) {
    AtomicLong next = requireNonNull(due.get(why.cause()), "all causes are known");
    long from = next.get();
    long now = ticker.nanos();
    if (now - from >= 0 && next.compareAndSet(from, now + PAUSE.toNanos())) {
      listener.on(new AccessEvent.HashUnreadable(account, why.detail()));
    }
  }
}
