package io.doorward.auth.engine.login;

import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AccessEvent.Step;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;

/** Measures the parts of one login. Used by one thread; a part that runs twice adds up. */
final class Timings {
  private final Ticker ticker;
  private final Map<Step, Duration> parts = new EnumMap<>(Step.class);

  Timings(Ticker ticker) {
    this.ticker = ticker;
  }

  <T> T time(Step step, Supplier<T> part) {
    long from = ticker.nanos();
    try {
      return part.get();
    } finally {
      parts.merge(step, Duration.ofNanos(ticker.nanos() - from), Duration::plus);
    }
  }

  Map<Step, Duration> parts() {
    return parts;
  }
}
