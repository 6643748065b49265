package io.doorward.benchmarks;

import java.util.List;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * How long requests take at a fixed rate, from when they were due.
 *
 * @param suite of the contenders
 * @param title what it compares
 * @param rows in the order of the contenders
 */
record Latencies(String suite, String title, List<Latency> rows) implements Table {
  Latencies {
    rows = List.copyOf(rows);
  }

  static Latencies of(Suite suite, int perSecond, List<Histogram> histograms) {
    return new Latencies(
        suite.name() + "-latency",
        "The same at " + perSecond + " requests a second, in milliseconds",
        IntStream.range(0, histograms.size())
            .mapToObj(i -> Latency.of(suite.contenders().get(i).name(), histograms.get(i)))
            .toList());
  }

  @Override
  public List<String> header() {
    return List.of("contender", "requests", "p50", "p90", "p99", "p99.9", "longest");
  }

  @Override
  public List<List<String>> lines() {
    return rows.stream()
        .map(
            row ->
                List.of(
                    row.contender(),
                    Long.toString(row.requests()),
                    Numbers.ratio(row.p50()),
                    Numbers.ratio(row.p90()),
                    Numbers.ratio(row.p99()),
                    Numbers.ratio(row.p999()),
                    Numbers.ratio(row.longest())))
        .toList();
  }

  /**
   * Percentiles of one contender, in milliseconds.
   *
   * @param requests how many there were
   */
  record Latency(
      String contender,
      long requests,
      double p50,
      double p90,
      double p99,
      double p999,
      double longest) {
    /** Of a histogram in nanoseconds. */
    static Latency of(String contender, Histogram histogram) {
      return new Latency(
          contender,
          histogram.getTotalCount(),
          histogram.getValueAtPercentile(50) / 1e6,
          histogram.getValueAtPercentile(90) / 1e6,
          histogram.getValueAtPercentile(99) / 1e6,
          histogram.getValueAtPercentile(99.9) / 1e6,
          histogram.getMaxValue() / 1e6);
    }
  }
}
