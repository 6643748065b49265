package io.doorward.auth.guard;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.event.ServiceEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How one part of the service calls its backend: with {@link Retries}, and with one {@link
 * ServiceEvent.BackendFailed} for each operation that failed.
 *
 * <p>Two kinds of methods. {@link #call} and {@link #onlyIfUnsent} run a single call and throw what
 * it throws; nothing is reported. {@link #orUnavailable}, {@link #orElse}, {@link #tried} and
 * {@link #attempt} run an operation made of any number of calls, report the failure that ends it,
 * and return a value. Nested in each other, the innermost reports.
 *
 * <p>Thread-safe. Only a {@link StoreException} is a failure of a backend; whatever else is thrown
 * reaches the caller.
 */
public final class BackendCalls {
  /**
   * When a caller that was answered "unavailable" may try again; most failures pass within that
   * time.
   */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Part part;
  private final Retries retries;
  private final AuthListener listener;

  private BackendCalls(Part part, Retries retries, AuthListener listener) {
    this.part = requireNonNull(part, "part");
    this.retries = requireNonNull(retries, "retries");
    this.listener = AuthListener.guarded(listener);
  }

  /**
   * Returns the calls of one part.
   *
   * @param part named in events
   * @param retries the budget of the backend
   * @param listener receives failures as events
   * @return a new instance
   */
  public static BackendCalls of(Part part, Retries retries, AuthListener listener) {
    return new BackendCalls(part, retries, listener);
  }

  /**
   * Returns the calls of another part to the same backend, out of the same retry budget.
   *
   * @param other named in events
   * @return a new instance
   */
  public BackendCalls as(Part other) {
    return new BackendCalls(other, retries, listener);
  }

  /**
   * Runs a call that may be repeated even if it happened: a read, or a change under one operation
   * id.
   *
   * @param deadline no try and no wait begins after it
   * @param call what to run
   * @param <T> what it returns
   * @return what the last try returned
   * @throws StoreException as in {@link Retries#repeatable}
   */
  public <T> T call(Deadline deadline, Supplier<T> call) {
    return retries.repeatable(deadline, call);
  }

  /**
   * Runs a call that must not happen twice.
   *
   * @param deadline no try and no wait begins after it
   * @param call what to run
   * @param <T> what it returns
   * @return what the last try returned
   * @throws StoreException as in {@link Retries#onlyIfUnsent}
   */
  public <T> T onlyIfUnsent(Deadline deadline, Supplier<T> call) {
    return retries.onlyIfUnsent(deadline, call);
  }

  /**
   * Runs an operation; if the backend fails, reports that once and answers "unavailable".
   *
   * @param operation run once; the calls in it are retried by {@link #call}
   * @param unavailable makes the answer; given the time after which to try again
   * @param <T> the result
   * @return what {@code operation} or {@code unavailable} returned
   */
  public <T> T orUnavailable(Supplier<T> operation, Function<Duration, T> unavailable) {
    try {
      return operation.get();
    } catch (StoreException e) {
      return unavailable.apply(failed(e.kind()));
    }
  }

  /**
   * Runs an operation; if the backend fails, reports that once and answers by the kind of failure.
   *
   * @param operation run once; the calls in it are retried by {@link #call}
   * @param failed makes the answer; given how the backend failed
   * @param <T> the result
   * @return what {@code operation} or {@code failed} returned
   */
  public <T> T orElse(Supplier<T> operation, Function<Kind, T> failed) {
    try {
      return operation.get();
    } catch (StoreException e) {
      failed(e.kind());
      return failed.apply(e.kind());
    }
  }

  /**
   * Runs an operation that is not worth failing for; if the backend fails, reports that once.
   *
   * @param operation run once; the calls in it are retried by {@link #call}
   * @param <T> the result
   * @return what {@code operation} returned; empty if the backend failed
   */
  public <T> Optional<T> tried(Supplier<T> operation) {
    return orElse(() -> Optional.of(operation.get()), kind -> Optional.empty());
  }

  /**
   * Runs an operation whose result is not needed and which is not worth failing for; if the backend
   * fails, reports that once.
   *
   * @param operation run once; the calls in it are retried by {@link #call}
   * @return false if the backend failed
   */
  public boolean attempt(Runnable operation) {
    try {
      operation.run();
      return true;
    } catch (StoreException e) {
      failed(e.kind());
      return false;
    }
  }

  /**
   * Reports a failure that is no exception: a queue that is full, a fallback that was not taken.
   *
   * @param kind how the part failed
   * @return the time after which to try again, for an answer of "unavailable"
   */
  public Duration failed(Kind kind) {
    listener.on(new ServiceEvent.BackendFailed(part, kind));
    return RETRY_AFTER;
  }

  /**
   * Returns how long a caller that was told "unavailable" should wait, for answers to what was
   * reported before or needs no report.
   *
   * @return always the same time
   */
  public static Duration retryAfter() {
    return RETRY_AFTER;
  }

  /** Returns the part and its retries. */
  @Override
  public String toString() {
    return "BackendCalls[" + part.text() + ", " + retries + "]";
  }
}
