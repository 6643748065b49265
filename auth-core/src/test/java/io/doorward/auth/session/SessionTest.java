package io.doorward.auth.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SessionTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration IDLE = Duration.ofMinutes(30);

  @Test
  void numbersAndTimesOutsideTheirRangeAreRefused() {
    refused("generation must not be negative: -1", () -> session(-1, START.plusSeconds(1)));
    refused("absoluteEnd must be after createdAt: " + START, () -> session(0, START));
    refused("idleTimeout must be positive: PT0S", () -> session(Duration.ZERO, "", Map.of()));
  }

  @Test
  void sizesOutsideTheirRangeAreRefusedWithoutRepeatingTheText() {
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i < 17; i++) {
      many.put("key" + i, "value");
    }
    refused("attributes must be at most 16: 17", () -> session(IDLE, "", many));
    refused(
        "device must have at most 256 characters", () -> session(IDLE, "x".repeat(257), Map.of()));
    String rule = "attributes must have keys of 1 to 64 and values of at most 256 characters";
    refused(rule, () -> session(IDLE, "", Map.of("", "v")));
    refused(rule, () -> session(IDLE, "", Map.of("k".repeat(65), "v")));
    refused(rule, () -> session(IDLE, "", Map.of("k", "v".repeat(257))));
  }

  @Test
  void optionsRefuseWhatTheirSessionWould() {
    refused(
        "attributes must have keys of 1 to 64 and values of at most 256 characters",
        () -> new SessionOptions(SessionKind.COOKIE, false, Optional.empty(), Map.of("", "value")));
  }

  @Test
  void aBearerSessionCannotBeRemembered() {
    refused(
        "only a cookie session can be remembered: the token of a bearer session is short and cannot"
            + " be refreshed",
        () -> new SessionOptions(SessionKind.BEARER, true, Optional.empty(), Map.of()));
  }

  @Test
  void whatIsHandedInIsCopied() {
    Map<String, String> attributes = new HashMap<>(Map.of("k".repeat(64), "v".repeat(256)));
    Session session = session(IDLE, "x".repeat(256), attributes);
    attributes.clear();

    assertThat(session.attributes()).hasSize(1);
  }

  @Test
  void sixteenAttributesAndACenturyOfIdleTimeAreAllowed() {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < 16; i++) {
      attributes.put("key" + i, "value");
    }
    Duration century = Duration.ofDays(36_500);

    assertThat(session(century, "", attributes).attributes()).isEqualTo(attributes);
    refused(
        "idleTimeout must be at most PT876000H: PT876000H0.000000001S",
        () -> session(century.plusNanos(1), "", Map.of()));
  }

  @Test
  void aLabelThatIsTooLongIsCut() {
    assertThat(labelled("x".repeat(300))).contains("x".repeat(256));
    assertThat(labelled("x".repeat(256))).contains("x".repeat(256));
    assertThat(labelled("")).contains("");
  }

  @Test
  void aLabelIsNotCutInsideACharacter() {
    String telephone = "\ud83d\udcde";

    assertThat(labelled("x".repeat(255) + telephone)).contains("x".repeat(255));
    assertThat(labelled("x".repeat(254) + telephone + "x")).contains("x".repeat(254) + telephone);
    assertThat(labelled("x".repeat(256) + telephone)).contains("x".repeat(256));
  }

  private static Optional<String> labelled(String label) {
    return new SessionOptions(SessionKind.COOKIE, false, Optional.of(label), Map.of()).device();
  }

  @Test
  void policiesOfASecondAndOfTenYearsAreAllowed() {
    for (Duration each : new Duration[] {Duration.ofSeconds(1), Duration.ofDays(3_650)}) {
      assertThat(new SessionPolicy(each, each, each, each).idleTimeout()).isEqualTo(each);
    }
  }

  @Test
  void policiesBelowASecondAreRefused() {
    Duration second = Duration.ofSeconds(1);
    Duration less = Duration.ofMillis(999);
    refused(
        "idleTimeout must be PT1S to PT87600H: PT0.999S",
        () -> new SessionPolicy(less, second, second, second));
    refused(
        "absoluteLifetime must be PT1S to PT87600H: PT0.999S",
        () -> new SessionPolicy(second, less, second, second));
    refused(
        "rememberedLifetime must be PT1S to PT87600H: PT0.999S",
        () -> new SessionPolicy(second, second, less, second));
    refused(
        "bearerTokenLifetime must be PT1S to PT87600H: PT0.999S",
        () -> new SessionPolicy(second, second, second, less));
  }

  @Test
  void policiesBeyondTenYearsAreRefused() {
    Duration second = Duration.ofSeconds(1);
    Duration more = Duration.ofDays(3_650).plusNanos(1);
    String rule = " must be PT1S to PT87600H: " + more;
    refused("idleTimeout" + rule, () -> new SessionPolicy(more, second, second, second));
    refused("absoluteLifetime" + rule, () -> new SessionPolicy(second, more, second, second));
    refused("rememberedLifetime" + rule, () -> new SessionPolicy(second, second, more, second));
    refused("bearerTokenLifetime" + rule, () -> new SessionPolicy(second, second, second, more));
  }

  @Test
  void anAccountMayHaveOneToAThousandSessions() {
    SessionPolicy policy = SessionPolicy.defaults();
    assertThat(policy.maxSessions()).isEqualTo(100);
    assertThat(policy.withMaxSessions(1_000).maxSessions()).isEqualTo(1_000);
    assertThat(policy.withMaxSessions(1).withMaxSessions(100)).isEqualTo(policy);
    refused("maxSessions must be 1 to 1000: 0", () -> policy.withMaxSessions(0));
    refused("maxSessions must be 1 to 1000: 1001", () -> policy.withMaxSessions(1_001));
  }

  @Test
  void aTokenIsComparedByItsTextAndNeverPrinted() {
    AccessToken token = AccessToken.of("secret");

    assertThat(token)
        .isEqualTo(AccessToken.of("secret"))
        .hasSameHashCodeAs(AccessToken.of("secret"));
    assertThat(token)
        .isNotEqualTo(AccessToken.of("secrets"))
        .doesNotHaveSameHashCodeAs(AccessToken.of("secrets"));
    assertThat(token).hasToString("AccessToken[hidden]");
    assertThat(token.reveal()).isEqualTo("secret");
  }

  @Test
  void aPrincipalHasTheRolesOfTheMoment() {
    Session session = session(0, START.plusSeconds(1));
    AuthenticatedPrincipal principal =
        new AuthenticatedPrincipal(session.account(), Set.of("admin"), session);

    assertThat(principal.hasRole("admin")).isTrue();
    assertThat(principal.hasRole("Admin")).isFalse();
    assertThat(principal.getName()).isEqualTo(session.account().value());
  }

  private static void refused(String message, Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  @Test
  void itsTextLeavesOutDeviceAndAttributes() {
    Session session = session(IDLE, "Ada's phone", Map.of("ward", "oncology"));

    assertThat(session.toString())
        .contains(session.id().value(), session.account().value(), "attributes=1")
        .doesNotContain("Ada", "ward", "oncology");
  }

  private static Session session(int generation, Instant end) {
    return session(generation, end, IDLE, "", Map.of());
  }

  private static Session session(Duration idle, String device, Map<String, String> attributes) {
    return session(0, START.plusSeconds(1), idle, device, attributes);
  }

  private static Session session(
      int generation, Instant end, Duration idle, String device, Map<String, String> attributes) {
    return new Session(
        SessionId.random(),
        AccountId.random(),
        SessionKind.COOKIE,
        new Epoch(1, "tag"),
        generation,
        START,
        START,
        end,
        idle,
        Set.of("pwd"),
        Optional.of(device),
        attributes);
  }
}
