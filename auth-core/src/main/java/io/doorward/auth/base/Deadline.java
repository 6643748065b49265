package io.doorward.auth.base;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * The instant at which one whole operation must have ended. It is made once, where the operation
 * begins, and handed down to everything that may wait: stores, the hashing gate, token issue.
 *
 * <p>Immutable and thread-safe. It measures elapsed time, so a step of the wall clock moves
 * nothing.
 */
public final class Deadline {
  private static final Duration MAX = Duration.ofDays(1);

  private final Ticker ticker;
  private final long endNanos;

  private Deadline(Ticker ticker, long endNanos) {
    this.ticker = ticker;
    this.endNanos = endNanos;
  }

  /**
   * Returns a deadline that lies {@code wait} ahead of now.
   *
   * @param wait how long the operation may take; positive, at most a day (longer is cut to a day)
   * @return the deadline
   * @throws IllegalArgumentException if {@code wait} is zero or negative
   */
  public static Deadline after(Duration wait) {
    return after(wait, Ticker.system());
  }

  /**
   * Returns a deadline that lies {@code wait} ahead of the ticker's present reading.
   *
   * @param wait how long the operation may take; positive, at most a day (longer is cut to a day)
   * @param ticker measures the time that passes
   * @return the deadline
   * @throws IllegalArgumentException if {@code wait} is zero or negative
   */
  public static Deadline after(Duration wait, Ticker ticker) {
    requireNonNull(ticker, "ticker");
    if (wait.isNegative() || wait.isZero()) {
      throw new IllegalArgumentException("wait must be positive: " + wait);
    }
    long nanos = (wait.compareTo(MAX) < 0 ? wait : MAX).toNanos();
    return new Deadline(ticker, ticker.nanos() + nanos);
  }

  /**
   * Returns what is left.
   *
   * @return the time until the deadline; zero once it has passed, never negative
   */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, endNanos - ticker.nanos()));
  }

  /**
   * Returns whether the deadline has passed.
   *
   * @return true from the instant at which nothing is left
   */
  public boolean isExpired() {
    return endNanos - ticker.nanos() <= 0;
  }

  /**
   * Returns the shorter of {@code limit} and what is left, for a step with a bound of its own.
   *
   * @param limit the step's own bound
   * @return the time the step may take; zero once the deadline has passed
   */
  public Duration cap(Duration limit) {
    Duration left = remaining();
    return left.compareTo(limit) < 0 ? left : limit;
  }

  /**
   * Returns an equal part of what is left, for a step after which others need time.
   *
   * @param parts how many parts there are; positive
   * @return the time the step may take; zero once the deadline has passed
   * @throws IllegalArgumentException if {@code parts} is not positive
   */
  public Duration part(int parts) {
    if (parts < 1) {
      throw new IllegalArgumentException("parts must be positive: " + parts);
    }
    return Duration.ofNanos(remaining().toNanos() / parts);
  }

  /**
   * Passes if time is left.
   *
   * @param step what is about to run, for the message
   * @throws StoreException if the deadline has passed; {@link StoreException.Kind#TIMEOUT}
   */
  public void check(String step) {
    if (isExpired()) {
      throw new StoreException(StoreException.Kind.TIMEOUT, step + ": the deadline has passed");
    }
  }

  /** Returns what is left, for logs. */
  @Override
  public String toString() {
    return "Deadline[" + remaining().toMillis() + " ms left]";
  }
}
