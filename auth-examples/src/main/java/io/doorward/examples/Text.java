package io.doorward.examples;

import java.time.Duration;
import java.util.Locale;

/** How things are written in the demonstration's lines. */
final class Text {
  private Text() {}

  /** For instance {@code 1.5 ms}. */
  static String millis(Duration duration) {
    return String.format(Locale.ROOT, "%.1f ms", duration.toNanos() / 1e6);
  }

  /** For instance {@code cache lookup} for {@code CACHE_LOOKUP}. */
  static String words(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
