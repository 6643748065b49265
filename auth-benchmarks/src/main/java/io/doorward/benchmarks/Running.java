package io.doorward.benchmarks;

/** A contender that is ready, and how many turns it has had. Not thread-safe. */
final class Running {
  private final Operation operation;
  private int nextTurn;

  Running(Operation operation) {
    this.operation = operation;
  }

  static Running open(Contender contender, Servers servers, Opened opened) throws Exception {
    return new Running(contender.opening().open(servers, opened));
  }

  Operation operation() {
    return operation;
  }

  int nextTurn() {
    return nextTurn;
  }

  /** Starts again at 0 long before the numbers are used up. */
  void hadTurns(int turns) {
    nextTurn = nextTurn > Integer.MAX_VALUE / 2 ? 0 : nextTurn + turns;
  }
}
