package io.doorward.auth.redis.client;

import io.doorward.auth.base.Deadline;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * When the call that runs on this thread must have ended. Jedis has no way to hand a deadline down,
 * so it is kept beside the stack. A thread that runs no call has no deadline. The field is static
 * as every thread-local variable should be, and shares nothing: a thread runs one call at a time.
 */
final class CallDeadline {
  private static final ThreadLocal<Deadline> CURRENT = new ThreadLocal<>();

  private CallDeadline() {}

  /** Runs a call within a deadline, and within the one that is there already if it is sooner. */
  static <T> T within(Deadline deadline, Supplier<T> call) {
    Deadline outer = CURRENT.get();
    CURRENT.set(sooner(outer, deadline));
    try {
      return call.get();
    } finally {
      if (outer == null) {
        CURRENT.remove();
      } else {
        CURRENT.set(outer);
      }
    }
  }

  /** Runs a call that takes no longer than this. If no time is left, it finds that out itself. */
  static <T> T within(Duration bound, Supplier<T> call) {
    return within(Deadline.after(bound), call);
  }

  /** Gives what is left of the call that runs within a deadline no more than this. */
  static void tighten(Duration bound) {
    CURRENT.set(sooner(CURRENT.get(), Deadline.after(bound)));
  }

  /** Returns the bound, or what is left if that is less; zero if nothing is left. */
  static Duration cap(Duration bound) {
    Deadline deadline = CURRENT.get();
    return deadline == null ? bound : deadline.cap(bound);
  }

  private static Deadline sooner(@Nullable Deadline one, Deadline other) {
    return one != null && one.remaining().compareTo(other.remaining()) < 0 ? one : other;
  }
}
