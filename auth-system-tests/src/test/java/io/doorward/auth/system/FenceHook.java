package io.doorward.auth.system;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** The real cache, where a test steps in at a node's first, second, ... fence. */
final class FenceHook implements CredentialCache {
  private final CredentialCache real;
  private final IntConsumer before;
  private final IntConsumer after;
  private final AtomicInteger fences = new AtomicInteger();

  private FenceHook(CredentialCache real, IntConsumer before, IntConsumer after) {
    this.real = real;
    this.before = before;
    this.after = after;
  }

  /** Runs something before each fence; what it throws is what the fence throws. */
  static CredentialCache before(CredentialCache real, IntConsumer hook) {
    return new FenceHook(real, hook, number -> {});
  }

  /** Runs something after each fence. */
  static CredentialCache after(CredentialCache real, IntConsumer hook) {
    return new FenceHook(real, number -> {}, hook);
  }

  @Override
  public Lookup lookup(LoginId loginId, Deadline deadline) {
    return real.lookup(loginId, deadline);
  }

  @Override
  public List<Credential> peek(LoginId loginId, Deadline deadline) {
    return real.peek(loginId, deadline);
  }

  @Override
  public boolean fill(Ticket ticket, Credential credential, Instant readAt, Deadline deadline) {
    return real.fill(ticket, credential, readAt, deadline);
  }

  @Override
  public boolean fence(LoginId loginId, long floor, Deadline deadline) {
    int number = fences.incrementAndGet();
    before.accept(number);
    boolean told = real.fence(loginId, floor, deadline);
    after.accept(number);
    return told;
  }
}
