package io.doorward.auth.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.Budgets;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.throttle.AttemptBudgets;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** What a real service, over stores in memory, lets the meters show. */
class ServiceMetricsTest {
  private static final LoginId ADA = LoginId.email("ada@example.org");
  private static final Password RIGHT = Password.of("a long enough pass phrase");
  private static final Password WRONG = Password.of("another long pass phrase");
  private static final Duration WAIT = Duration.ofMinutes(1);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void everyAnswerToALoginIsCountedAndARefusedChangeIsNone() {
    InstantSource clock = InstantSource.system();
    AccountStore accounts = AccountStore.inMemory(clock);
    try (AuthService auth =
        AuthService.builder(accounts, TokenStore.inMemory(accounts, clock), KeyRing.ephemeral())
            .budgets(
                Budgets.defaults().withAttempts(new AttemptBudgets(2, WAIT, WAIT, 50, WAIT, WAIT)))
            .listener(AuthMetrics.of(registry))
            .build()) {
      auth.signUp(new SignUp(ADA, RIGHT, ClientContext.unknown()), soon());
      auth.signUp(new SignUp(ADA, RIGHT, ClientContext.unknown()), soon());
      LoginResult.Success success = (LoginResult.Success) login(auth, RIGHT);
      auth.changePassword(
          new PasswordChange(success.principal(), WRONG, RIGHT, ClientContext.unknown()), soon());
      login(auth, WRONG);
      login(auth, RIGHT);
      auth.logout(success.token(), soon());
      auth.check(success.token(), soon());
    }

    assertThat(logins("accepted")).isOne();
    assertThat(logins("rejected")).isOne();
    assertThat(logins("throttled")).isOne();
    assertThat(count("doorward.throttled.attempts", "budget", "account")).isOne();
    assertThat(count("doorward.changes", "change", "sign_up", "cache", "told")).isOne();
    assertThat(count("doorward.refused.changes", "change", "sign_up", "reason", "duplicate"))
        .isOne();
    assertThat(count("doorward.refused.changes", "change", "password", "reason", "wrong_password"))
        .isOne();
    assertThat(count("doorward.ended.sessions", "by", "logout")).isOne();
    assertThat(count("doorward.refused.tokens", "reason", "no_session")).isOne();
    assertThat(registry.get("doorward.login.step").tag("step", "hashing").timer().count()).isOne();
  }

  private static LoginResult login(AuthService auth, Password password) {
    return auth.login(new LoginAttempt(ADA, password, ClientContext.unknown()), soon());
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  private double logins(String outcome) {
    return registry.get("doorward.logins").tag("outcome", outcome).counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  private double count(String name, String... tags) {
    return registry.get(name).tags(tags).counter().count();
  }
}
