package io.doorward.auth.engine.operation;

import io.doorward.auth.AuthService;
import io.doorward.auth.guard.DaemonThreads;
import io.doorward.auth.guard.SuppressForbidden;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that a service owns: a bounded pool for fills, touches and rehashes (unless the
 * application brought its own), and one timer thread for the relay and the clean-up. Closing waits
 * for both, at most a second.
 */
public final class BackgroundWork implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AuthService.class);
  private static final int THREADS = 2;

  /** The queue is allocated at its full capacity. */
  private static final int MAX_QUEUE = 1 << 20;

  private static final Duration CLOSE_WAIT = Duration.ofSeconds(1);

  private final Executor executor;
  private final @Nullable ExecutorService owned;
  private final ScheduledThreadPoolExecutor timer;

  private BackgroundWork(Executor executor, @Nullable ExecutorService owned) {
    this.executor = executor;
    this.owned = owned;
    this.timer = new ScheduledThreadPoolExecutor(1, DaemonThreads.numbered("doorward-timer-"));
    this.timer.setRemoveOnCancelPolicy(true);
  }

  /** Opens a pool with a queue of {@code capacity}; further tasks are rejected. */
  public static BackgroundWork owning(int capacity) {
    if (capacity < 1 || capacity > MAX_QUEUE) {
      throw new IllegalArgumentException(
          "background queue must be 1 to " + MAX_QUEUE + ": " + capacity);
    }
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(capacity),
            DaemonThreads.numbered("doorward-background-"));
    pool.allowCoreThreadTimeOut(true);
    return new BackgroundWork(pool, pool);
  }

  /** Uses an application's executor and never closes it. */
  public static BackgroundWork using(Executor executor) {
    return new BackgroundWork(executor, null);
  }

  public Executor executor() {
    return executor;
  }

  /**
   * Runs a task at a fixed delay; jitters the first run, so that nodes do not run it at the same
   * time.
   */
  @SuppressForbidden("spreads what would else happen at one moment; nothing secret")
  public void every(Duration interval, Runnable task) {
    long millis = interval.toMillis();
    long first = ThreadLocalRandom.current().nextLong(millis / 2, millis + 1);
    ScheduledFuture<?> unused =
        timer.scheduleWithFixedDelay(() -> guarded(task), first, millis, TimeUnit.MILLISECONDS);
  }

  /** Runs a task and logs a failure, so that the task stays scheduled. */
  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      // The scheduler cancels a task that throws.
      LOG.error("Background work failed; it runs again at its next turn", e);
    }
  }

  @Override
  public void close() {
    List<ExecutorService> mine = owned == null ? List.of(timer) : List.of(timer, owned);
    mine.forEach(ExecutorService::shutdown);
    long end = System.nanoTime() + CLOSE_WAIT.toNanos();
    try {
      for (ExecutorService service : mine) {
        if (!service.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          service.shutdownNow();
        }
      }
    } catch (InterruptedException e) {
      mine.forEach(ExecutorService::shutdownNow);
      Thread.currentThread().interrupt();
    }
  }
}
