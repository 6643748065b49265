package io.doorward.auth.jdbc;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.guard.DaemonThreads;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs the pending migrations when the server is checked for the first time, and again at every
 * check until they have run, so that an application that starts before its database gets its tables
 * as soon as the database is there. Thread-safe.
 *
 * <p>A migration may take longer than a check may: it runs on a daemon thread of its own, which
 * ends after ten idle seconds. Only a check while the service starts waits for the end of a
 * migration that has begun. One that is under way when the service closes goes on to its end, or to
 * that of its pool.
 */
final class AutomaticMigration {
  private static final Duration LONGEST = Duration.ofMinutes(5);
  private static final long IDLE_SECONDS = 10;

  private final SchemaMigrator migrator;
  private final ThreadPoolExecutor thread;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Run latest;
  private volatile boolean done;

  AutomaticMigration(SchemaMigrator migrator) {
    this.migrator = migrator;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            DaemonThreads.named("doorward-jdbc-migration"));
    thread.allowCoreThreadTimeOut(true);
  }

  /** One attempt to run all that is pending. */
  private static final class Run {
    private final CompletableFuture<SchemaMigrator.Migrated> end = new CompletableFuture<>();
    private volatile boolean begun;
  }

  /**
   * Waits until no migration is pending.
   *
   * @param toTheEnd whether to wait longer than the deadline for migrations that have begun
   * @return why they did not run although the server answers; empty if none is pending
   * @throws StoreException if the server does not answer, or they have not ended at the deadline
   */
  Optional<StoreException> await(Deadline deadline, boolean toTheEnd) {
    if (done) {
      return Optional.empty();
    }
    Run run = join();
    try {
      try {
        run.end.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        if (!toTheEnd || !run.begun) {
          throw e;
        }
        run.end.get(LONGEST.toNanos(), TimeUnit.NANOSECONDS);
      }
      done = true;
      return Optional.empty();
    } catch (TimeoutException e) {
      throw new StoreException(
          Kind.TIMEOUT,
          run.begun
              ? "PostgreSQL: the migrations are still running"
              : "PostgreSQL: no connection for the migrations before the deadline",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Kind.TIMEOUT, "PostgreSQL: interrupted during the migrations", e);
    } catch (ExecutionException e) {
      return Optional.of(whyNot(run, e.getCause()));
    }
  }

  /** Returns what prevents a migration; a server that is only not up yet does not. */
  private static StoreException whyNot(Run run, @Nullable Throwable failure) {
    if (!(failure instanceof StoreException known)) {
      throw new IllegalStateException("a migration failed", failure);
    }
    boolean mayPass =
        switch (known.kind()) {
          case UNREACHABLE, TIMEOUT, CIRCUIT_OPEN, OVERLOADED -> true;
          case REFUSED -> !run.begun;
          case MISCONFIGURED, NEWER_FORMAT -> false;
        };
    if (mayPass) {
      throw known;
    }
    return known;
  }

  /** Returns the run that is under way, or else starts one. */
  private Run join() {
    lock.lock();
    try {
      Run before = latest;
      if (before != null && !before.end.isDone()) {
        return before;
      }
      Run run = new Run();
      latest = run;
      thread.execute(() -> run(run));
      return run;
    } finally {
      lock.unlock();
    }
  }

  private void run(Run run) {
    try {
      run.end.complete(migrator.migrate(Deadline.after(LONGEST), () -> run.begun = true));
    } catch (RuntimeException | Error e) {
      run.end.completeExceptionally(e);
    }
  }
}
