package io.doorward.auth.backend;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A server, or a group of them, that stores stand on: all stores on it share this object. Every
 * call to it goes through {@link #call}, which leaves it alone while it does not answer, so that an
 * outage costs each operation nothing instead of a time-out.
 *
 * <p>What counts against it is silence: no connection, no answer in time. An answer that refuses
 * shows that the server is there. A caller that was in too much of a hurry, that was interrupted,
 * or that found this node's own connections in use, says nothing about the server.
 *
 * <p>Thread-safe. It owns no thread: while nobody calls, nothing tries again.
 */
public final class Backend {
  /** What the call that tries again may take, so that its caller is not the outage's victim. */
  private static final Duration TRIAL = Duration.ofSeconds(1);

  /** Time-outs are of whole milliseconds, so that what ends at the deadline may end before it. */
  private static final Duration RUN_OUT = Duration.ofMillis(10);

  private static final float HALF = 50;

  private final String name;
  private final Duration patience;
  private final Inspection inspection;
  private final Ticker ticker;
  private final CircuitBreaker breaker;
  private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
  private volatile @Nullable StoreException lastFailure;
  private volatile long lostAt;

  /** Looks at a server's settings. Writes nothing. */
  @FunctionalInterface
  public interface Inspection {
    /**
     * Looks.
     *
     * @param deadline for the look
     * @return what was found, in the order of weight; empty if all is well
     * @throws StoreException if the server cannot answer
     */
    List<Finding> inspect(Deadline deadline);
  }

  /** Hears when a backend is lost and found again, on the thread of the call that noticed. */
  public interface Watcher {
    /**
     * It does not answer any more; its circuit breaker is open.
     *
     * @param backend which one
     * @param last how its last call failed; its message says where and why
     */
    void lost(Backend backend, StoreException last);

    /**
     * It answers again.
     *
     * @param backend which one
     * @param after how long it was lost
     */
    void recovered(Backend backend, Duration after);
  }

  private Backend(String name, BreakerPolicy policy, Inspection inspection, Ticker ticker) {
    this.name = requireNonNull(name, "name");
    this.patience = policy.patience();
    this.inspection = requireNonNull(inspection, "inspection");
    this.ticker = requireNonNull(ticker, "ticker");
    this.breaker = CircuitBreaker.of(name, config(policy, ticker));
    breaker
        .getEventPublisher()
        .onStateTransition(
            event ->
                changed(
                    event.getStateTransition().getFromState(),
                    event.getStateTransition().getToState()));
  }

  /** The breaker compares readings of its time, which must not wrap: it counts from now on. */
  private static CircuitBreakerConfig config(BreakerPolicy policy, Ticker ticker) {
    long origin = ticker.nanos();
    Ticker elapsed = () -> ticker.nanos() - origin;
    return CircuitBreakerConfig.custom()
        .slidingWindowType(SlidingWindowType.COUNT_BASED)
        .slidingWindowSize(policy.window())
        .minimumNumberOfCalls(policy.calls())
        .failureRateThreshold(HALF)
        .waitDurationInOpenState(policy.pause())
        .permittedNumberOfCallsInHalfOpenState(1)
        .clock(new TickerClock(elapsed))
        .currentTimestampFunction(clock -> elapsed.nanos(), TimeUnit.NANOSECONDS)
        .writableStackTraceEnabled(false)
        .build();
  }

  /**
   * Creates one.
   *
   * @param name for messages, health and metrics: {@code Redis}, {@code PostgreSQL}
   * @param policy when its circuit breaker opens
   * @param inspection looks at its settings; its calls should go through {@link #call}, too
   * @return one that is up as far as anybody knows
   */
  public static Backend of(String name, BreakerPolicy policy, Inspection inspection) {
    return of(name, policy, inspection, Ticker.system());
  }

  /**
   * Creates one with a ticker of its own, for tests.
   *
   * @param name for messages, health and metrics
   * @param policy when its circuit breaker opens
   * @param inspection looks at its settings
   * @param ticker measures the pauses
   * @return one that is up as far as anybody knows
   */
  public static Backend of(
      String name, BreakerPolicy policy, Inspection inspection, Ticker ticker) {
    return new Backend(name, policy, inspection, ticker);
  }

  /**
   * Returns its name.
   *
   * @return as it was created with
   */
  public String name() {
    return name;
  }

  /**
   * Calls it, unless its circuit breaker is open.
   *
   * @param deadline the caller's
   * @param call what to run, within the deadline that it is given: the caller's, or a second where
   *     it is the one call that tries again
   * @param <T> what it returns
   * @return what {@code call} returned
   * @throws StoreException as {@code call} threw it; {@link Kind#CIRCUIT_OPEN} if it was not run
   */
  public <T> T call(Deadline deadline, Function<Deadline, T> call) {
    if (!breaker.tryAcquirePermission()) {
      throw new StoreException(
          Kind.CIRCUIT_OPEN, name + ": it does not answer, and its circuit breaker is open");
    }
    boolean trial = breaker.getState() != State.CLOSED;
    Deadline mine = trial ? Deadline.after(positive(deadline.cap(TRIAL))) : deadline;
    boolean hurried = mine.remaining().compareTo(patience) < 0;
    long from = ticker.nanos();
    boolean told = false;
    try {
      T answer = call.apply(mine);
      answered(from);
      told = true;
      return answer;
    } catch (StoreException e) {
      if (isAnswer(e.kind())) {
        lastFailure = e;
        breaker.onSuccess(ticker.nanos() - from, TimeUnit.NANOSECONDS);
        told = true;
      } else if (isSilence(e.kind()) && !isCallersOwn(hurried, mine)) {
        lastFailure = e;
        breaker.onError(ticker.nanos() - from, TimeUnit.NANOSECONDS, e);
        told = true;
      }
      throw e;
    } finally {
      if (!told && trial) {
        breaker.releasePermission();
      }
    }
  }

  private void answered(long from) {
    if (lastFailure != null) {
      lastFailure = null;
    }
    breaker.onSuccess(ticker.nanos() - from, TimeUnit.NANOSECONDS);
  }

  private static boolean isAnswer(Kind kind) {
    return kind == Kind.REFUSED || kind == Kind.MISCONFIGURED;
  }

  private static boolean isSilence(Kind kind) {
    return kind == Kind.UNREACHABLE || kind == Kind.TIMEOUT;
  }

  /**
   * Tells whether a call failed for its caller's sake: it was given up, or given too little time.
   */
  private static boolean isCallersOwn(boolean hurried, Deadline deadline) {
    boolean ranOut = deadline.remaining().compareTo(RUN_OUT) < 0;
    return Thread.currentThread().isInterrupted() || (hurried && ranOut);
  }

  /** A deadline that has passed already is for the call to notice. */
  private static Duration positive(Duration left) {
    return left.isZero() ? Duration.ofNanos(1) : left;
  }

  private void changed(State from, State to) {
    if (from == State.CLOSED && to == State.OPEN) {
      lostAt = ticker.nanos();
      StoreException failure = lastFailure;
      StoreException last =
          failure == null
              ? new StoreException(Kind.UNREACHABLE, name + ": it does not answer")
              : failure;
      watchers.forEach(watcher -> watcher.lost(this, last));
    } else if (to == State.CLOSED) {
      Duration lost = lostFor();
      watchers.forEach(watcher -> watcher.recovered(this, lost));
    }
  }

  private Duration lostFor() {
    return Duration.ofNanos(ticker.nanos() - lostAt);
  }

  /**
   * Tells how it is, from the calls that were made. Returns at once.
   *
   * @return as this node sees it
   */
  public BackendHealth health() {
    Optional<Kind> failure = Optional.ofNullable(lastFailure).map(StoreException::kind);
    if (isLost()) {
      return new BackendHealth(name, BackendHealth.State.LOST, failure, Optional.of(lostFor()));
    }
    return new BackendHealth(
        name,
        failure.isPresent() ? BackendHealth.State.FAILING : BackendHealth.State.UP,
        failure,
        Optional.empty());
  }

  /**
   * Tells whether its circuit breaker is open. Returns at once.
   *
   * @return true from the call after which it is lost, to the first answer
   */
  public boolean isLost() {
    return breaker.getState() != State.CLOSED;
  }

  /**
   * Looks at its settings.
   *
   * @param deadline for the look
   * @return what was found; empty if all is well
   * @throws StoreException if it cannot answer
   */
  public List<Finding> inspect(Deadline deadline) {
    return inspection.inspect(deadline);
  }

  /**
   * Tells somebody when it is lost and found again.
   *
   * @param watcher quick; must not throw
   */
  public void watch(Watcher watcher) {
    watchers.add(requireNonNull(watcher, "watcher"));
  }

  /**
   * Tells somebody no more.
   *
   * @param watcher who was told; does nothing if it was not
   */
  public void unwatch(Watcher watcher) {
    watchers.remove(watcher);
  }

  /** Returns its name and how it is. */
  @Override
  public String toString() {
    return name + " " + health().state();
  }
}
