package io.doorward.auth.system;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs every task some time later, each after a wait of its own: background work of a node that is
 * slow, or that everybody else takes for dead. Thread-safe.
 */
final class LateExecutor implements Executor, AutoCloseable {
  private final ScheduledThreadPoolExecutor threads;
  private final long seed;
  private final Duration most;
  private final AtomicLong tasks = new AtomicLong();
  private final AtomicInteger waiting = new AtomicInteger();

  /**
   * Creates one.
   *
   * @param seed draws the waits
   * @param most the longest wait
   */
  LateExecutor(long seed, Duration most) {
    this.threads = new ScheduledThreadPoolExecutor(1);
    this.seed = seed;
    this.most = most;
  }

  @Override
  public void execute(Runnable task) {
    waiting.incrementAndGet();
    ScheduledFuture<?> unused =
        threads.schedule(
            () -> {
              try {
                task.run();
              } finally {
                waiting.decrementAndGet();
              }
            },
            new SplittableRandom(seed + tasks.incrementAndGet()).nextLong(most.toMillis()),
            TimeUnit.MILLISECONDS);
  }

  /** Returns how many tasks have not ended. */
  int waiting() {
    return waiting.get();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
