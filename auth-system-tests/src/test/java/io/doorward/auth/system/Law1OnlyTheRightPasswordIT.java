package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Law 1: no path accepts a password that is not the account's. Each test is one path on which a
 * wrong one might slip through.
 */
@ParameterizedClass
@EnumSource(Sessions.class)
class Law1OnlyTheRightPasswordIT {
  private static final LoginResult REJECTED = new LoginResult.Rejected();
  private static final CheckResult NO_SESSION = new CheckResult.Rejected();

  private static Application application;
  private static Node here;
  private static Node there;

  @Parameter Sessions sessions;

  @BeforeParameterizedClassInvocation
  static void start(Sessions where) {
    application = Application.shared(where);
    here = application.node();
    there = application.node();
  }

  @AfterParameterizedClassInvocation
  static void end() {
    application.close();
  }

  @Test
  void aWrongPasswordIsRefusedOnAHit() {
    Person alice = Person.random();
    here.signedUp(alice);
    assertThat(there.loginSource(alice)).isEqualTo(Source.CACHE);

    assertThat(there.login(alice.guessing())).isEqualTo(REJECTED);
  }

  @Test
  void aWrongPasswordIsRefusedOnAMissAndFillsNothing() {
    Person alice = Person.random();
    here.signedUp(alice);
    forgetCredential(alice);

    assertThat(there.login(alice.guessing())).isEqualTo(REJECTED);

    assertThat(cached(alice)).isInstanceOf(Lookup.Miss.class);
    assertThat(there.loginSource(alice)).isEqualTo(Source.DATABASE);
  }

  @Test
  void aWrongPasswordIsRefusedWhileRedisDoesNotAnswer() {
    Person alice = Person.random();
    here.signedUp(alice);
    TestRedis redis = TestRedis.shared();
    try (FaultProxy proxy = FaultProxy.to(redis.host(), redis.port());
        Node cutOff =
            application.node(
                new Application.Setup()
                    .redisBehind(proxy.host(), proxy.port())
                    .realTimeouts(Duration.ofSeconds(5)))) {
      proxy.blackHole();

      assertThat(cutOff.login(alice.guessing())).isEqualTo(REJECTED);
    }
  }

  @Test
  void aWrongPasswordIsRefusedOnTheWordOfTheCacheWhileTheDatabaseIsAway() {
    Person alice = Person.random();
    try (Application own = Application.on(OwnServers.postgres(), OwnServers.redis(), sessions);
        Node node = own.node(new Application.Setup().patience(Duration.ofSeconds(5)))) {
      node.signedUp(alice);
      node.checked(node.loggedIn(alice).token());
      List<LoginResult> answers = new ArrayList<>();
      OwnServers.stopPostgres();
      try {
        answers.add(node.login(alice.guessing()));
        answers.add(node.login(alice));
      } finally {
        OwnServers.heal();
      }

      assertThat(answers.get(0)).isEqualTo(REJECTED);
      assertThat(answers.get(1))
          .isInstanceOf(
              sessions == Sessions.IN_REDIS
                  ? LoginResult.Success.class
                  : LoginResult.Unavailable.class);
    }
  }

  @Test
  void ofSixteenLoginsThatMissTogetherOnlyTheRightOneOpens() {
    Application.Setup patient =
        new Application.Setup().budgets(Application.budgets(1_000, Duration.ofSeconds(1)));
    try (Node busy = application.node(patient)) {
      Person alice = Person.random();
      busy.signedUp(alice);
      forgetCredential(alice);
      List<Callable<LoginResult>> calls = new ArrayList<>();
      calls.add(() -> busy.login(alice));
      for (int i = 1; i < 16; i++) {
        Person guesser = alice.guessing();
        calls.add(() -> busy.login(guesser));
      }

      List<LoginResult> results = Concurrently.call(calls);

      assertThat(results.get(0)).isInstanceOf(LoginResult.Success.class);
      assertThat(results.subList(1, 16)).containsOnly(REJECTED);
    }
  }

