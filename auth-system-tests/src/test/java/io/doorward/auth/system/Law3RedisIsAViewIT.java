package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.ServiceEvent.CacheFillSkipped;
import io.doorward.auth.event.ServiceEvent.FillFailure;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.util.Set;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Law 3: PostgreSQL is the truth, and Redis is a view that can be lost. Whatever it forgets, or
 * remembers from a dump, costs speed or a new login and brings nothing back.
 */
@ParameterizedClass
@EnumSource(Sessions.class)
class Law3RedisIsAViewIT {
  private static final LoginResult REJECTED = new LoginResult.Rejected();
  private static final CheckResult NO_SESSION = new CheckResult.Rejected();

  @Parameter Sessions sessions;

  private Application application;
  private RedisView redis;
  private Node here;
  private Node there;

  @BeforeEach
  void start() {
    application = Application.on(OwnServers.postgres(), OwnServers.redis(), sessions);
    redis = application.redis();
    // What is wrong on purpose must not keep logins of unknown devices waiting.
    here = application.node(patient());
    there = application.node(patient());
  }

  private static Application.Setup patient() {
    return new Application.Setup().budgets(Application.budgets(1_000, Duration.ofSeconds(1)));
  }

  @AfterEach
  void end() {
    OwnServers.heal();
    application.close();
  }

  @Test
  void anEntryFromBeforeARestartIsNotServed() {
    Person alice = Person.random();
    here.signedUp(alice);
    assertThat(there.loginSource(alice)).isEqualTo(Source.CACHE);

    OwnServers.redis().restartKeepingData();

    assertThat(redis.exists(redis.credentialKey(alice.loginId()))).isTrue();
    assertThat(there.loginSource(alice)).isEqualTo(Source.DATABASE);
    assertThat(here.loginSource(alice)).isEqualTo(Source.CACHE);
  }

  @Test
  void rolesFromBeforeARestartAreReadAnew() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    here.changeRoles(account, Set.of("admin"), Set.of());
    LoginResult.Success login = there.loggedIn(alice);
    assertThat(there.checked(login.token()).roles()).containsExactly("admin");
    // Nobody relays this: only what lies in Redis could still say "admin".
    application.sql("UPDATE {user_profiles} SET roles = ARRAY[]::text[]");

    OwnServers.redis().restartKeepingData();

