package io.doorward.benchmarks;

import java.time.Duration;

/** How much is measured: a look that takes five minutes, or what may be published. */
enum Effort {
  SMOKE(500, 2_000, 10, 9, 3),
  FULL(5_000, 100_000, 40, 60, 30);

  /** Short enough for the machine to be the same for all contenders of a round. */
  private static final Duration ALONE = Duration.ofMillis(120);

  /** Long enough for all threads to have their turn. */
  private static final Duration TOGETHER = Duration.ofMillis(400);

  private final int users;
  private final int storedUsers;
  private final int warmUps;
  private final int roundsAlone;
  private final int roundsTogether;

  Effort(int users, int storedUsers, int warmUps, int roundsAlone, int roundsTogether) {
    this.users = users;
    this.storedUsers = storedUsers;
    this.warmUps = warmUps;
    this.roundsAlone = roundsAlone;
    this.roundsTogether = roundsTogether;
  }

  /** The number of users, each with one session. */
  int users() {
    return users;
  }

  /** Rounds that do not count: the JVM still compiles, and later connections are still opened. */
  int warmUps(int threads) {
    return threads == 1 ? warmUps : 1;
  }

  /** For what is only stored and counted, the number of users. */
  int storedUsers() {
    return storedUsers;
  }

  /** How many seconds of requests at a fixed rate each contender gets. */
  int latencyTurns() {
    return roundsTogether;
  }

  int rounds(int threads) {
    return threads == 1 ? roundsAlone : roundsTogether;
  }

  Duration slice(int threads) {
    return threads == 1 ? ALONE : TOGETHER;
  }
}
