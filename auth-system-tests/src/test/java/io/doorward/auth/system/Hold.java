package io.doorward.auth.system;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A place where one thread stops until the test lets it go on. */
final class Hold {
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  /** Says that the place is reached and stops there. */
  void pass() {
    reached.countDown();
    await(released);
  }

  void passIf(boolean armed) {
    if (armed) {
      pass();
    }
  }

  void awaitReached() {
    await(reached);
  }

  void release() {
    released.countDown();
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(60, TimeUnit.SECONDS)) {
        throw new AssertionError("a held call was not reached or not released");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
