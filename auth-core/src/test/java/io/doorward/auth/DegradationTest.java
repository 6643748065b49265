package io.doorward.auth;

import static io.doorward.auth.fixture.Fixtures.NEXT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.WRONG;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.backend.DegradationTable;
import io.doorward.auth.backend.DegradationTable.Behaviour;
import io.doorward.auth.backend.DegradationTable.Operation;
import io.doorward.auth.backend.DegradationTable.Outage;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is chosen for an outage happens in it, and only then. */
class DegradationTest {
  private static final Degradation DEFAULTS = Degradation.defaults();

  @Test
  void aServiceShowsItsTable() {
    try (Machine machine = new Machine(it -> it.degradation(DEFAULTS))) {
      DegradationTable table = machine.service.operations().health().degradation();

      assertThat(table.behaviour(Operation.LOGIN_CACHED, Outage.DATABASE))
          .isEqualTo(Behaviour.FROM_CACHE);
      assertThat(table.behaviour(Operation.CHECK, Outage.BOTH)).isEqualTo(Behaviour.WORKS);
    }
  }

  @Test
  void loginsWithoutTheCacheGoOnUnlessThatIsRefused() {
    try (Machine patient = new Machine();
        Machine strict = new Machine(it -> it.degradation(DEFAULTS.refusingLoginsWithoutRedis()))) {
      patient.signUp();
      strict.signUp();
      assertThat(strict.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
      patient.toCache.cut();
      strict.toCache.cut();

      assertThat(patient.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
      assertThat(patient.login(WRONG)).isInstanceOf(LoginResult.Rejected.class);
      assertThat(strict.login(RIGHT)).isInstanceOf(LoginResult.Unavailable.class);
      assertThat(strict.login(WRONG)).isInstanceOf(LoginResult.Unavailable.class);
    }
  }

  @Test
  void whatIsCachedIsBelievedWithoutTheDatabaseUnlessThatIsRefused() {
    try (Machine patient = new Machine();
        Machine strict =
            new Machine(it -> it.degradation(DEFAULTS.refusingLoginsWithoutDatabase()))) {
      patient.signUp();
      strict.signUp();
      assertThat(strict.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
      patient.toAccounts.cut();
      strict.toAccounts.cut();

      assertThat(patient.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
      assertThat(strict.login(RIGHT)).isInstanceOf(LoginResult.Unavailable.class);
      assertThat(strict.login(WRONG)).isInstanceOf(LoginResult.Unavailable.class);
    }
  }

  @Test
  void attemptsAreCountedLocallyWithoutTheLimiterUnlessThatIsRefused() {
    try (Machine patient = new Machine();
        Machine strict =
            new Machine(it -> it.degradation(DEFAULTS.refusingLoginsWithoutLimiter()))) {
      patient.signUp();
      strict.signUp();
      assertThat(strict.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
      patient.toLimiter.cut();
      strict.toLimiter.cut();

      for (int i = 0; i < 5; i++) {
        assertThat(patient.login(WRONG)).isInstanceOf(LoginResult.Rejected.class);
      }
      assertThat(patient.login(RIGHT)).isInstanceOf(LoginResult.Throttled.class);
      int hashed = strict.hasher.compared();
      assertThat(strict.login(RIGHT)).isInstanceOf(LoginResult.Unavailable.class);
      assertThat(strict.login(WRONG)).isInstanceOf(LoginResult.Unavailable.class);
      assertThat(strict.hasher.compared()).isEqualTo(hashed);
    }
  }

  @Test
  void aCheckThatNobodyAnswersIsUnavailable() {
    try (Machine machine = new Machine()) {
      machine.signUp();
      LoginResult.Success session = machine.enter(RIGHT);
      machine.toTokens.cut();

      assertThat(machine.check(session)).isInstanceOf(CheckResult.Unavailable.class);
    }
  }

  @Test
  void aCheckThatNobodyAnswersIsUnverifiedByChoiceForAYoungToken() {
    try (Machine machine =
        new Machine(it -> it.degradation(DEFAULTS.allowingUnverified(Duration.ofMinutes(1))))) {
      machine.signUp();
      LoginResult.Success session = machine.enter(RIGHT);
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
      machine.toTokens.cut();

      machine.clock.advance(Duration.ofSeconds(59));
      assertThat(machine.check(session))
          .isEqualTo(
              new CheckResult.Unverified(
                  session.principal().account(), session.principal().session().id()));
      machine.clock.advance(Duration.ofSeconds(1));
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Unavailable.class);
    }
  }

  @Test
  void aRevokedSessionIsRejectedAsSoonAsSomebodyAnswersAgain() {
    try (Machine machine =
        new Machine(it -> it.degradation(DEFAULTS.allowingUnverified(Duration.ofMinutes(1))))) {
      machine.signUp();
      LoginResult.Success session = machine.enter(RIGHT);
      machine.service.logout(session.token(), soon());
      machine.toTokens.cut();
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Unverified.class);
      machine.toTokens.mend();

      assertThat(machine.check(session)).isInstanceOf(CheckResult.Rejected.class);
    }
  }

  @Test
  void aCheckThatOnlyThisNodeHasNoRoomForIsNotPresumed() {
    try (Machine machine =
        new Machine(it -> it.degradation(DEFAULTS.allowingUnverified(Duration.ofMinutes(1))))) {
      machine.signUp();
      LoginResult.Success session = machine.enter(RIGHT);
      machine.toTokens.cut("find", StoreException.Kind.OVERLOADED);

      assertThat(machine.check(session)).isInstanceOf(CheckResult.Unavailable.class);
    }
  }

  @Test
  void aSessionThatOnlyANewerVersionKnowsIsNotPresumed() {
    try (Machine machine =
        new Machine(it -> it.degradation(DEFAULTS.allowingUnverified(Duration.ofMinutes(1))))) {
      machine.signUp();
      LoginResult.Success session = machine.enter(RIGHT);
      machine.toTokens.cut("find", StoreException.Kind.NEWER_FORMAT);

      assertThat(machine.check(session)).isInstanceOf(CheckResult.Unavailable.class);
    }
  }

  @Test
  void aTokenThatIsNotGenuineIsNeverPresumed() {
    try (Machine machine =
            new Machine(it -> it.degradation(DEFAULTS.allowingUnverified(Duration.ofMinutes(1))));
        Machine other = new Machine()) {
      other.signUp();
      LoginResult.Success foreign = other.enter(RIGHT);
      machine.toTokens.cut();

      assertThat(machine.check(foreign)).isInstanceOf(CheckResult.Rejected.class);
    }
  }

  @Test
  void changesWithoutTheCacheArePendingUnlessThatIsRefused() {
    try (Machine patient = new Machine();
        Machine strict =
            new Machine(it -> it.degradation(DEFAULTS.refusingChangesWithoutRedis()))) {
      patient.signUp();
      strict.signUp();
      LoginResult.Success pending = patient.enter(RIGHT);
      LoginResult.Success refused = strict.enter(RIGHT);
      patient.toCache.cut();
      strict.toCache.cut();

      assertThat(patient.change(pending, RIGHT, NEXT))
          .isInstanceOfSatisfying(
              PasswordChangeResult.Changed.class, it -> assertThat(it.cachePending()).isTrue());
      assertThat(strict.change(refused, RIGHT, NEXT))
          .isInstanceOf(PasswordChangeResult.Unavailable.class);
    }
  }
}
