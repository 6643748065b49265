package io.doorward.auth.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SessionTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration IDLE = Duration.ofMinutes(30);
  private static final AccountId ACCOUNT = AccountId.random();
  private static final AccountId ANOTHER = AccountId.random();

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
  void sessionsOfBothKindsCanBeRemembered() {
    assertThat(SessionOptions.rememberedBearer())
        .isEqualTo(new SessionOptions(SessionKind.BEARER, true, Optional.empty(), Map.of()));
    assertThat(SessionOptions.rememberedCookie())
        .isEqualTo(new SessionOptions(SessionKind.COOKIE, true, Optional.empty(), Map.of()));
  }

  @Test
  void aLoginOpensNoApiKey() {
    refused(
        "kind must be COOKIE or BEARER: a login opens no API key",
        () -> new SessionOptions(SessionKind.API_KEY, false, Optional.empty(), Map.of()));
  }

  @Test
  void aKindIsFoundByTheNameUnderWhichStoresKeepIt() {
    for (SessionKind kind : SessionKind.values()) {
      assertThat(kind.text()).matches("[a-z_]{1,16}");
      assertThat(SessionKind.ofStored("Redis", kind.text())).isEqualTo(kind);
    }
    for (String unknown : List.of("kind_of_tomorrow", "COOKIE")) {
      assertThatThrownBy(() -> SessionKind.ofStored("Redis", unknown))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.NEWER_FORMAT))
          .hasMessageStartingWith("Redis: read a session: a newer version stored it");
    }
  }

  @Test
  void whatIsNotSetIsAsAtTheBeginning() {
    Session session = builder().build();

    assertThat(session.generation()).isZero();
    assertThat(session.rotatedAt()).isEqualTo(START);
    assertThat(session.keyId()).isEmpty();
    assertThat(session.authTime()).isEqualTo(START);
    assertThat(session.lastUsedAt()).isEqualTo(START);
    assertThat(session.amr()).isEmpty();
    assertThat(session.scopes()).isEmpty();
    assertThat(session.device()).isEmpty();
    assertThat(session.attributes()).isEmpty();
    assertThat(session.id()).isNotEqualTo(builder().build().id());
  }

  @Test
  void sessionsAreEqualIfAllTheirValuesAre() {
    Session session = full();

    assertThat(session.toBuilder().build()).isEqualTo(session).hasSameHashCodeAs(session);
    assertThat(changes(session)).hasSize(18).doesNotContain(session).doesNotHaveDuplicates();
    assertThat(session).isNotEqualTo("session").isNotEqualTo(null);
  }

  private static Session full() {
    return builder()
        .id(new SessionId("session-1"))
        .rotation(2, START.plusSeconds(1), Optional.of("key-1"))
        .authTime(START.plusSeconds(2))
        .lastUsedAt(START.plusSeconds(3))
        .amr(Set.of("pwd"))
        .scopes(Set.of("read"))
        .device(Optional.of("a phone"))
        .attributes(Map.of("k", "v"))
        .build();
  }

  /** Returns sessions that differ from one in one value each. */
  private static List<Session> changes(Session one) {
    AccountId account = one.account();
    Instant end = one.absoluteEnd();
    SessionBuilder[] rest = {
      Session.builder(ANOTHER, one.kind(), one.epoch(), START, end, IDLE),
      Session.builder(account, SessionKind.BEARER, one.epoch(), START, end, IDLE),
      Session.builder(account, one.kind(), new Epoch(2, "tag"), START, end, IDLE),
      Session.builder(account, one.kind(), new Epoch(1, "gat"), START, end, IDLE),
      Session.builder(account, one.kind(), one.epoch(), START.minusSeconds(1), end, IDLE),
      Session.builder(account, one.kind(), one.epoch(), START, end.plusSeconds(1), IDLE),
      Session.builder(account, one.kind(), one.epoch(), START, end, IDLE.plusSeconds(1)),
    };
    List<Session> changed = new ArrayList<>();
    for (SessionBuilder each : rest) {
      changed.add(
          each.id(one.id())
              .rotation(one.generation(), one.rotatedAt(), one.keyId())
              .authTime(one.authTime())
              .lastUsedAt(one.lastUsedAt())
              .amr(one.amr())
              .scopes(one.scopes())
              .device(one.device())
              .attributes(one.attributes())
              .build());
    }
    Instant at = one.rotatedAt();
    changed.add(one.toBuilder().id(new SessionId("session-2")).build());
    changed.add(one.toBuilder().rotation(3, at, one.keyId()).build());
    changed.add(one.toBuilder().rotation(2, at.plusSeconds(1), one.keyId()).build());
    changed.add(one.toBuilder().rotation(2, at, Optional.empty()).build());
    changed.add(one.toBuilder().authTime(START).build());
    changed.add(one.toBuilder().lastUsedAt(START).build());
    changed.add(one.toBuilder().amr(Set.of("otp")).build());
    changed.add(one.toBuilder().scopes(Set.of("write")).build());
    changed.add(one.toBuilder().device(Optional.empty()).build());
    changed.add(one.toBuilder().attributes(Map.of()).build());
    changed.add(one.toBuilder().rotation(2, at, Optional.of("key-2")).build());
    return changed;
  }

  @Test
  void scopesAreOfTheFormOfOAuth() {
    Set<String> most = new HashSet<>();
    for (int i = 0; i < 64; i++) {
      most.add("s".repeat(62) + (10 + i));
    }
    assertThat(builder().scopes(most).build().scopes()).isEqualTo(most);
    Set<String> odd = Set.of("!", "~", "a:b/c#[]{}'");
    assertThat(builder().scopes(odd).build().scopes()).isEqualTo(odd);

    most.add("one more");
    refused("scopes must be at most 64: 65", () -> builder().scopes(most));
    String rule =
        "scopes must be 1 to 64 printable ASCII characters without space, quote and backslash";
    for (String bad : List.of("", "s".repeat(65), "a b", "\"", "\\", "\u00fc", "a\u007f", "a\n")) {
      refused(rule, () -> builder().scopes(Set.of(bad)));
    }
  }

  @Test
  void aKeyIsNamedAsInTheKeyRing() {
    String longest = "k".repeat(32);
    assertThat(builder().rotation(1, START, Optional.of(longest)).build().keyId())
        .contains(longest);
    for (String bad : List.of("", longest + "k", "a.b", "a b")) {
      refused(
          "keyId must be 1 to 32 characters of [A-Za-z0-9_-]",
          () -> builder().rotation(1, START, Optional.of(bad)));
    }
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
  void lifetimesOfASecondAndOfTenYearsAreAllowed() {
    SessionPolicy policy = SessionPolicy.defaults();
    for (Duration each : new Duration[] {Duration.ofSeconds(1), Duration.ofDays(3_650)}) {
      assertThat(new SessionLifetimes(each, each, each, each).idleTimeout()).isEqualTo(each);
      assertThat(policy.withBearerTokenLifetime(each).bearerTokenLifetime()).isEqualTo(each);
    }
  }

  @Test
  void lifetimesBelowASecondAndBeyondTenYearsAreRefused() {
    SessionLifetimes lifetimes = SessionLifetimes.ofCookies();
    for (Duration each :
        new Duration[] {
          Duration.ZERO, Duration.ofMillis(999), Duration.ofDays(3_650).plusNanos(1)
        }) {
      String rule = " must be PT1S to PT87600H: " + each;
      refused("idleTimeout" + rule, () -> lifetimes.withIdleTimeout(each));
      refused("absoluteLifetime" + rule, () -> lifetimes.withAbsoluteLifetime(each));
      refused("rememberedIdleTimeout" + rule, () -> lifetimes.withRememberedIdleTimeout(each));
      refused("rememberedLifetime" + rule, () -> lifetimes.withRememberedLifetime(each));
      refused(
          "bearerTokenLifetime" + rule,
          () -> SessionPolicy.defaults().withBearerTokenLifetime(each));
    }
  }

  @Test
  void oneDurationOfLifetimesIsChangedAlone() {
    Duration other = Duration.ofHours(7);
    SessionLifetimes lifetimes = SessionLifetimes.ofBearers();
    Duration idle = lifetimes.idleTimeout();
    Duration absolute = lifetimes.absoluteLifetime();
    Duration rememberedIdle = lifetimes.rememberedIdleTimeout();
    Duration remembered = lifetimes.rememberedLifetime();

    assertThat(lifetimes.withIdleTimeout(other))
        .isEqualTo(new SessionLifetimes(other, absolute, rememberedIdle, remembered));
    assertThat(lifetimes.withAbsoluteLifetime(other))
        .isEqualTo(new SessionLifetimes(idle, other, rememberedIdle, remembered));
    assertThat(lifetimes.withRememberedIdleTimeout(other))
        .isEqualTo(new SessionLifetimes(idle, absolute, other, remembered));
    assertThat(lifetimes.withRememberedLifetime(other))
        .isEqualTo(new SessionLifetimes(idle, absolute, rememberedIdle, other));
  }

  @Test
  void aPolicyIsChangedForBothKindsOrForOne() {
    Duration other = Duration.ofHours(7);
    SessionPolicy policy =
        SessionPolicy.defaults()
            .withMaxSessions(3)
            .withRefreshGrace(Duration.ofSeconds(4))
            .withBearerTokenLifetime(Duration.ofMinutes(3))
            .withJitterPercent(2);
    SessionLifetimes cookie = policy.cookie();
    SessionLifetimes bearer = policy.bearer();
    SessionLifetimes changed = cookie.withIdleTimeout(other);

    assertThat(policy.withCookie(changed)).isEqualTo(with(policy, changed, bearer));
    assertThat(policy.withBearer(changed)).isEqualTo(with(policy, cookie, changed));
    assertThat(policy.withIdleTimeout(other))
        .isEqualTo(with(policy, changed, bearer.withIdleTimeout(other)));
    assertThat(policy.withAbsoluteLifetime(other))
        .isEqualTo(
            with(policy, cookie.withAbsoluteLifetime(other), bearer.withAbsoluteLifetime(other)));
    SessionLifetimes remembered =
        cookie.withRememberedIdleTimeout(other).withRememberedLifetime(other);
    assertThat(policy.withRememberedLifetime(other))
        .isEqualTo(with(policy, remembered, remembered));
    assertThat(policy.lifetimes(SessionKind.COOKIE)).isEqualTo(cookie);
    assertThat(policy.lifetimes(SessionKind.BEARER)).isEqualTo(bearer);
  }

  private static SessionPolicy with(
      SessionPolicy policy, SessionLifetimes cookie, SessionLifetimes bearer) {
    return new SessionPolicy(
        cookie,
        bearer,
        policy.bearerTokenLifetime(),
        policy.refreshGrace(),
        policy.limits(),
        policy.jitterPercent());
  }

  @Test
  void theJitterIsAtMostATenth() {
    SessionPolicy policy = SessionPolicy.defaults();
    assertThat(policy.jitterPercent()).isEqualTo(10);
    assertThat(policy.withJitterPercent(0).jitterPercent()).isZero();
    refused("jitterPercent must be 0 to 10: 11", () -> policy.withJitterPercent(11));
    refused("jitterPercent must be 0 to 10: -1", () -> policy.withJitterPercent(-1));
  }

  @Test
  void theGraceOfRefreshTokensIsAtMostAMinute() {
    SessionPolicy policy = SessionPolicy.defaults();

    assertThat(policy.refreshGrace()).isEqualTo(Duration.ofSeconds(10));
    for (Duration each : new Duration[] {Duration.ZERO, Duration.ofMinutes(1)}) {
      assertThat(policy.withRefreshGrace(each).refreshGrace()).isEqualTo(each);
    }
    refused(
        "refreshGrace must be 0 to PT1M: PT1M0.001S",
        () -> policy.withRefreshGrace(Duration.ofMillis(60_001)));
    refused(
        "refreshGrace must be 0 to PT1M: PT-1S",
        () -> policy.withRefreshGrace(Duration.ofSeconds(-1)));
  }

  @Test
  void anAccountMayHaveOneToAThousandSessions() {
    SessionPolicy policy = SessionPolicy.defaults();
    assertThat(policy.limits()).isEqualTo(SessionLimits.defaults());
    assertThat(policy.limits().perAccount()).isEqualTo(100);
    assertThat(policy.withMaxSessions(1_000).limits().perAccount()).isEqualTo(1_000);
    assertThat(policy.withMaxSessions(1).withMaxSessions(100)).isEqualTo(policy);
    refused("perAccount must be positive: 0", () -> policy.withMaxSessions(0));
    refused("limits.perAccount must be 1 to 1000: 1001", () -> policy.withMaxSessions(1_001));
    refused(
        "limits of phone must be 1 to 1000: 1001",
        () -> policy.withLimits(policy.limits().withDeviceKind("phone", 1_001)));
    refused(
        "limits.perAccount must be 1 to 1000: 2147483647",
        () -> policy.withLimits(SessionLimits.none()));
  }

  @Test
  void aSessionIsOnTheKindOfDeviceThatItsOptionsSay() {
    assertThat(on(SessionKind.COOKIE, SessionOptions.cookie())).isEqualTo("browser");
    assertThat(on(SessionKind.BEARER, SessionOptions.bearer())).isEqualTo("app");
    assertThat(on(SessionKind.API_KEY, SessionOptions.bearer())).isEqualTo("app");
    assertThat(on(SessionKind.COOKIE, SessionOptions.cookie().withDeviceKind("smart-tv_2")))
        .isEqualTo("smart-tv_2");
    for (String kind : new String[] {"", "Phone", "a b", "a".repeat(33)}) {
      refused(
          "deviceKind must be 1 to 32 characters of [a-z0-9_-]",
          () -> SessionOptions.bearer().withDeviceKind(kind));
      refused(
          "deviceKind must be 1 to 32 characters of [a-z0-9_-]",
          () -> SessionLimits.defaults().withDeviceKind(kind, 1));
    }
  }

  @Test
  void aDeviceKindIsNeverAllowedMoreThanItsAccount() {
    SessionLimits limits =
        SessionLimits.defaults()
            .withPerAccount(3)
            .withDeviceKind("phone", 1)
            .withDeviceKind("tv", 9);

    assertThat(limits.on("phone")).isEqualTo(1);
    assertThat(limits.on("tv")).isEqualTo(3);
    assertThat(limits.on("browser")).isEqualTo(3);
  }

  private static String on(SessionKind kind, SessionOptions options) {
    Instant now = Instant.EPOCH;
    return Session.builder(
            AccountId.random(),
            kind,
            new Epoch(1, "e"),
            now,
            now.plusSeconds(1),
            Duration.ofDays(1))
        .attributes(options.attributes())
        .build()
        .deviceKind();
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
    assertThat(principal.effectiveRoles()).containsExactly("admin");
    assertThat(principal.permissions()).isEmpty();
    assertThat(principal.hasPermission("article:read")).isFalse();
    assertThat(principal.getName()).isEqualTo(session.account().value());
  }

  @Test
  void aPrincipalHasWhatItsRolesIncludeAndGrant() {
    Session session = session(0, START.plusSeconds(1));
    RoleModel model =
        RoleModel.builder()
            .role("admin")
            .includes("reader")
            .role("reader")
            .grants("article:*")
            .build();
    AuthenticatedPrincipal principal =
        new AuthenticatedPrincipal(session.account(), Set.of("admin"), session, model);

    assertThat(principal.roles()).containsExactly("admin");
    assertThat(principal.effectiveRoles()).containsExactlyInAnyOrder("admin", "reader");
    assertThat(principal.permissions()).containsExactly("article:*");
    assertThat(principal.hasRole("reader")).isTrue();
    assertThat(principal.hasPermission("article:read")).isTrue();
    assertThat(principal.hasPermission("user:read")).isFalse();
  }

  @Test
  void aPrincipalKnowsTheIdentifierOfItsLogin() {
    SessionOptions options = SessionOptions.bearer().withLoginId(LoginId.email("ada@example.org"));
    Session session = session(IDLE, "", options.attributes());

    assertThat(principal(session).loginId()).contains(LoginId.email("ada@example.org"));
    assertThat(principal(session).toString()).doesNotContain("ada@");
    assertThat(principal(session(IDLE, "", Map.of())).loginId()).isEmpty();
    LoginId longest = LoginId.ofStored(TenantId.DEFAULT, "x".repeat(257));
    assertThat(SessionOptions.cookie().withLoginId(longest)).isEqualTo(SessionOptions.cookie());
  }

  @Test
  void theIdentifierDoesNotCountAmongTheAttributes() {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < 16; i++) {
      attributes.put("key" + i, "value");
    }
    SessionOptions full =
        new SessionOptions(SessionKind.COOKIE, false, Optional.empty(), attributes)
            .withLoginId(LoginId.email("ada@example.org"));
    assertThat(session(IDLE, "", full.attributes()).attributes()).hasSize(17);
    Map<String, String> own = new HashMap<>(attributes);
    for (int i = 0; i < 5; i++) {
      own.put("doorward." + i, "value");
    }
    refused("attributes must be at most 16: 17", () -> session(IDLE, "", own));
  }

  private static AuthenticatedPrincipal principal(Session session) {
    return new AuthenticatedPrincipal(session.account(), Set.of(), session);
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

  @Test
  void theTextOfOptionsLeavesOutDeviceAndValues() {
    SessionOptions options =
        new SessionOptions(
                SessionKind.COOKIE, true, Optional.of("Ada's phone"), Map.of("ward", "oncology"))
            .withLoginId(LoginId.email("ada@example.org"));

    assertThat(options)
        .hasToString(
            "SessionOptions[kind=COOKIE, remembered=true, attributes=[doorward.login, ward]]");
  }

  private static Session session(int generation, Instant end) {
    return session(generation, end, IDLE, "", Map.of());
  }

  private static Session session(Duration idle, String device, Map<String, String> attributes) {
    return session(0, START.plusSeconds(1), idle, device, attributes);
  }

  private static Session session(
      int generation, Instant end, Duration idle, String device, Map<String, String> attributes) {
    return Session.builder(
            AccountId.random(), SessionKind.COOKIE, new Epoch(1, "tag"), START, end, idle)
        .rotation(generation, START, Optional.empty())
        .amr(Set.of("pwd"))
        .device(Optional.of(device))
        .attributes(attributes)
        .build();
  }

  private static SessionBuilder builder() {
    return Session.builder(
        ACCOUNT, SessionKind.COOKIE, new Epoch(1, "tag"), START, START.plusSeconds(9), IDLE);
  }
}
