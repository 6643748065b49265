package io.doorward.benchmarks;

import java.util.List;

/** The results of a suite, as numbers and as text. */
interface Table {
  /** The suite's name, which is that of its picture. */
  String suite();

  /** What it compares. */
  String title();

  /** The names of the columns. */
  List<String> header();

  /** The cells, a list for each line. */
  List<List<String>> lines();
}
