package io.doorward.examples;

import java.io.PrintStream;

/** Prints one line a step and counts. A step passes if the actual result is the expected one. */
final class Steps {
  private final PrintStream out;
  private int steps;
  private int ok;

  Steps(PrintStream out) {
    this.out = out;
  }

  void check(String step, String expected, Answer answer) {
    check(step, expected, answer.summary(), answer.details());
  }

  void check(String step, String expected, String seen, String details) {
    boolean fine = expected.equals(seen);
    steps++;
    ok += fine ? 1 : 0;
    String verdict = fine ? "[ok] " : "[FAILED] ";
    out.println(verdict + step + ": expected " + expected + "; saw " + seen + " (" + details + ")");
  }

  /** Prints the count; true if every step was fine. */
  boolean finish() {
    out.println(steps + " steps, " + ok + " ok");
    return ok == steps;
  }
}
