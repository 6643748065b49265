package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * 20 s of an application's life on real servers that break all the time: people and administrators
 * on four nodes, whose clocks are half a minute apart, get into each other's way at random, and all
 * that they were answered is held against the laws.
 *
 * <p>{@code -Ddoorward.consistency.seconds=600} makes it longer. {@code
 * -Ddoorward.consistency.seed=...} draws the same choices again; the threads still run as they
 * like.
 */
@Tag("jdk")
class ConsistencyIT {
  private static final Duration LENGTH =
      Duration.ofSeconds(Long.getLong("doorward.consistency.seconds", 20));

  /** How much may stay without an answer while things break. */
  private static final double UNANSWERED = 0.05;

  @Test
  void noAnswerAmongFaultsBreaksALaw() throws Exception {
    long seed =
        Long.getLong("doorward.consistency.seed", ThreadLocalRandom.current().nextLong(1_000_000));
    Life.say("consistency run of %d s, -Ddoorward.consistency.seed=%d", LENGTH.toSeconds(), seed);
    try (Fleet fleet = new Fleet(seed)) {
      long thousands = LENGTH.toSeconds() * 1_000 / 60;
      Life.Outcome outcome = new Life(fleet, LENGTH, thousands, new SplittableRandom(seed)).run();
      outcome.print();

      outcome.assertLawsHeld();
      assertThat(outcome.unanswered()).as("share without an answer").isLessThan(UNANSWERED);
      assertThat(outcome.counts().changes()).isGreaterThanOrEqualTo(thousands);
      assertThat(outcome.counts().logins()).isGreaterThanOrEqualTo(thousands);
      assertThat(outcome.refreshes().refreshes()).isGreaterThanOrEqualTo(thousands);
      assertThat(outcome.refreshes().copies()).isPositive();
      assertThat(outcome.refreshes().lostByTheStore()).isPositive();
      assertThat(outcome.verdict().judgedLogins()).isGreaterThanOrEqualTo((int) (thousands / 10));
      assertThat(outcome.verdict().judgedSessions()).isGreaterThanOrEqualTo((int) (thousands / 10));
    }
  }
}
