package io.doorward.auth.engine.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendHealth;
import io.doorward.auth.backend.BreakerPolicy;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.backend.DegradationTable;
import io.doorward.auth.backend.DegradationTable.Assembly;
import io.doorward.auth.backend.DegradationTable.SessionLocation;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.backend.StartPolicy;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AuditLog;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.key.KeyRing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

class ConfigCheckTest {
  private static final Finding EVICTS =
      Finding.warning("redis.eviction", "it evicts", "Set noeviction");
  private static final Finding NO_SCHEMA =
      Finding.refusal("postgresql.schema", "no tables", "Migrate");
  private static final KeyRing KEYS =
      KeyRing.ofSecret(
          "k1",
          "a-text-that-is-long-enough-to-hold-256-random-bits".getBytes(StandardCharsets.UTF_8));

  private final HandClock time = new HandClock();
  private final Events events = new Events();
  private final AccountStore accounts = AccountStore.inMemory(time);
  private final Server redis = new Server("Redis");
  private final Server database = new Server("PostgreSQL");

  @Test
  void aWarningIsToldOnceAndDoesNotStopTheStart() {
    redis.findings = List.of(EVICTS);

    ConfigCheck configCheck = started(StartPolicy.defaults());
    configCheck.inspect(soon());

    assertThat(events.all()).containsExactly(ServiceEvent.FindingReported.of("Redis", EVICTS));
    assertThat(configCheck.health().findings()).containsExactly(EVICTS);
    assertThat(configCheck.health().isUp()).isTrue();
  }

  @Test
  void aRefusalStopsTheStartAndSaysWhatToDo() {
    database.findings = List.of(NO_SCHEMA);

    assertThatIllegalStateException()
        .isThrownBy(() -> started(StartPolicy.defaults()))
        .withMessage("Doorward does not start. postgresql.schema: no tables. Migrate.");
  }

  @Test
  void aRefusalThatIsToleratedOnlyWarns() {
    database.findings = List.of(NO_SCHEMA);

    ConfigCheck configCheck = started(StartPolicy.defaults().tolerating("postgresql.schema"));

    assertThat(configCheck.health().findings())
        .extracting(Finding::severity)
        .containsExactly(Finding.Severity.WARNING);
  }

  @Test
  void aServerThatIsAwayIsLookedAtWhenItIsBack() {
    database.failure = Kind.UNREACHABLE;
    ConfigCheck configCheck = started(StartPolicy.defaults());
    configCheck.lookAgain();
    assertThat(configCheck.health().findings()).isEmpty();

    database.failure = null;
    database.findings = List.of(NO_SCHEMA);
    configCheck.lookAgain();

    assertThat(configCheck.health().findings()).containsExactly(NO_SCHEMA);
    assertThat(configCheck.health().isUp()).isFalse();
    configCheck.lookAgain();
    assertThat(events.all())
        .containsExactly(ServiceEvent.FindingReported.of("PostgreSQL", NO_SCHEMA));

    database.findings = List.of();
    configCheck.lookAgain();
    assertThat(configCheck.health().isUp()).as("once somebody has mended it").isTrue();
  }

  @Test
  void aServerThatLetsNobodyInDoesNotServeWhoRequiresIt() {
    redis.failure = Kind.MISCONFIGURED;

    assertThatIllegalStateException()
        .isThrownBy(() -> started(StartPolicy.defaults().requiringServers()))
        .withMessageContaining("Redis answers, but does not serve (on purpose). Mend that");

    redis.failure = null;
    assertThatCode(() -> started(StartPolicy.defaults().requiringServers()))
        .doesNotThrowAnyException();
  }

