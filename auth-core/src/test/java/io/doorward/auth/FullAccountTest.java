package io.doorward.auth;

import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Sessions.HostLogin;
import io.doorward.auth.Sessions.SessionListResult;
import io.doorward.auth.event.AccessEvent.LoginOverLimit;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.login.LoginResult.Success;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionLimits.WhenFull;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.SessionPolicy;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An account that may have one session, and refuses another one. */
class FullAccountTest {
  private static final LoginResult FULL = new LoginResult.TooManySessions(1, Optional.empty());
  private static final SessionLimits ONE =
      SessionLimits.defaults().withPerAccount(1).withWhenFull(WhenFull.REFUSE);

  private final Machine machine =
      new Machine(it -> it.sessionPolicy(SessionPolicy.defaults().withLimits(ONE)));

  @BeforeEach
  void signUp() {
    machine.signUp();
  }

  @AfterEach
  void close() {
    machine.close();
  }

  private SessionListResult.Listed listed() {
    return (SessionListResult.Listed)
        machine.service.sessions().list(machine.anna().account(), soon());
  }

  @Test
  void aLoginIsRefusedAndReportedAndOpensNothing() {
    Success only = machine.enter(RIGHT);

    assertThat(machine.login(RIGHT)).isEqualTo(FULL);

    assertThat(machine.events.of(LoginOverLimit.class))
        .containsExactly(
            new LoginOverLimit(machine.anna().account(), 1, Optional.empty(), CLIENT.network()));
    assertThat(listed().live()).containsExactly(only.principal().session());
    assertThat(listed().ended()).isEmpty();
  }

  @Test
  void refusedLoginsWithTheRightPasswordAreNoFailures() {
    machine.enter(RIGHT);

    for (int i = 0; i < 30; i++) {
      assertThat(machine.login(RIGHT)).isEqualTo(FULL);
    }
  }

  @Test
  void aLoginOfTheHostIsRefusedAsWell() {
    machine.enter(RIGHT);
    HostLogin login =
        new HostLogin(machine.anna().account(), Set.of("hwk"), CLIENT, SessionOptions.cookie());

    assertThat(machine.service.sessions().open(login, soon())).isEqualTo(FULL);

    assertThat(machine.events.of(LoginOverLimit.class)).hasSize(1);
  }

  @Test
  void aLoginWhoseAnswerWasLostKeepsNoPlace() {
    machine.toTokens.loseAnswers("create", 1);
    assertThat(machine.login(RIGHT)).isInstanceOf(LoginResult.Unavailable.class);
    assertThat(listed().live()).hasSize(1);

    machine.background.runAll();

    assertThat(listed().live()).isEmpty();
    assertThat(machine.login(RIGHT)).isInstanceOf(Success.class);
  }
}
