package io.doorward.auth.backend;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A server, or a group of servers, behind a circuit breaker. All stores on it share this object.
 * Every call to the server goes through {@link #call}, which fails at once while the circuit
 * breaker is open, so that operations do not wait for a time-out during an outage.
 *
 * <p>Only a failed connection or a missing answer counts as a failure of the server. A refusal is
 * an answer. A call does not count if its caller was interrupted, if its remaining time was below
 * {@code patience}, or if all connections of this node were in use.
 *
 * <p>Thread-safe. It owns no thread: it probes the server only when a caller calls.
 */
public final class Backend {
  /** Deadline of a trial call, so that its caller does not wait for a time-out. */
  private static final Duration TRIAL = Duration.ofSeconds(1);

  /** Tolerance for time-outs in whole milliseconds, which may end before the deadline. */
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

  /** Whether the watchers were told last that it is lost. */
  private final AtomicBoolean lost = new AtomicBoolean();

  /** Checks a server's settings. Writes nothing. */
  @FunctionalInterface
  public interface Inspection {
    /**
     * Checks the settings.
     *
     * @param deadline for the check
     * @return the findings, the most severe first; empty if there are none
     * @throws StoreException if the server cannot answer
     */
    List<Finding> inspect(Deadline deadline);

    /**
     * Checks the settings while the service starts, in place of {@link #inspect}. Work that has to
     * be done before the server can serve, such as migrations, is begun by both: a server may come
     * after the start. Only here a check may take longer than its deadline, to wait for the end of
     * such work. Default: {@link #inspect}.
     *
     * @param deadline for the check, and for the beginning of the work
     * @return the findings, the most severe first; empty if there are none
     * @throws StoreException if the server cannot answer
     */
    default List<Finding> prepare(Deadline deadline) {
      return inspect(deadline);
    }
  }

  /**
   * Is notified when a backend is lost and when it recovers, on the thread of the call that
   * noticed.
   */
  public interface Watcher {
    /**
     * Called when the backend no longer answers and its circuit breaker has opened.
     *
     * @param backend which one
     * @param last how its last call failed; its message says where and why
     */
    void lost(Backend backend, StoreException last);

    /**
     * Called when the backend answers again.
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
  }

  /** Counts time from now on, because the breaker compares readings, which must not wrap. */
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
   * Creates a backend.
   *
   * @param name for messages, health and metrics: {@code Redis}, {@code PostgreSQL}
   * @param policy when its circuit breaker opens
   * @param inspection checks its settings; its calls should go through {@link #call}, too
   * @return a backend in the state up
   */
  public static Backend of(String name, BreakerPolicy policy, Inspection inspection) {
    return of(name, policy, inspection, Ticker.system());
  }

  /**
   * Creates a backend with its own ticker, for tests.
   *
   * @param name for messages, health and metrics
   * @param policy when its circuit breaker opens
   * @param inspection checks its settings
   * @param ticker measures the pauses
   * @return a backend in the state up
   */
  public static Backend of(
      String name, BreakerPolicy policy, Inspection inspection, Ticker ticker) {
    return new Backend(name, policy, inspection, ticker);
  }

  /**
   * Returns the name.
   *
   * @return the name that the backend was created with
   */
  public String name() {
    return name;
  }

  /**
   * Calls the server, unless its circuit breaker is open.
   *
   * @param deadline the caller's
   * @param call what to run, within the deadline that it is given: the caller's, or at most one
   *     second for a trial call
   * @param <T> what it returns
   * @return what {@code call} returned
   * @throws StoreException as {@code call} threw it; {@link Kind#CIRCUIT_OPEN} if it was not run
   */
  public <T> T call(Deadline deadline, Function<Deadline, T> call) {
    if (!breaker.tryAcquirePermission()) {
      throw new StoreException(
          Kind.CIRCUIT_OPEN, name + ": it does not answer, and its circuit breaker is open");
    }
    boolean trial = breaker.getState() != CircuitBreaker.State.CLOSED;
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
        notice();
        told = true;
      } else if (isSilence(e.kind()) && !isCallersOwn(hurried, mine)) {
        lastFailure = e;
        breaker.onError(ticker.nanos() - from, TimeUnit.NANOSECONDS, e);
        notice();
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
    notice();
  }

  private static boolean isAnswer(Kind kind) {
    return kind == Kind.REFUSED || kind == Kind.MISCONFIGURED || kind == Kind.NEWER_FORMAT;
  }

  private static boolean isSilence(Kind kind) {
    return kind == Kind.UNREACHABLE || kind == Kind.TIMEOUT;
  }

  /**
   * Returns true if a call failed because of its caller: it was interrupted, or had too little
   * time.
   */
  private static boolean isCallersOwn(boolean hurried, Deadline deadline) {
    boolean ranOut = deadline.remaining().compareTo(RUN_OUT) < 0;
    return Thread.currentThread().isInterrupted() || (hurried && ranOut);
  }

  /** Returns a positive duration, so that the call itself finds the deadline passed. */
  private static Duration positive(Duration left) {
    return left.isZero() ? Duration.ofNanos(1) : left;
  }

  /**
   * Tells the watchers that the breaker has opened or closed. Its own events are not used: if it
   * has a consumer, it makes one for every call.
   */
  private void notice() {
    boolean lostNow = isLost();
    if (lost.get() == lostNow || !lost.compareAndSet(!lostNow, lostNow)) {
      return;
    }
    if (lostNow) {
      lostAt = ticker.nanos();
      StoreException failure = lastFailure;
      StoreException last =
          failure == null
              ? new StoreException(Kind.UNREACHABLE, name + ": it does not answer")
              : failure;
      watchers.forEach(watcher -> watcher.lost(this, last));
    } else {
      Duration after = lostFor();
      watchers.forEach(watcher -> watcher.recovered(this, after));
    }
  }

  private Duration lostFor() {
    return Duration.ofNanos(ticker.nanos() - lostAt);
  }

  /**
   * Returns the health as seen by the calls of this node. Returns at once.
   *
   * @return up, failing or lost, with the last failure
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
   * Returns whether the circuit breaker is open. Returns at once.
   *
   * @return true from the call that opened it until the first answer to a trial call
   */
  public boolean isLost() {
    return breaker.getState() != CircuitBreaker.State.CLOSED;
  }

  /**
   * Checks the server's settings.
   *
   * @param deadline for the check
   * @return the findings; empty if there are none
   * @throws StoreException if the server cannot answer
   */
  public List<Finding> inspect(Deadline deadline) {
    return inspection.inspect(deadline);
  }

  /**
   * Checks the server's settings while the service starts; see {@link Inspection#prepare}.
   *
   * @param deadline for the check, and for the beginning of the work
   * @return the findings; empty if there are none
   * @throws StoreException if the server cannot answer
   */
  public List<Finding> prepare(Deadline deadline) {
    return inspection.prepare(deadline);
  }

  /**
   * Adds a watcher, which is notified when the backend is lost and when it recovers.
   *
   * @param watcher must return quickly and must not throw
   */
  public void watch(Watcher watcher) {
    watchers.add(requireNonNull(watcher, "watcher"));
  }

  /**
   * Removes a watcher. Does nothing if it was not added.
   *
   * @param watcher the watcher to remove
   */
  public void unwatch(Watcher watcher) {
    watchers.remove(watcher);
  }

  /** Returns the name and the state. */
  @Override
  public String toString() {
    return name + " " + health().state();
  }

  /**
   * The health of a backend, as seen by this node. Immutable and thread-safe.
   *
   * @param name which one, for instance {@code Redis}
   * @param state its state
   * @param lastFailure how its last call failed; empty if that was answered
   * @param lostFor for how long it has been lost; empty unless it is
   */
  public record BackendHealth(
      String name,
      State state,
      Optional<StoreException.Kind> lastFailure,
      Optional<Duration> lostFor) {

    /** The state of a backend. */
    public enum State {
      /** Its last call was answered, or none was made yet. */
      UP,
      /** Its last call failed, but calls still go to it. */
      FAILING,
      /** Its circuit breaker is open; a single trial call probes it at intervals. */
      LOST
    }

    /**
     * Returns whether the backend answers.
     *
     * @return true if it is {@link State#UP}
     */
    public boolean isUp() {
      return state == State.UP;
    }
  }

  /**
   * Implemented by stores that know their servers. The service watches these and checks their
   * settings. A store that does not implement this works too.
   */
  @FunctionalInterface
  public interface BackendAware {
    /**
     * Returns the servers.
     *
     * @return always the same objects; stores on one server share one
     */
    Collection<Backend> backends();
  }
}
