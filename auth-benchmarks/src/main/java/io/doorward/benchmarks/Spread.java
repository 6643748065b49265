package io.doorward.benchmarks;

import java.util.List;

/**
 * The middle of measured values, and how far they lie apart.
 *
 * @param p10 a tenth of them is below
 * @param median half of them is below
 * @param p90 a tenth of them is above
 */
record Spread(double p10, double median, double p90) {
  /** Interpolates between the two nearest values. */
  static Spread of(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("values must not be empty");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return new Spread(at(sorted, 0.1), at(sorted, 0.5), at(sorted, 0.9));
  }

  static double median(List<Double> values) {
    return of(values).median();
  }

  private static double at(double[] sorted, double share) {
    double position = share * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
