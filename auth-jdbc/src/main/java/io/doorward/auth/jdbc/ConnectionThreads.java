package io.doorward.auth.jdbc;

import io.doorward.auth.guard.DaemonThreads;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that one data source needs, so that one that hangs takes none of another's. All are
 * daemons, start when there is work for them, and end by themselves after ten idle seconds.
 * Thread-safe.
 */
final class ConnectionThreads {
  /** How many borrowings of this data source may hang at the same time. */
  static final int BORROWERS = 64;

  /** More than one: closing a TLS socket may wait for its writer, and a pool may do as it likes. */
  private static final int CLOSERS = 4;

  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor borrowers;
  private final ThreadPoolExecutor closers;
  private final ScheduledThreadPoolExecutor timer;

  ConnectionThreads() {
    borrowers = pool(0, BORROWERS, new SynchronousQueue<>(), "doorward-jdbc-connect");
    // What waits is bounded by the calls that are under way: each has one connection to close.
    closers = pool(CLOSERS, CLOSERS, new LinkedBlockingQueue<>(), "doorward-jdbc-close");
    closers.allowCoreThreadTimeOut(true);
    timer = new ScheduledThreadPoolExecutor(1, DaemonThreads.named("doorward-jdbc-watchdog"));
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
  }

  private static ThreadPoolExecutor pool(
      int least, int most, BlockingQueue<Runnable> queue, String name) {
    return new ThreadPoolExecutor(
        least, most, IDLE_SECONDS, TimeUnit.SECONDS, queue, DaemonThreads.named(name));
  }

  /**
   * Runs a borrowing, which may hang.
   *
   * @throws RejectedExecutionException if {@value #BORROWERS} run already
   */
  void borrow(Runnable borrowing) {
    borrowers.execute(borrowing);
  }

  /** Runs the end of a connection, which may hang. Each waits for a free thread. */
  void close(Runnable end) {
    closers.execute(end);
  }

  /** Runs a task later. It must not block: all calls have one thread for this. */
  ScheduledFuture<?> later(Runnable task, Duration wait) {
    return timer.schedule(task, wait.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Runs the driver's work to end a connection, on the thread that ends it. */
  static Executor onThisThread() {
    return Runnable::run;
  }
}
