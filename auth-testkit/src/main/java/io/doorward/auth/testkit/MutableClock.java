package io.doorward.auth.testkit;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A wall clock and a ticker that a test moves by hand. Thread-safe. {@link #advance} moves both, as
 * time does; {@link #step} moves the wall clock only, as an administrator or NTP does.
 */
public final class MutableClock implements InstantSource, Ticker {
  private final Instant origin;
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong steps = new AtomicLong();

  private MutableClock(Instant origin) {
    this.origin = origin;
  }

  /**
   * Creates a clock.
   *
   * @param start its first reading
   * @return a clock that stands still
   */
  public static MutableClock at(Instant start) {
    return new MutableClock(requireNonNull(start, "start"));
  }

  /**
   * Creates a clock.
   *
   * @return a clock that stands still at the present moment, in whole milliseconds
   */
  public static MutableClock now() {
    return at(Instant.ofEpochMilli(InstantSource.system().millis()));
  }

  /**
   * Lets time pass.
   *
   * @param time how much; not negative
   */
  public void advance(Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException("time must not be negative: " + time);
    }
    nanos.addAndGet(time.toNanos());
  }

  /**
   * Moves the wall clock; no time passes.
   *
   * @param by forwards, or backwards if negative
   */
  public void step(Duration by) {
    steps.addAndGet(by.toNanos());
  }

  @Override
  public Instant instant() {
    return origin.plusNanos(nanos.get() + steps.get());
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  /** Returns the wall clock's reading. */
  @Override
  public String toString() {
    return "MutableClock[" + instant() + "]";
  }
}
