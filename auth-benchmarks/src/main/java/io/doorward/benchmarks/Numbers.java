package io.doorward.benchmarks;

import java.util.Locale;

/** Numbers with as many digits as measurements of this kind are good for. */
final class Numbers {
  private Numbers() {}

  /** A ratio and how far it moves: {@code 0.43 [0.24-0.53]}. */
  static String spread(Spread spread) {
    return ratio(spread.median()) + " [" + ratio(spread.p10()) + "-" + ratio(spread.p90()) + "]";
  }

  /** Two digits that count at least, down to a thousandth. */
  static String ratio(double value) {
    String format = value < 0.01 ? "%.4f" : value < 0.1 ? "%.3f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }

  /** Thousands from ten of them on: {@code 79k}. */
  static String large(double value) {
    return value < 10_000
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.0fk", value / 1_000);
  }

  static String plain(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%.0f", value);
  }
}
