package io.doorward.auth.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionLifetimes;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.SessionPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SessionTermsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final SessionPolicy POLICY = SessionPolicy.defaults();
  private static final Duration HALF_A_DAY = Duration.ofHours(12);
  private static final Duration TEN_MINUTES = Duration.ofMinutes(10);

  /** Draws what {@code nextDouble} makes of it: the least, or the most, there is. */
  private static SessionTerms drawing(SessionPolicy policy, long bits) {
    return new SessionTerms(policy, () -> bits);
  }

  private static Session bearer(Duration left) {
    return Session.builder(
            AccountId.random(), SessionKind.BEARER, new Epoch(1, "e"), NOW, NOW.plus(left), left)
        .build();
  }

  @Test
  void endsAreCutShortByATenthAtMostAndNeverMovedOut() {
    SessionTerms least = drawing(POLICY, 0);
    SessionTerms most = drawing(POLICY, -1);

    assertThat(least.absoluteEnd(SessionOptions.cookie(), NOW)).isEqualTo(NOW.plus(HALF_A_DAY));
    assertThat(most.absoluteEnd(SessionOptions.cookie(), NOW))
        .isBetween(NOW.plus(Duration.ofMinutes(648)), NOW.plus(Duration.ofMinutes(649)));
    assertThat(least.tokenEnd(bearer(HALF_A_DAY), NOW)).isEqualTo(NOW.plus(TEN_MINUTES));
    assertThat(most.tokenEnd(bearer(HALF_A_DAY), NOW))
        .isBetween(NOW.plus(Duration.ofMinutes(9)), NOW.plus(Duration.ofSeconds(541)));
  }

  @Test
  void whatBeginsTogetherDoesNotEndTogether() {
    Random random = new Random(1);
    SessionTerms terms = new SessionTerms(POLICY, random);

    List<Instant> ends =
        Stream.generate(() -> terms.absoluteEnd(SessionOptions.rememberedBearer(), NOW))
            .limit(1_000)
            .toList();

    assertThat(ends)
        .allMatch(end -> end.equals(Instant.ofEpochSecond(end.getEpochSecond())))
        .allMatch(end -> !end.isAfter(NOW.plus(Duration.ofDays(90))))
        .allMatch(end -> !end.isBefore(NOW.plus(Duration.ofDays(81))));
    assertThat(ends.stream().distinct().count()).isGreaterThan(990);
  }

  @Test
  void withoutJitterEndsAreExact() {
    SessionTerms exact = drawing(POLICY.withJitterPercent(0), -1);

    assertThat(exact.absoluteEnd(SessionOptions.cookie(), NOW)).isEqualTo(NOW.plus(HALF_A_DAY));
    assertThat(exact.tokenEnd(bearer(HALF_A_DAY), NOW)).isEqualTo(NOW.plus(TEN_MINUTES));
  }

  @Test
  void nothingIsCutToNothing() {
    Duration second = Duration.ofSeconds(1);
    SessionTerms most =
        drawing(POLICY.withAbsoluteLifetime(second).withBearerTokenLifetime(second), -1);

    assertThat(most.absoluteEnd(SessionOptions.bearer(), NOW)).isEqualTo(NOW.plus(second));
    assertThat(most.tokenEnd(bearer(HALF_A_DAY), NOW)).isEqualTo(NOW.plus(second));
  }

  @Test
  void aTokenNeverOutlivesItsSession() {
    assertThat(drawing(POLICY, 0).tokenEnd(bearer(Duration.ofSeconds(5)), NOW))
        .isEqualTo(NOW.plusSeconds(5));
  }

  @Test
  void idleTimesAreNotCut() {
    SessionTerms most = drawing(POLICY, -1);

    assertThat(most.idleTimeout(SessionOptions.cookie())).isEqualTo(Duration.ofMinutes(30));
    assertThat(most.idleTimeout(SessionOptions.rememberedCookie())).isEqualTo(Duration.ofDays(30));
    assertThat(most.idleTimeout(SessionOptions.bearer())).isEqualTo(Duration.ofMinutes(30));
    assertThat(most.idleTimeout(SessionOptions.rememberedBearer())).isEqualTo(Duration.ofDays(30));
  }

  @Test
  void aRememberedBearerLivesLongerThanARememberedCookie() {
    SessionTerms exact = drawing(POLICY.withJitterPercent(0), 0);

    assertThat(exact.absoluteEnd(SessionOptions.rememberedBearer(), NOW))
        .isEqualTo(NOW.plus(SessionLifetimes.ofBearers().rememberedLifetime()));
    assertThat(exact.absoluteEnd(SessionOptions.rememberedCookie(), NOW))
        .isEqualTo(NOW.plus(Duration.ofDays(30)));
  }
}
