package io.doorward.benchmarks;

import java.util.List;

/**
 * Contenders for the same work. The first one is what the others are compared with.
 *
 * @param name on the command line
 * @param title above the table
 * @param threads the loads, each measured apart
 * @param contenders at least two
 */
record Suite(String name, String title, List<Integer> threads, List<Contender> contenders) {
  Suite {
    threads = List.copyOf(threads);
    contenders = List.copyOf(contenders);
  }
}
