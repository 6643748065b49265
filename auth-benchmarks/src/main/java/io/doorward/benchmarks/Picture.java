package io.doorward.benchmarks;

import java.util.List;
import java.util.Locale;

/** Ratios as horizontal bars, one group for each load; a thin line goes from p10 to p90. */
final class Picture {
  private static final int LABELS = 300;
  private static final int BARS = 420;
  private static final int WIDTH = LABELS + BARS + 70;
  private static final int LINE = 20;
  private static final String DOORWARD = "#2563a8";
  private static final String OTHERS = "#9aa3ad";

  private final StringBuilder svg = new StringBuilder();
  private final double unit;
  private int y = LINE;

  private Picture(List<Row> rows) {
    double widest = rows.stream().mapToDouble(row -> row.ratio().p90()).max().orElse(1);
    this.unit = BARS / Math.max(widest, 1);
  }

  static String of(Rates rates) {
    Picture picture = new Picture(rates.rows());
    picture.text(8, rates.title() + " (" + rates.rows().get(0).contender() + " = 1)", "start");
    int threads = 0;
    for (Row row : rates.rows()) {
      if (row.threads() != threads) {
        threads = row.threads();
        picture.y += LINE + LINE / 2;
        picture.text(8, "threads: " + threads, "start");
      }
      picture.bar(row);
    }
    return picture.page();
  }

  private void bar(Row row) {
    y += LINE;
    text(LABELS - 8, row.contender(), "end");
    String colour = row.contender().startsWith("Doorward") ? DOORWARD : OTHERS;
    rectangle(LABELS, y - 11, row.ratio().median() * unit, 13, colour);
    double from = LABELS + row.ratio().p10() * unit;
    double to = LABELS + row.ratio().p90() * unit;
    rectangle(from, y - 5.5, to - from, 1.5, "#30363d");
    text(
        Math.max(to, LABELS + row.ratio().median() * unit) + 6,
        Numbers.ratio(row.ratio().median()),
        "start");
  }

  private void rectangle(double x, double top, double width, double height, String colour) {
    add(
        "  <rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n",
        x, top, width, height, colour);
  }

  private void text(double x, String text, String anchor) {
    add("  <text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, escaped(text));
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private String page() {
    int height = y + LINE;
    return String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%1$d\" height=\"%2$d\""
                + " viewBox=\"0 0 %1$d %2$d\" font-family=\"sans-serif\" font-size=\"12\">\n"
                + "  <rect width=\"%1$d\" height=\"%2$d\" fill=\"#ffffff\"/>\n",
            WIDTH,
            height)
        + svg
        + "</svg>\n";
  }
}