  @Test
  void anotherAccountsPasswordOpensNothing() {
    Person alice = Person.random();
    Person bob = Person.random();
    here.signedUp(alice);
    here.signedUp(bob);
    there.loggedIn(alice);
    there.loggedIn(bob);

    assertThat(there.login(alice.with(bob.password()))).isEqualTo(REJECTED);
    assertThat(there.login(bob.with(alice.password()))).isEqualTo(REJECTED);
  }

  @Test
  void whatOpenedADeletedAccountDoesNotOpenTheNextUnderItsAddress() {
    Person alice = Person.random();
    Person heir = alice.guessing();
    AccountId account = here.signedUp(alice);
    LoginResult.Success login = there.loggedIn(alice);
    assertThat(there.loginSource(alice)).isEqualTo(Source.CACHE);

    assertThat(here.service().admin().deleteAccount(account, here.deadline()))
        .isEqualTo(new AccountChangeResult.Changed(false));
    assertThat(there.login(alice)).isEqualTo(REJECTED);
    AccountId next = here.signedUp(heir);

    assertThat(next).isNotEqualTo(account);
    assertThat(there.login(alice)).isEqualTo(REJECTED);
    assertThat(there.check(login.token())).isEqualTo(NO_SESSION);
    assertThat(there.loggedIn(heir).principal().account()).isEqualTo(next);
  }

  @Test
  void aLateFillOfADeletedAccountDoesNotOpenTheNextUnderItsAddress() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    HeldExecutor held = new HeldExecutor();
    try (Node slow = application.node(filling(held))) {
      forgetCredential(alice);
      assertThat(slow.loginSource(alice)).isEqualTo(Source.DATABASE);

      here.service().admin().deleteAccount(account, here.deadline());
      here.signedUp(alice.guessing());
      forgetCredential(alice);
      assertThat(held.runAll()).isPositive();

      assertThat(cached(alice)).isInstanceOf(Lookup.Miss.class);
      assertThat(there.login(alice)).isEqualTo(REJECTED);
    }
  }

  @Test
  void sixteenConcurrentChangesHaveOneWinner() {
    Application.Setup patient =
        new Application.Setup().budgets(Application.budgets(1_000, Duration.ofSeconds(1)));
    try (Node one = application.node(patient);
        Node two = application.node(patient)) {
      Person alice = Person.random();
      one.signedUp(alice);
      LoginResult.Success login = one.loggedIn(alice);
      List<Password> wanted = new ArrayList<>();
      List<Callable<PasswordChangeResult>> calls = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        Password next = TestSecrets.newPassword();
        Node node = i % 2 == 0 ? one : two;
        wanted.add(next);
        calls.add(() -> node.changePassword(login.principal(), alice, next));
      }

      List<PasswordChangeResult> results = Concurrently.call(calls);

      List<Password> winners = new ArrayList<>();
      for (int i = 0; i < results.size(); i++) {
        if (results.get(i) instanceof PasswordChangeResult.Changed) {
          winners.add(wanted.get(i));
        } else {
          assertThat(results.get(i))
              .isIn(new PasswordChangeResult.Conflict(), new PasswordChangeResult.Rejected());
        }
      }
      assertThat(winners).hasSize(1);
      assertThat(one.check(login.token())).isEqualTo(NO_SESSION);
      two.loggedIn(alice.with(winners.get(0)));
      wanted.remove(winners.get(0));
      assertThat(two.login(alice.with(wanted.get(0)))).isEqualTo(REJECTED);
      assertThat(one.login(alice)).isEqualTo(REJECTED);
    }
  }

  private static Application.Setup filling(HeldExecutor held) {
    return new Application.Setup()
        .service(it -> it.cacheFill(CacheFill.BACKGROUND).backgroundExecutor(held));
  }

  private static Lookup cached(Person person) {
    return there.cache().lookup(person.loginId(), there.deadline());
  }

  private static void forgetCredential(Person person) {
    application.redis().delete(application.redis().credentialKey(person.loginId()));
  }
}
