package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.CacheFill;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.event.AuthEvent.CacheFillSkipped;
import io.doorward.auth.event.AuthEvent.FillFailure;
import io.doorward.auth.event.AuthEvent.SealedValueRejected;
import io.doorward.auth.event.AuthEvent.Source;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A Redis that forgets, that remembers what it should not, or that somebody else writes to. */
@ParameterizedClass
@EnumSource(Sessions.class)
class RedisLossIT {
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
    here = application.node();
    there = application.node();
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
  void anotherPersonsEntryUnderOnesNameOpensNothing() {
    Person alice = Person.random();
    Person bob = Person.random();
    here.signedUp(alice);
    AccountId account = here.signedUp(bob);

    redis.copy(redis.credentialKey(alice.loginId()), redis.credentialKey(bob.loginId()));

    assertThat(there.login(bob.with(alice.password()))).isEqualTo(REJECTED);
    assertThat(there.events().of(SealedValueRejected.class)).isNotEmpty();
    assertThat(there.loggedIn(bob).principal().account()).isEqualTo(account);
  }

  @Test
  void anotherPersonsRolesUnderOnesNameGrantNothing() {
    Person alice = Person.random();
    Person bob = Person.random();
    AccountId admin = here.signedUp(alice);
    AccountId account = here.signedUp(bob);
    here.changeRoles(admin, Set.of("admin"), Set.of());
    there.checked(there.loggedIn(alice).token());
    LoginResult.Success login = there.loggedIn(bob);
    there.checked(login.token());

    if (sessions != Sessions.IN_POSTGRES) {
      redis.copy(redis.userKey(admin), redis.userKey(account));
    }

    assertThat(there.checked(login.token()).roles()).isEmpty();
  }

  @Test
  void aMovedSessionAuthenticatesNobody() {
    Person alice = Person.random();
    Person bob = Person.random();
    here.signedUp(alice);
    here.signedUp(bob);
    LoginResult.Success hers = there.loggedIn(alice);
    LoginResult.Success his = there.loggedIn(bob);
    if (sessions == Sessions.IN_POSTGRES) {
      assertThat(redis.exists(sessionKey(hers))).as("there is none to move").isFalse();
      return;
    }

    redis.copy(sessionKey(hers), sessionKey(his));

    if (sessions == Sessions.DURABLE) {
      assertThat(there.checked(his.token()).account()).isEqualTo(his.principal().account());
    } else {
      assertThat(there.check(his.token())).isEqualTo(NO_SESSION);
    }
    assertThat(there.events().of(SealedValueRejected.class)).isNotEmpty();
    there.checked(hers.token());
  }

  @Test
  void aRevokedSessionThatIsPutBackAfterAPasswordChangeIsRefused() {
    Person alice = Person.random();
    here.signedUp(alice);
    LoginResult.Success stolen = there.loggedIn(alice);
    String parked = application.namespace() + ":parked";
    if (sessions != Sessions.IN_POSTGRES) {
      redis.copy(sessionKey(stolen), parked);
    }
    here.changePassword(stolen.principal(), alice, Person.random().password());

    if (sessions != Sessions.IN_POSTGRES) {
      redis.copy(parked, sessionKey(stolen));
    }

    assertThat(there.check(stolen.token())).isEqualTo(NO_SESSION);
  }

  @Test
  void rubbishUnderEveryKeyIsAMissForEverybody() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    LoginResult.Success login = there.loggedIn(alice);
    there.checked(login.token());

    for (String key : redis.keysOfNamespace()) {
      redis.ask(client -> client.del(key));
      redis.ask(client -> client.set(key, "rubbish"));
    }

    if (sessions.areInPostgres()) {
      there.checked(login.token());
    } else {
      assertThat(there.check(login.token())).isEqualTo(NO_SESSION);
    }
    assertThat(there.login(alice.guessing())).isEqualTo(REJECTED);
    assertThat(there.checked(there.loggedIn(alice).token()).account()).isEqualTo(account);
  }

  private String sessionKey(LoginResult.Success login) {
    SessionId id = login.principal().session().id();
    AccountId account = login.principal().account();
    return sessions == Sessions.DURABLE
        ? redis.viewKey(account, id)
        : redis.sessionKey(account, id);
  }
}