  @Test
  void aServerThatWasLookedAtIsLeftInPeace() {
    ConfigCheck configCheck = started(StartPolicy.defaults());

    configCheck.lookAgain();
    configCheck.lookAgain();

    assertThat(redis.looks).isEqualTo(1);
    assertThat(database.looks).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"MISCONFIGURED", "NEWER_FORMAT"})
  void aRequiredServerThatIsNotUpYetIsTriedAgain(Kind failure) {
    database.failure = failure;
    database.isUpAtLook = 3;

    started(StartPolicy.defaults().waiting(Duration.ofMinutes(1)).requiringServers());

    assertThat(database.looks).isEqualTo(3);
    assertThat(redis.looks).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"MISCONFIGURED", "NEWER_FORMAT"})
  void aRequiredServerThatHasToBeMendedIsNotWaitedFor(Kind failure) {
    database.failure = failure;

    assertThatIllegalStateException()
        .isThrownBy(
            () -> started(StartPolicy.defaults().waiting(Duration.ofMinutes(1)).requiringServers()))
        .withMessageContaining("PostgreSQL answers, but does not serve (on purpose)");
    assertThat(database.looks).isEqualTo(1);
  }

  @Test
  void aRequiredServerThatStaysAwayIsGivenUpWithTheFirstReason() {
    database.failure = Kind.REFUSED;

    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                started(StartPolicy.defaults().waiting(Duration.ofMillis(300)).requiringServers()))
        .withMessageContaining("PostgreSQL answers, but does not serve (on purpose)");
    assertThat(database.looks).isGreaterThan(1);
  }

  @Test
  void aServerThatIsNotRequiredIsNotWaitedFor() {
    database.failure = Kind.UNREACHABLE;

    started(StartPolicy.defaults().waiting(Duration.ofMinutes(1)));

    assertThat(database.looks).isEqualTo(1);
  }

  @Test
  void aServerThatIsRequiredStopsTheStartWhileItIsAway() {
    redis.failure = Kind.TIMEOUT;

    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                started(StartPolicy.defaults().waiting(Duration.ofMillis(300)).requiringServers()))
        .withMessageStartingWith("Doorward does not start. Redis does not answer (on purpose). ");
  }

  @Test
  void aStartWithoutPatienceAsksNobody() {
    redis.failure = Kind.TIMEOUT;

    ConfigCheck configCheck = started(StartPolicy.defaults().waiting(Duration.ZERO));

    assertThat(redis.looks + database.looks).isZero();
    configCheck.lookAgain();
    assertThat(redis.looks + database.looks).isEqualTo(2);
  }

  @Test
  void aServerThatLetsNobodyInIsAFinding() {
    redis.failure = Kind.MISCONFIGURED;

    assertThat(started(StartPolicy.defaults()).health().findings())
        .extracting(Finding::code, Finding::severity)
        .containsExactly(tuple("redis.access", Finding.Severity.WARNING));
  }

  @Test
  void aServerThatRefusesIsNotSaidToBeSilent() {
    redis.failure = Kind.MISCONFIGURED;
    database.failure = Kind.REFUSED;

    assertThat(logged(() -> started(StartPolicy.defaults())))
        .containsExactly(
            "redis.access: on purpose. Until this is mended the server counts as away.",
            "PostgreSQL answers, but does not serve (on purpose); what needs it is unavailable"
                + " until it does");
  }

  @Test
  void aServerThatIsSilentIsNamedWithTheReason() {
    redis.failure = Kind.UNREACHABLE;

    assertThat(logged(() -> started(StartPolicy.defaults())))
        .containsExactly(
            "Redis does not answer (on purpose); what needs it is unavailable until it does");
    assertThat(logged(redis::fail))
        .containsExactly(
            "Redis does not answer, its circuit breaker is open: UNREACHABLE, on purpose");
  }

  /** Runs something and returns what it warns of. */
  private static List<String> logged(Runnable run) {
    Logger logger = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    Level before = logger.getLevel();
    appender.start();
    logger.addAppender(appender);
    logger.setLevel(Level.WARN);
    try {
      run.run();
    } finally {
      logger.setLevel(before);
      logger.detachAppender(appender);
    }
    return appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void aFindingIsLoggedOnceAlsoBesideAnAuditLog() {
    redis.findings = List.of(EVICTS);

    assertThat(
            logged(
                () ->
                    new ConfigCheck(
                            List.of(redis.backend),
                            KEYS,
                            StartPolicy.defaults(),
                            table(),
                            accounts,
                            AuditLog.create())
                        .atStart()))
        .containsExactly(EVICTS.toString());
  }

  @Test
  void keysThatEndWithTheProcessAreAFinding() {
    ConfigCheck configCheck =
        new ConfigCheck(
            List.of(), KeyRing.ephemeral(), StartPolicy.defaults(), table(), accounts, events);
    configCheck.atStart();

    assertThat(configCheck.health().findings())
        .extracting(Finding::code)
        .containsExactly("keys.ephemeral");
    assertThat(events.of(ServiceEvent.FindingReported.class)).hasSize(1);
  }

  @Test
  void aServerThatIsLostAndFoundAgainIsLookedAtAnew() {
    ConfigCheck configCheck = started(StartPolicy.defaults());
    redis.failure = Kind.UNREACHABLE;
    redis.fail();

    assertThat(configCheck.health().isUp()).isFalse();
    assertThat(configCheck.health().backends())
        .extracting(BackendHealth::state)
        .containsExactly(BackendHealth.State.LOST, BackendHealth.State.UP);
    assertThat(events.all())
        .containsExactly(new ServiceEvent.BackendUnavailable("Redis", Kind.UNREACHABLE));

    events.forget();
    time.advance(Duration.ofSeconds(2));
    redis.failure = null;
    redis.findings = List.of(EVICTS);
    configCheck.lookAgain();
    configCheck.lookAgain();

    assertThat(events.all())
        .containsExactlyInAnyOrder(
            new ServiceEvent.BackendRecovered("Redis", Duration.ofSeconds(2)),
            ServiceEvent.FindingReported.of("Redis", EVICTS));
    assertThat(configCheck.health().isUp()).isTrue();
  }

  @Test
  void aServiceThatIsClosedHearsNoMoreOfItsServers() {
    ConfigCheck configCheck = started(StartPolicy.defaults());
    configCheck.close();
    redis.failure = Kind.UNREACHABLE;

    redis.fail();

    assertThat(events.all()).isEmpty();
    assertThatCode(configCheck::close).doesNotThrowAnyException();
  }

  private ConfigCheck started(StartPolicy start) {
    ConfigCheck configCheck =
        new ConfigCheck(
            List.of(redis.backend, database.backend), KEYS, start, table(), accounts, events);
    configCheck.atStart();
    return configCheck;
  }

  private static DegradationTable table() {
    return DegradationTable.of(
        new Assembly(
            SessionLocation.REDIS, true, true, Degradation.defaults(), StartPolicy.defaults()));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(5));
  }

  /** A backend that answers looks as the test says. */
  private final class Server {
    private final Backend backend;
    private List<Finding> findings = List.of();
    private @Nullable Kind failure;
    private int looks;
    private int isUpAtLook = Integer.MAX_VALUE;

    Server(String name) {
      this.backend = Backend.of(name, BreakerPolicy.defaults(), this::look, time);
    }

    private List<Finding> look(Deadline deadline) {
      looks++;
      if (looks >= isUpAtLook) {
        failure = null;
      }
      return backend.call(deadline, given -> answer());
    }

    private List<Finding> answer() {
      if (failure != null) {
        throw new StoreException(failure, "on purpose");
      }
      return findings;
    }

    /** Calls until it is left alone. */
    void fail() {
      while (!backend.isLost()) {
        try {
          backend.call(soon(), given -> answer());
        } catch (StoreException e) {
          assertThat(e.kind()).isEqualTo(failure);
        }
      }
    }
  }
}
