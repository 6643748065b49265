package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.ServiceEvent.SealedValueRejected;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.UnifiedJedis;

/**
 * Law 10: what somebody else puts into Redis authenticates nobody and grants no role. Each test is
 * one thing that an intruder who can write to it might try.
 */
@ParameterizedClass
@EnumSource(Sessions.class)
class Law10RedisIsNotTrustedIT {
  /** How many bytes of a fenced entry stand in front of what is sealed. */
  private static final int HEADER = 49;

  private static final LoginResult REJECTED = new LoginResult.Rejected();
  private static final CheckResult NO_SESSION = new CheckResult.Rejected();

  private static RedisView redis;
  private static Application application;
  private static Node here;
  private static Node there;

  @Parameter Sessions sessions;

  @BeforeParameterizedClassInvocation
  static void start(Sessions where) {
    application = Application.shared(where);
    redis = application.redis();
    here = application.node();
    there = application.node();
  }

  @AfterParameterizedClassInvocation
  static void end() {
    application.close();
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

  @Test
  void aValueWithOneChangedByteIsAMiss() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    here.changeRoles(account, Set.of("admin"), Set.of());
    LoginResult.Success login = there.loggedIn(alice);
    there.checked(login.token());
    here.events().clear();

    damage(redis.credentialKey(alice.loginId()));

    assertThat(here.cache().lookup(alice.loginId(), here.deadline()))
        .isInstanceOf(Lookup.Miss.class);
    assertThat(here.events().of(SealedValueRejected.class)).isNotEmpty();
    assertThat(there.loginSource(alice)).isEqualTo(Source.DATABASE);

    if (sessions != Sessions.IN_POSTGRES) {
      damage(redis.userKey(account));
      assertThat(there.checked(login.token()).roles()).containsExactly("admin");
      damage(sessionKey(login));
      if (sessions == Sessions.DURABLE) {
        assertThat(there.checked(login.token()).roles()).containsExactly("admin");
      } else {
        assertThat(there.check(login.token())).isEqualTo(NO_SESSION);
      }
    }
  }

  @Test
  void aPlantedUserRecordGrantsNoRole() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    LoginResult.Success login = there.loggedIn(alice);
    there.checked(login.token());

    if (sessions != Sessions.IN_POSTGRES) {
      // The stamp and a version can be read off the genuine one; only the seal cannot be made.
      rewrite(redis.userKey(account), value -> value.substring(0, HEADER) + "1admin,root");
    } else {
      redis.ask(client -> client.set(redis.userKey(account), "1admin,root"));
    }

    assertThat(there.checked(login.token()).roles()).isEmpty();
  }

  @Test
  void aPlantedCredentialOpensNothing() {
    Person alice = Person.random();
    Person intruder = alice.guessing();
    here.signedUp(alice);
    there.loggedIn(alice);
    String hash = here.hasher().hash(intruder.password()).reveal();

    rewrite(redis.credentialKey(alice.loginId()), value -> value.substring(0, HEADER) + "1" + hash);

    assertThat(there.login(intruder)).isEqualTo(REJECTED);
    there.loggedIn(alice);
  }

  @Test
  void aRaisedVersionDoesNotMakeAnOldEntryYounger() {
    Person alice = Person.random();
    here.signedUp(alice);
    LoginResult.Success login = there.loggedIn(alice);
    String parked = application.namespace() + ":parked-credential";
    redis.copy(redis.credentialKey(alice.loginId()), parked);
    here.changePassword(login.principal(), alice, TestSecrets.newPassword());

    redis.copy(parked, redis.credentialKey(alice.loginId()));
    // The version stands outside the seal for the scripts to compare, and inside for the client.
    rewrite(
        redis.credentialKey(alice.loginId()),
        value -> value.substring(0, HEADER - 8) + "8".repeat(8) + value.substring(HEADER));

    assertThat(here.cache().lookup(alice.loginId(), here.deadline()))
        .isInstanceOf(Lookup.Miss.class);
    assertThat(there.login(alice)).isEqualTo(REJECTED);
  }

  @Test
  void aReplayedEntryLivesAtMostToItsSealedExpiry() {
    Person alice = Person.random();
    here.signedUp(alice);
    Application.Setup brief = new Application.Setup().entryTtl(Duration.ofSeconds(2));
    try (Node filling = application.node(brief)) {
      redis.delete(redis.credentialKey(alice.loginId()));
      LoginResult.Success login = filling.loggedIn(alice);
      String parked = application.namespace() + ":parked-entry";
      redis.copy(redis.credentialKey(alice.loginId()), parked);
      here.changePassword(login.principal(), alice, TestSecrets.newPassword());

      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                redis.copy(parked, redis.credentialKey(alice.loginId()));
                assertThat(here.cache().lookup(alice.loginId(), here.deadline()))
                    .isInstanceOf(Lookup.Miss.class);
              });
      redis.copy(parked, redis.credentialKey(alice.loginId()));
      assertThat(there.login(alice)).isEqualTo(REJECTED);
    }
  }

  @Test
  void anEntryOfAnApplicationWithOtherKeysOpensNothing() {
    Person alice = Person.random();
    Person impostor = alice.guessing();
    here.signedUp(alice);
    try (Application foreign = Application.shared(sessions);
        Node theirs = foreign.node()) {
      theirs.signedUp(impostor);

      redis.copy(
          foreign.redis().credentialKey(impostor.loginId()), redis.credentialKey(alice.loginId()));

      assertThat(there.login(impostor)).isEqualTo(REJECTED);
      there.loggedIn(alice);
    }
  }

  @Test
  void anEntryThatIsCopiedIntoAnotherNamespaceOpensNothing() {
    try (Application first = Application.shared(sessions);
        Application second = first.sibling(TestPostgres.shared())) {
      Node here = first.node();
      Node other = second.node();
      Person alice = Person.random();
      here.signedUp(alice);

      first
          .redis()
          .copy(
              first.redis().credentialKey(alice.loginId()),
              second.redis().credentialKey(alice.loginId()));

      assertThat(other.login(alice)).isEqualTo(new LoginResult.Rejected());
    }
  }

  private static void damage(String key) {
    rewrite(
        key,
        value -> {
          int last = value.length() - 1;
          return value.substring(0, last) + (char) (value.charAt(last) ^ 1);
        });
  }

  /** Writes a value anew, one character a byte, and lets it end when the old one would have. */
  private static void rewrite(String key, UnaryOperator<String> change) {
    byte[] name = key.getBytes(StandardCharsets.UTF_8);
    try (UnifiedJedis client = TestRedis.shared().newClient()) {
      long left = client.pttl(name);
      String value = new String(client.get(name), StandardCharsets.ISO_8859_1);
      client.set(name, change.apply(value).getBytes(StandardCharsets.ISO_8859_1));
      client.pexpire(name, left);
    }
  }

  private String sessionKey(LoginResult.Success login) {
    SessionId id = login.principal().session().id();
    AccountId account = login.principal().account();
    return sessions == Sessions.DURABLE
        ? redis.viewKey(account, id)
        : redis.sessionKey(account, id);
  }
}
