package io.doorward.auth.guard;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs background tasks: fills, touches, rehashes. Each task has its own deadline, which starts
 * with the task. Thread-safe.
 *
 * <p>Failure: a task that finds the queue full is rejected, and the caller continues without it. An
 * exception of a task is logged and not propagated.
 */
public final class Background {
  private static final Logger LOG = LoggerFactory.getLogger(Background.class);

  private final Executor executor;
  private final Duration deadline;

  /**
   * Creates a runner on an executor, which its owner closes.
   *
   * @param executor runs the tasks; may reject them
   * @param deadline how long one task may take
   * @throws IllegalArgumentException if {@code deadline} is zero or negative
   */
  public Background(Executor executor, Duration deadline) {
    this.executor = requireNonNull(executor, "executor");
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("background deadline must be positive: " + deadline);
    }
    this.deadline = deadline;
  }

  /**
   * Submits a task. Returns at once.
   *
   * @param task what to run, until the deadline that it is given
   * @return false if the executor rejected it
   */
  public boolean offer(Consumer<Deadline> task) {
    try {
      executor.execute(() -> run(task));
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  private void run(Consumer<Deadline> task) {
    try {
      task.accept(Deadline.after(deadline));
    } catch (RuntimeException e) {
      LOG.warn("A background task failed", e);
    }
  }

  /**
   * Returns how long one task may take.
   *
   * @return the duration
   */
  public Duration deadline() {
    return deadline;
  }
}