    assertThat(there.checked(login.token()).roles()).isEmpty();
  }

  @Test
  void anEntryThatARestartBringsBackFromADumpIsNotServed() {
    Person alice = Person.random();
    there.signedUp(alice);
    Password next = TestSecrets.newPassword();
    IntConsumer restartAfterCommit =
        number -> {
          if (number == 2) {
            OwnServers.redis().restartKeepingData();
          }
          throw new StoreException(StoreException.Kind.UNREACHABLE, "this fence is lost");
        };
    Node unlucky =
        application.node(
            new Application.Setup()
                .cache(real -> FenceHook.before(real, restartAfterCommit))
                .service(it -> it.maxAttempts(1)));
    LoginResult.Success login = unlucky.loggedIn(alice);

    assertThat(unlucky.changePassword(login.principal(), alice, next))
        .isInstanceOfSatisfying(
            PasswordChangeResult.Changed.class, it -> assertThat(it.cachePending()).isTrue());

    assertThat(redis.exists(redis.credentialKey(alice.loginId())))
        .as("the old entry lies there")
        .isTrue();
    Node fresh = application.node();
    assertThat(fresh.cache().lookup(alice.loginId(), fresh.deadline()))
        .isInstanceOf(Lookup.Miss.class);
    assertThat(there.login(alice)).isEqualTo(REJECTED);
    there.loggedIn(alice.with(next));
  }

  @Test
  void aTicketFromBeforeAFlushFillsNothing() {
    Person alice = Person.random();
    here.signedUp(alice);
    redis.delete(redis.credentialKey(alice.loginId()));
    HeldExecutor held = new HeldExecutor();
    Node slow =
        application.node(
            new Application.Setup()
                .service(it -> it.cacheFill(CacheFill.BACKGROUND).backgroundExecutor(held)));
    slow.loggedIn(alice);

    OwnServers.redis().flushAll();
    assertThat(held.runAll()).isPositive();

    assertThat(slow.events().last(CacheFillSkipped.class).failure()).isEqualTo(FillFailure.REFUSED);
    assertThat(here.cache().lookup(alice.loginId(), here.deadline()))
        .isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void aTicketFromBeforeARestartFillsNothing() {
    Person alice = Person.random();
    here.signedUp(alice);
    redis.delete(redis.credentialKey(alice.loginId()));
    HeldExecutor held = new HeldExecutor();
    Node slow =
        application.node(
            new Application.Setup()
                .service(it -> it.cacheFill(CacheFill.BACKGROUND).backgroundExecutor(held)));
    slow.loggedIn(alice);

    OwnServers.redis().restartKeepingData();
    assertThat(held.runAll()).isPositive();

    Node fresh = application.node();
    assertThat(fresh.cache().lookup(alice.loginId(), fresh.deadline()))
        .isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void aFlushCostsANewLoginAtMost() {
    Person alice = Person.random();
    here.signedUp(alice);
    LoginResult.Success login = there.loggedIn(alice);

    OwnServers.redis().flushAll();

    if (sessions.areInPostgres()) {
      there.checked(login.token());
    } else {
      assertThat(there.check(login.token())).isEqualTo(NO_SESSION);
    }
    assertThat(there.login(alice.guessing())).isEqualTo(REJECTED);
    there.checked(there.loggedIn(alice).token());
  }

  @Test
  void theLossOfAnyOneKeyCostsANewLoginAtMost() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    LoginResult.Success login = there.loggedIn(alice);
    there.checked(login.token());

    for (String key : redis.keysOfNamespace()) {
      redis.delete(key);

      if (key.equals(redis.sessionKey(account, login.principal().session().id()))) {
        assertThat(there.check(login.token())).isEqualTo(NO_SESSION);
        login = there.loggedIn(alice);
      }
      assertThat(there.checked(login.token()).account()).as(key).isEqualTo(account);
      assertThat(there.login(alice.guessing())).as(key).isEqualTo(REJECTED);
      assertThat(there.checked(there.loggedIn(alice).token()).account()).as(key).isEqualTo(account);
    }
  }

  @Test
  void whatWasRevokedStaysRevokedThroughFlushAndRestart() {
    Person alice = Person.random();
    here.signedUp(alice);
    LoginResult.Success login = there.loggedIn(alice);
    here.logout(login.token());

    OwnServers.redis().restartKeepingData();
    assertThat(there.check(login.token())).isEqualTo(NO_SESSION);

    OwnServers.redis().flushAll();
    assertThat(there.check(login.token())).isEqualTo(NO_SESSION);
  }

  @Test
  void anOldPasswordStaysDeadThroughFlushAndRestart() {
    Person alice = Person.random();
    here.signedUp(alice);
    LoginResult.Success login = there.loggedIn(alice);
    Password next = TestSecrets.newPassword();
    here.changePassword(login.principal(), alice, next);

    OwnServers.redis().flushAll();
    assertThat(there.login(alice)).isEqualTo(REJECTED);
    there.loggedIn(alice.with(next));

    OwnServers.redis().restartKeepingData();
    assertThat(there.login(alice)).isEqualTo(REJECTED);
    assertThat(there.check(login.token())).isEqualTo(NO_SESSION);
    there.loggedIn(alice.with(next));
  }

  @Test
  void whatIsPendingIsDeliveredToARedisThatHasLostEverything() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    there.loggedIn(alice);
    application.sql("UPDATE {accounts} SET status = 'disabled' WHERE id = ?", account);

    OwnServers.stopRedis();
    OwnServers.heal();
    here.relay();

    assertThat(application.count("SELECT count(*) FROM {outbox} WHERE done_at IS NULL")).isZero();
    assertThat(there.login(alice)).isEqualTo(REJECTED);
  }
}
