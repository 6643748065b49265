package io.doorward.benchmarks;

/** What is measured, once. Called by all threads at once. */
@FunctionalInterface
interface Operation {
  /**
   * Does it, and throws if the result is not the expected one.
   *
   * @param turn counts from 0 up; the threads never get the same one. It chooses the user
   */
  void run(int turn) throws Exception;
}
