package io.doorward.auth.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AccessEvent.Budget;
import io.doorward.auth.event.AccessEvent.BudgetSpent;
import io.doorward.auth.event.AccessEvent.LoggedOut;
import io.doorward.auth.event.AccessEvent.LoginOverLimit;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.LoginRejected;
import io.doorward.auth.event.AccessEvent.LoginSucceeded;
import io.doorward.auth.event.AccessEvent.LoginThrottled;
import io.doorward.auth.event.AccessEvent.LoginUnavailable;
import io.doorward.auth.event.AccessEvent.OldestSessionsEnded;
import io.doorward.auth.event.AccessEvent.RefreshRefusal;
import io.doorward.auth.event.AccessEvent.RefreshRejected;
import io.doorward.auth.event.AccessEvent.RefreshTokenReused;
import io.doorward.auth.event.AccessEvent.RequestRefusal;
import io.doorward.auth.event.AccessEvent.RequestRefused;
import io.doorward.auth.event.AccessEvent.SessionsRevoked;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.AccessEvent.Step;
import io.doorward.auth.event.AccessEvent.TokenRefusal;
import io.doorward.auth.event.AccessEvent.TokenRejected;
import io.doorward.auth.event.AccountEvent.AccountDeleted;
import io.doorward.auth.event.AccountEvent.AccountName;
import io.doorward.auth.event.AccountEvent.CredentialRenewed;
import io.doorward.auth.event.AccountEvent.ExternalIdCleared;
import io.doorward.auth.event.AccountEvent.ExternalIdSet;
import io.doorward.auth.event.AccountEvent.IdentityLinked;
import io.doorward.auth.event.AccountEvent.IdentityUnlinked;
import io.doorward.auth.event.AccountEvent.LoginIdAdded;
import io.doorward.auth.event.AccountEvent.LoginIdChanged;
import io.doorward.auth.event.AccountEvent.LoginIdRemoved;
import io.doorward.auth.event.AccountEvent.NameChangeRefused;
import io.doorward.auth.event.AccountEvent.NameRefusal;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefusal;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefused;
import io.doorward.auth.event.AccountEvent.PasswordChanged;
import io.doorward.auth.event.AccountEvent.PasswordSet;
import io.doorward.auth.event.AccountEvent.RolesChanged;
import io.doorward.auth.event.AccountEvent.SignUpRefusal;
import io.doorward.auth.event.AccountEvent.SignUpRefused;
import io.doorward.auth.event.AccountEvent.SignedUp;
import io.doorward.auth.event.AccountEvent.StatusChanged;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.event.ServiceEvent.BackendRecovered;
import io.doorward.auth.event.ServiceEvent.BackendUnavailable;
import io.doorward.auth.event.ServiceEvent.CacheFillSkipped;
import io.doorward.auth.event.ServiceEvent.CachedValue;
import io.doorward.auth.event.ServiceEvent.CleanedUp;
import io.doorward.auth.event.ServiceEvent.DriftFound;
import io.doorward.auth.event.ServiceEvent.FillFailure;
import io.doorward.auth.event.ServiceEvent.FindingReported;
import io.doorward.auth.event.ServiceEvent.InvalidationBacklog;
import io.doorward.auth.event.ServiceEvent.InvalidationsRelayed;
import io.doorward.auth.event.ServiceEvent.PrimaryDiscovered;
import io.doorward.auth.event.ServiceEvent.SealedValueRejected;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AuthMetricsTest {
  private static final AccountId ANNA = AccountId.random();
  private static final Optional<String> NETWORK = Optional.of("192.0.2.7");

  private final MockClock clock = new MockClock();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
  private final AuthMetrics metrics = AuthMetrics.of(registry);

  static List<AuthEvent> everyType() {
    return EventSamples.all("text");
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void everyEventIsCountedUnderItsOwnName(AuthEvent event) {
    metrics.on(event);

    String name = event.getClass().getSimpleName();
    assertThat(registry.get("doorward.events").tag("event", name).counter().count()).isOne();
    assertThat(registry.get("doorward.events").tag("event", "other").counters())
        .allMatch(counter -> counter.count() == 0);
  }

  /** Names an event as one of the library's. */
  record LoginSucceededElsewhere(String text) implements AuthEvent {
    @Override
    public Level level() {
      return Level.ALARM;
    }
  }

  @Test
  void eventsThatAreNotTheLibrarysAreCountedTogether() {
    metrics.on(new LoginSucceededElsewhere("a"));
    metrics.on(new AuthEvent() {});

    assertThat(counted("doorward.events", "event", "other", "level", "alarm")).isOne();
    assertThat(counted("doorward.events", "event", "other", "level", "routine")).isOne();
  }

  static Stream<Arguments> countedOnce() {
    return Stream.of(
        counted(
            success(Map.of()),
            "doorward.logins",
            "outcome",
            "accepted",
            "reason",
            "none",
            "source",
            "database"),
        counted(
            new LoginRejected(Optional.of(ANNA), LoginRefusal.WRONG_PASSWORD, NETWORK),
            "doorward.logins",
            "outcome",
            "rejected",
            "reason",
            "wrong_password",
            "source",
            "none"),
        counted(
            new LoginThrottled(NETWORK, Optional.empty(), Duration.ofSeconds(1)),
            "doorward.logins",
            "outcome",
            "throttled",
            "reason",
            "none",
            "source",
            "none"),
        counted(
            new LoginOverLimit(ANNA, 1, Optional.of("phone"), NETWORK),
            "doorward.logins",
            "outcome",
            "over_limit",
            "reason",
            "none",
            "source",
            "none"),
        counted(
            new LoginThrottled(NETWORK, Optional.of(Budget.NETWORK), Duration.ofSeconds(1)),
            "doorward.throttled.attempts",
            "budget",
            "network"),
        counted(
            new LoginThrottled(NETWORK, Optional.empty(), Duration.ofSeconds(1)),
            "doorward.throttled.attempts",
            "budget",
            "unknown"),
        counted(
            new BudgetSpent(Optional.of(ANNA), Budget.ACCOUNT, NETWORK),
            "doorward.spent.budgets",
            "budget",
            "account"),
        counted(
            new LoginUnavailable(NETWORK),
            "doorward.logins",
            "outcome",
            "unavailable",
            "reason",
            "none",
            "source",
            "none"),
        counted(
            new TokenRejected(Optional.of(ANNA), TokenRefusal.NO_SESSION),
            "doorward.refused.tokens",
            "reason",
            "no_session"),
        counted(
            new RefreshRejected(Optional.of(ANNA), RefreshRefusal.LATE),
            "doorward.refused.refreshes",
            "reason",
            "late"),
        change(
            new RefreshTokenReused(ANNA, SessionId.random(), true, false), "token_reuse", "told"),
        counted(
            new RefreshTokenReused(ANNA, SessionId.random(), false, true),
            "doorward.ended.sessions",
            "by",
            "token_reuse"),
        counted(
            new RequestRefused(Optional.empty(), RequestRefusal.CROSS_SITE, NETWORK),
            "doorward.refused.requests",
            "reason",
            "cross_site"),
        counted(
            new SignUpRefused(SignUpRefusal.DUPLICATE, NETWORK),
            "doorward.refused.changes",
            "change",
            "sign_up",
            "reason",
            "duplicate"),
        counted(
            new PasswordChangeRefused(
                Optional.of(ANNA), PasswordChangeRefusal.WRONG_PASSWORD, NETWORK),
            "doorward.refused.changes",
            "change",
            "password",
            "reason",
            "wrong_password"),
        counted(
            new NameChangeRefused(ANNA, AccountName.LOGIN_ID, NameRefusal.DUPLICATE),
            "doorward.refused.changes",
            "change",
            "login_id",
            "reason",
            "duplicate"),
        counted(
            new NameChangeRefused(ANNA, AccountName.EXTERNAL_IDENTITY, NameRefusal.FULL),
            "doorward.refused.changes",
            "change",
            "external_identity",
            "reason",
            "full"),
        change(new SignedUp(ANNA, false), "sign_up", "told"),
        change(new PasswordChanged(ANNA, true), "password", "pending"),
        change(new PasswordSet(ANNA, false), "password_set", "told"),
        change(new StatusChanged(ANNA, "DISABLED", true), "status", "pending"),
        change(new RolesChanged(ANNA, Set.of("admin"), false), "roles", "told"),
        change(new LoginIdChanged(ANNA, true), "login_id", "pending"),
        change(new LoginIdAdded(ANNA, false), "login_id_added", "told"),
        change(new LoginIdRemoved(ANNA, true), "login_id_removed", "pending"),
        change(new ExternalIdSet(ANNA), "external_id", "told"),
        change(new ExternalIdCleared(ANNA), "external_id", "told"),
        change(new IdentityLinked(ANNA, "https://id.example"), "external_identity", "told"),
        change(new IdentityUnlinked(ANNA, "https://id.example"), "external_identity", "told"),
        change(new CredentialRenewed(ANNA, false), "credential", "told"),
        change(new AccountDeleted(ANNA, true), "deletion", "pending"),
        change(new LoggedOut(ANNA, SessionId.random(), true), "logout", "pending"),
        change(new SessionsRevoked(ANNA, 3, false), "logout_all", "told"),
        change(new OldestSessionsEnded(ANNA, 2, true), "session_limit", "pending"),
        counted(
            new LoggedOut(ANNA, SessionId.random(), false),
            "doorward.ended.sessions",
            "by",
            "logout"),
        counted(
            new CacheFillSkipped(FillFailure.DROPPED),
            "doorward.skipped.fills",
            "failure",
            "dropped"),
        counted(
            new SealedValueRejected("user record"),
            "doorward.rejected.sealed.values",
            "value",
            "user record"),
        counted(
            new DriftFound(ANNA, CachedValue.CREDENTIAL, true),
            "doorward.drifted.values",
            "value",
            "credential",
            "repaired",
            "true"),
        counted(
            new BackendUnavailable("Redis", StoreException.Kind.TIMEOUT),
            "doorward.lost.backends",
            "backend",
            "Redis"),
        counted(
            FindingReported.of("Redis", Finding.warning("redis.pool", "odd", "Look")),
            "doorward.config.findings",
            "severity",
            "warning"),
        counted(new PrimaryDiscovered("a/b", false), "doorward.met.primaries", "believed", "false"),
        counted(
            new BackendFailed(Part.TOKEN_STORE, StoreException.Kind.TIMEOUT),
            "doorward.backend.failures",
            "backend",
            "token store",
            "kind",
            "timeout"));
  }

  @ParameterizedTest
  @MethodSource("countedOnce")
  void itsMeterCountsIt(AuthEvent event, String name, String... tags) {
    metrics.on(event);

    assertThat(counted(name, tags)).isOne();
    double all = registry.get(name).counters().stream().mapToDouble(each -> each.count()).sum();
    assertThat(all).isOne();
  }

  @Test
  void aServerIsUpUntilItIsLostAndAgainWhenItIsBack() {
    Gauge up = registry.get("doorward.answering.backends").tag("backend", "Redis").gauge();
    assertThat(up.value()).isOne();

    metrics.on(new BackendUnavailable("Redis", StoreException.Kind.TIMEOUT));
    assertThat(up.value()).isZero();
    metrics.on(new BackendUnavailable("PostgreSQL", StoreException.Kind.TIMEOUT));

    metrics.on(new BackendRecovered("Redis", Duration.ofSeconds(4)));
    assertThat(up.value()).isOne();
    assertThat(
            registry
                .get("doorward.backend.outages")
                .tag("backend", "Redis")
                .timer()
                .totalTime(TimeUnit.SECONDS))
        .isEqualTo(4);
  }

  @Test
  void whatAnEventHasManyOfIsAddedUp() {
    metrics.on(new InvalidationsRelayed(5, 2));
    metrics.on(new CleanedUp(7, 8, 9));
    metrics.on(new SessionsRevoked(ANNA, 3, false));
    metrics.on(new OldestSessionsEnded(ANNA, 2, false));

    assertThat(counted("doorward.relayed.invalidations", "outcome", "delivered")).isEqualTo(5);
    assertThat(counted("doorward.relayed.invalidations", "outcome", "failed")).isEqualTo(2);
    assertThat(counted("doorward.cleaned.rows", "rows", "sessions")).isEqualTo(7);
    assertThat(counted("doorward.cleaned.rows", "rows", "outbox")).isEqualTo(8);
    assertThat(counted("doorward.cleaned.rows", "rows", "operations")).isEqualTo(9);
    assertThat(counted("doorward.ended.sessions", "by", "logout_all")).isEqualTo(3);
    assertThat(counted("doorward.ended.sessions", "by", "session_limit")).isEqualTo(2);
  }

  @Test
  void noCounterGoesBack() {
    metrics.on(new CleanedUp(7, 0, 0));
    metrics.on(new CleanedUp(-5, 0, 0));

    assertThat(counted("doorward.cleaned.rows", "rows", "sessions")).isEqualTo(7);
  }

  @Test
  void thePartsOfALoginAreTimed() {
    metrics.on(
        success(Map.of(Step.HASHING, Duration.ofMillis(70), Step.SESSION, Duration.ofMillis(3))));
    metrics.on(success(Map.of(Step.HASHING, Duration.ofMillis(80))));

    assertThat(registry.get("doorward.login.step").tag("step", "hashing").timer())
        .satisfies(
            timer -> {
              assertThat(timer.count()).isEqualTo(2);
              assertThat(timer.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(150);
            });
    assertThat(registry.get("doorward.login.step").tag("step", "session").timer().count()).isOne();
    assertThat(registry.get("doorward.login.step").tag("step", "throttle").timer().count())
        .isZero();
  }

  @Test
  void aBacklogIsShownUntilItIsNotReportedAnyMore() {
    assertThat(gauge("doorward.pending.invalidations")).isZero();
    metrics.on(new InvalidationBacklog(12, Duration.ofMinutes(2)));
    assertThat(gauge("doorward.pending.invalidations")).isEqualTo(12);
    assertThat(age()).isEqualTo(120);

    clock.add(Duration.ofSeconds(61));
    metrics.on(new InvalidationBacklog(7, Duration.ofMinutes(3)));
    clock.add(Duration.ofSeconds(149));
    assertThat(gauge("doorward.pending.invalidations")).isEqualTo(7);
    assertThat(age()).isEqualTo(180);

    clock.add(Duration.ofSeconds(1));
    assertThat(gauge("doorward.pending.invalidations")).isZero();
    assertThat(age()).isZero();
  }

  @Test
  void whateverEventsHoldTheRegistryDoesNotGrow() {
    EventSamples.all("one").forEach(metrics::on);
    long meters = registry.getMeters().size();
    for (int i = 0; i < 1_000; i++) {
      EventSamples.all("hostile " + i + "\n\u202e" + "x".repeat(100)).forEach(metrics::on);
      metrics.on(new LoginSucceededElsewhere("hostile " + i));
    }

    // One backend that is not known, and one type of event that is not.
    assertThat(registry.getMeters()).hasSizeLessThanOrEqualTo((int) meters + 2);
    assertThat(registry.getMeters())
        .flatExtracting(meter -> meter.getId().getTags())
        .extracting(Tag::getValue)
        .allMatch(value -> value.matches("[a-z_-]+( [a-z]+)*|[A-Z][A-Za-z]+"))
        .noneMatch(value -> value.contains("hostile"));
  }

  @Test
  void noTagSaysWhoOrFromWhere() {
    EventSamples.all("192.0.2.7").forEach(metrics::on);
    metrics.on(new LoginRejected(Optional.of(ANNA), LoginRefusal.NOT_ACTIVE, NETWORK));

    assertThat(registry.getMeters())
        .flatExtracting(meter -> meter.getId().getTags())
        .extracting(Tag::getKey)
        .containsOnly(
            "backend",
            "believed",
            "budget",
            "by",
            "cache",
            "change",
            "event",
            "failure",
            "kind",
            "level",
            "outcome",
            "reason",
            "repaired",
            "rows",
            "severity",
            "source",
            "step",
            "value");
  }

  @Test
  void everyMeterHasADescriptionAndTheUnitThatItsNameEndsIn() {
    EventSamples.all("text").forEach(metrics::on);

    assertThat(registry.getMeters())
        .allSatisfy(
            meter -> {
              assertThat(meter.getId().getName()).startsWith("doorward.");
              assertThat(meter.getId().getDescription()).isNotBlank();
              assertThat(meter.getId().getBaseUnit()).isNotBlank();
              if (meter.getId().getType() == Meter.Type.COUNTER) {
                assertThat(meter.getId().getName()).endsWith("." + meter.getId().getBaseUnit());
              }
            });
  }

  @Test
  void whatCanBeToldBeforehandIsThereFromTheStart() {
    assertThat(registry.getMeters().stream().map(meter -> meter.getId().getName()).distinct())
        .contains(
            "doorward.events",
            "doorward.logins",
            "doorward.login.step",
            "doorward.throttled.attempts",
            "doorward.refused.tokens",
            "doorward.refused.refreshes",
            "doorward.refused.requests",
            "doorward.refused.changes",
            "doorward.changes",
            "doorward.ended.sessions",
            "doorward.skipped.fills",
            "doorward.rejected.sealed.values",
            "doorward.drifted.values",
            "doorward.met.primaries",
            "doorward.answering.backends",
            "doorward.lost.backends",
            "doorward.backend.outages",
            "doorward.config.findings",
            "doorward.relayed.invalidations",
            "doorward.cleaned.rows",
            "doorward.pending.invalidations",
            "doorward.oldest.invalidation");
    assertThat(counted("doorward.rejected.sealed.values", "value", "session")).isZero();
  }

  @Test
  void theBackendsThatTheDocumentationListsAreKnown() throws IOException {
    String page = Files.readString(Path.of("../docs/events.md"));
    Matcher row = Pattern.compile("(?m)^\\| `BackendFailed\\(.*$").matcher(page);
    assertThat(row.find()).isTrue();
    String names = row.group().substring(row.group().indexOf("could not answer"));
    List<String> backends =
        Pattern.compile("`([a-z][a-z -]+)`").matcher(names).results().map(m -> m.group(1)).toList();

    assertThat(backends)
        .containsExactly(Stream.of(Part.values()).map(Part::text).toArray(String[]::new));
    for (Part part : Part.values()) {
      metrics.on(new BackendFailed(part, StoreException.Kind.REFUSED));
      assertThat(counted("doorward.backend.failures", "backend", part.text(), "kind", "refused"))
          .isOne();
    }
  }

  @Test
  void theDocumentationListsEveryMeterAndTag() throws IOException {
    String page = Files.readString(Path.of("../docs/metrics.md"));
    EventSamples.all("text").forEach(metrics::on);

    for (Meter meter : registry.getMeters()) {
      Matcher row =
          Pattern.compile("(?m)^\\| `" + Pattern.quote(meter.getId().getName()) + "`.*$")
              .matcher(page);
      assertThat(row.find()).as("%s is on the page", meter.getId().getName()).isTrue();
      for (Tag tag : meter.getId().getTags()) {
        assertThat(row.group()).contains("`" + tag.getKey() + "`");
      }
    }
  }

  @Test
  void sixteenThreadsAreCountedExactly() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads =
        IntStream.range(0, 16)
            .mapToObj(
                i ->
                    new Thread(
                        () -> {
                          try {
                            go.await();
                            for (int n = 0; n < 500; n++) {
                              metrics.on(new LoginUnavailable(NETWORK));
                            }
                          } catch (InterruptedException | RuntimeException e) {
                            failure.set(e);
                          }
                        }))
            .toList();
    threads.forEach(Thread::start);
    go.countDown();
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(failure).hasNullValue();
    assertThat(
            counted(
                "doorward.logins", "outcome", "unavailable", "reason", "none", "source", "none"))
        .isEqualTo(8_000);
  }

  @Test
  void aRegistryIsRequired() {
    assertThatThrownBy(() -> AuthMetrics.of(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("registry");
  }

  private static LoginSucceeded success(Map<Step, Duration> timings) {
    return new LoginSucceeded(ANNA, SessionId.random(), NETWORK, Source.DATABASE, timings);
  }

  private static Arguments counted(AuthEvent event, String name, String... tags) {
    return Arguments.of(event, name, tags);
  }

  private static Arguments change(AuthEvent event, String change, String cache) {
    return counted(event, "doorward.changes", "change", change, "cache", cache);
  }

  private double counted(String name, String... tags) {
    return registry.get(name).tags(tags).counter().count();
  }

  private double gauge(String name) {
    return registry.get(name).gauge().value();
  }

  private double age() {
    return registry.get("doorward.oldest.invalidation").timeGauge().value(TimeUnit.SECONDS);
  }
}
