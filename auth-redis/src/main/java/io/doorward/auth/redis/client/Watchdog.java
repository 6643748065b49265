package io.doorward.auth.redis.client;

import io.doorward.auth.guard.DaemonThreads;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Cuts connections over which an answer takes too long. A socket timeout starts anew with every
 * byte, so it does not end a wait for a server that sends one now and then. Owns one thread, which
 * only closes sockets. Thread-safe.
 */
final class Watchdog implements AutoCloseable {
  private final ScheduledThreadPoolExecutor timer;

  Watchdog(String name) {
    timer = new ScheduledThreadPoolExecutor(1, DaemonThreads.named(name));
    timer.setRemoveOnCancelPolicy(true);
  }

  /**
   * Runs {@code cut} when the budget is spent, unless {@link Watch#end} comes first; at once if
   * this is closed, since it would not be run later.
   */
  Watch watch(Runnable cut, Duration budget) {
    Watch watch = new Watch(cut);
    try {
      watch.timer = timer.schedule(watch, budget.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      watch.run();
    }
    return watch;
  }

  /** Stops watching. Nothing is waited for: what the thread does takes no time. */
  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** One thing that is watched. */
  static final class Watch implements Runnable {
    private final Runnable cut;
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile @Nullable ScheduledFuture<?> timer;

    private Watch(Runnable cut) {
      this.cut = cut;
    }

    @Override
    public void run() {
      if (over.compareAndSet(false, true)) {
        cut.run();
      }
    }

    /** Ends the watch. Returns false if it was cut: then nothing of it may be used any more. */
    boolean end() {
      ScheduledFuture<?> task = timer;
      if (task != null) {
        task.cancel(false);
      }
      return over.compareAndSet(false, true);
    }
  }
}
