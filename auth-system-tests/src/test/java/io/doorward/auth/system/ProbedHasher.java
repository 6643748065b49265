package io.doorward.auth.system;

import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.testkit.TestSecrets;
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

  private final PasswordHasher real = PasswordHasher.argon2id(12_288, 3, 1);
  private final AtomicInteger comparisons = new AtomicInteger();
  private final AtomicReference<Hold> hold = new AtomicReference<>();

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
      held.pass();
    }
    return matches;
  }

  @Override
  public boolean isOutdated(PasswordHash hash) {
    return real.isOutdated(hash);
  }
}
