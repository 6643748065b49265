package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Redis has no memory left: it reads and deletes. What is ended meanwhile is over on every node at
 * once, and stays over when there is memory again.
 */
@ParameterizedClass
@EnumSource(names = {"IN_REDIS", "DURABLE"})
class FullRedisIT {
  private static final CheckResult REJECTED = new CheckResult.Rejected();

  private static Application application;
  private static Node here;
  private static Node there;

  @Parameter Sessions sessions;

  private final Person alice = Person.random();
  private AccountId account;
  private LoginResult.Success login;

  @BeforeParameterizedClassInvocation
  static void start(Sessions where) {
    application = Application.on(TestPostgres.shared(), OwnServers.redis(), where);
    here = application.node();
    there = application.node(budget());
  }

  @AfterParameterizedClassInvocation
  static void end() {
    application.close();
  }

  private static Application.Setup budget() {
    return new Application.Setup().budgets(Application.budgets(3, Duration.ofMinutes(5)));
  }

  @BeforeEach
  void exhaust() {
    account = here.signedUp(alice);
    here.changeRoles(account, Set.of("admin"), Set.of());
    login = here.loggedIn(alice);
    there.loggedIn(alice);
    assertThat(here.checked(login.token()).roles()).contains("admin");
    assertThat(there.checked(login.token()).roles()).contains("admin");
    OwnServers.redis().exhaustMemory();
  }

  @AfterEach
  void heal() {
    OwnServers.redis().heal();
  }

  private void assertOver() {
    assertThat(here.check(login.token())).as("on the node that ended it").isEqualTo(REJECTED);
    assertThat(there.check(login.token())).as("on the other node").isEqualTo(REJECTED);
    OwnServers.redis().heal();
    assertThat(here.check(login.token())).as("with memory again").isEqualTo(REJECTED);
    assertThat(there.check(login.token())).as("with memory again").isEqualTo(REJECTED);
  }

  @Test
  void checksGoOn() {
    assertThat(here.checked(login.token()).roles()).contains("admin");
    assertThat(there.checked(login.token()).roles()).contains("admin");
  }

  @Test
  void logoutEndsTheSession() {
    assertThat(here.logout(login.token())).isEqualTo(new LogoutResult.Done(1, false));

    assertOver();
  }

  @Test
  void logoutOfAllEndsEverySession() {
    assertThat(here.logoutAll(account)).isEqualTo(new LogoutResult.Done(2, false));

    assertOver();
  }

  @Test
  void aRoleThatIsTakenIsGoneAndTheSessionLivesOn() {
    assertThat(here.changeRoles(account, Set.of(), Set.of("admin")))
        .isInstanceOfSatisfying(
            RoleChangeResult.Changed.class,
            changed -> assertThat(changed.cachePending()).isFalse());

    assertThat(here.checked(login.token()).roles()).isEmpty();
    assertThat(there.checked(login.token()).roles()).isEmpty();
    OwnServers.redis().heal();
    assertThat(there.checked(login.token()).roles()).isEmpty();
  }

  @Test
  void aDisabledAccountIsOut() {
    assertThat(
            here.service().admin().changeStatus(account, AccountStatus.DISABLED, here.deadline()))
        .isInstanceOfSatisfying(
            AccountChangeResult.Changed.class,
            changed -> assertThat(changed.cachePending()).isFalse());

    assertThat(there.login(alice)).isInstanceOf(LoginResult.Rejected.class);
    assertOver();
    assertThat(there.login(alice)).isInstanceOf(LoginResult.Rejected.class);
  }

  @Test
  void aDeletedAccountIsOut() {
    assertThat(here.service().admin().deleteAccount(account, here.deadline()))
        .isInstanceOfSatisfying(
            AccountChangeResult.Changed.class,
            changed -> assertThat(changed.cachePending()).isFalse());

    assertThat(there.login(alice)).isInstanceOf(LoginResult.Rejected.class);
    assertOver();
  }

  @Test
  void aChangedPasswordEndsSessionsAndTheOldPassword() {
    Person renewed = alice.with(TestSecrets.newPassword());

    PasswordChangeResult result = here.changePassword(login.principal(), alice, renewed.password());

    assertThat(result)
        .isInstanceOfSatisfying(
            PasswordChangeResult.Changed.class,
            changed -> assertThat(changed.cachePending()).isFalse());
    assertThat(there.login(alice)).isInstanceOf(LoginResult.Rejected.class);
    assertOver();
    assertThat(there.login(alice)).isInstanceOf(LoginResult.Rejected.class);
    there.loggedIn(renewed);
  }

  @Test
  void guessesStayWithinTheBudget() {
    int rejected = 0;
    for (int i = 0; i < 6; i++) {
      if (there.login(alice.guessing()) instanceof LoginResult.Rejected) {
        rejected++;
      }
    }

    assertThat(rejected).isEqualTo(3);
    assertThat(there.login(alice)).isInstanceOf(LoginResult.Throttled.class);
  }
}
