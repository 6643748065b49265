package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.Recovery.PasswordSetResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Changes on a node to which Redis has stopped answering, while another node still gets answers and
 * has everything cached.
 */
@ParameterizedClass
@EnumSource(Sessions.class)
class HastyChangeIT {
  @Parameter Sessions sessions;

  private Application application;
  private FaultProxy proxy;
  private Node cutOff;
  private Node there;
  private Person alice;
  private AccountId account;
  private LoginResult.Success login;

  @BeforeEach
  void start() {
    TestRedis redis = TestRedis.shared();
    application = Application.shared(sessions);
    proxy = FaultProxy.to(redis.host(), redis.port());
    cutOff =
        application.node(
            new Application.Setup()
                .redisBehind(proxy.host(), proxy.port())
                .realTimeouts(Duration.ofSeconds(2)));
    there = application.node();
    alice = Person.random();
    account = there.signedUp(alice);
    login = there.loggedIn(alice);
    there.checked(login.token());
    proxy.blackHole();
  }

  @AfterEach
  void end() {
    application.close();
    proxy.close();
  }

  @Test
  void aPasswordChangeIsDoneInTimeAndAnotherNodeFinishesIt() {
    Person renewed = alice.with(TestSecrets.newPassword());

    PasswordChangeResult result =
        cutOff.changePassword(login.principal(), alice, renewed.password());

    assertThat(result)
        .isInstanceOfSatisfying(
            PasswordChangeResult.Changed.class, it -> assertThat(it.cachePending()).isTrue());
    assertThat(there.cache().lookup(alice.loginId(), there.deadline()))
        .as("what still has to be told")
        .isInstanceOf(Lookup.Hit.class);

    there.relay();

    assertThat(there.login(alice)).isEqualTo(new LoginResult.Rejected());
    assertThat(there.check(login.token())).isEqualTo(new CheckResult.Rejected());
    there.loggedIn(renewed);
  }

  @Test
  void aPasswordThatIsSetIsDoneInTimeAndAnotherNodeFinishesIt() {
    Person renewed = alice.with(TestSecrets.newPassword());

    assertThat(cutOff.setPassword(account, renewed)).isEqualTo(new PasswordSetResult.Changed(true));

    there.relay();

    assertThat(there.login(alice)).isEqualTo(new LoginResult.Rejected());
    assertThat(there.check(login.token())).isEqualTo(new CheckResult.Rejected());
    there.loggedIn(renewed);
  }

  @Test
  void aRoleChangeIsDoneInTimeAndAnotherNodeFinishesIt() {
    assertThat(cutOff.changeRoles(account, Set.of("admin"), Set.of()))
        .isEqualTo(new RoleChangeResult.Changed(sessions != Sessions.IN_POSTGRES));

    there.relay();

    assertThat(there.checked(login.token()).roles()).containsExactly("admin");
  }
}
