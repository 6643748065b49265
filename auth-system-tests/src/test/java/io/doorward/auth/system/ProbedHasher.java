package io.doorward.auth.system;

import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.testkit.TestSecrets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The real hasher at its lowest cost, which counts comparisons and can be made to take long. Every
 * hash that it makes is a recorded secret.
 */
final class ProbedHasher implements PasswordHasher {
  static {
    // Every hash of every test begins like this.
    TestSecrets.record("$argon2id$v=19$");
  }

  private final PasswordHasher real = PasswordHasher.argon2id(7_168, 5, 1);
  private final AtomicInteger comparisons = new AtomicInteger();
  private final AtomicReference<Hold> hold = new AtomicReference<>();

  /** One comparison that has been made and whose outcome is not told yet. */
  static final class Hold {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    void awaitReached() {
      await(reached);
    }

    void release() {
      released.countDown();
    }

    private static void await(CountDownLatch latch) {
      try {
        if (!latch.await(60, TimeUnit.SECONDS)) {
          throw new AssertionError("a held comparison was not reached or not released");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
  }

  /** Holds the next comparison between its end and its answer. */
  Hold holdNext() {
    Hold next = new Hold();
    hold.set(next);
    return next;
  }

  int comparisons() {
    return comparisons.get();
  }

  @Override
  public PasswordHash hash(Password password) {
    return TestSecrets.record(real.hash(password));
  }

  @Override
  public boolean matches(Password password, PasswordHash hash) {
    comparisons.incrementAndGet();
    boolean matches = real.matches(password, hash);
    Hold held = hold.getAndSet(null);
    if (held != null) {
      held.reached.countDown();
      Hold.await(held.released);
    }
    return matches;
  }

  @Override
  public boolean isOutdated(PasswordHash hash) {
    return real.isOutdated(hash);
  }
}
