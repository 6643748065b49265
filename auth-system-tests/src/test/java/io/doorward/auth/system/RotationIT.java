package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.ServiceEvent.SealedValueRejected;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two nodes in the middle of a rotation of all keys, at each step of the documented order. Whatever
 * one of them says, the other one hears. A node has taken its step by a restart, or while it ran.
 */
@ParameterizedClass
@EnumSource(RotationIT.Step.class)
class RotationIT {
  /** Which rings two nodes have while a step is rolled out. */
  enum Step {
    THE_NEW_KEYS_BECOME_KNOWN("old", "old fresh", false),
    THE_NEW_KEYS_COME_INTO_USE("old fresh", "fresh old", false),
    THE_OLD_KEYS_ARE_TAKEN_AWAY("fresh old", "fresh", false),
    THE_NEW_KEYS_BECOME_KNOWN_TO_A_RUNNING_NODE("old", "old fresh", true),
    THE_NEW_KEYS_COME_INTO_USE_AT_A_RUNNING_NODE("old fresh", "fresh old", true),
    THE_OLD_KEYS_ARE_TAKEN_FROM_A_RUNNING_NODE("fresh old", "fresh", true);

    /** Names of keys, the one in use first. */
    private final String before;

    private final String after;

    private final boolean whileItRuns;

    Step(String before, String after, boolean whileItRuns) {
      this.before = before;
      this.after = after;
      this.whileItRuns = whileItRuns;
    }
  }

  private static Application application;
  private static Node before;
  private static Node after;

  @BeforeParameterizedClassInvocation
  static void start(Step step) {
    Map<String, byte[]> secrets =
        Map.of("old", TestSecrets.newKey(), "fresh", TestSecrets.newKey());
    application =
        Application.on(
            TestPostgres.shared(),
            TestRedis.shared(),
            Sessions.IN_REDIS,
            ring(step.before, secrets));
    before = application.node();
    KeyRing next = ring(step.after, secrets);
    KeyRing keys = step.whileItRuns ? ring(step.before, secrets) : next;
    after = application.node(new Application.Setup().keys(keys));
    assertThat(keys.replaceBy(next)).isEqualTo(step.whileItRuns);
  }

  @AfterParameterizedClassInvocation
  static void end() {
    application.close();
  }

  /** JUnit needs a place to put it. */
  @Parameter Step step;

  private static KeyRing ring(String names, Map<String, byte[]> secrets) {
    KeyRing.Builder ring = KeyRing.builder();
    for (String name : names.split(" ", -1)) {
      ring.secret(name, secrets.get(name));
    }
    return ring.build();
  }

  private static List<List<Node>> bothWays() {
    return List.of(List.of(before, after), List.of(after, before));
  }

  /** Signs up and has the credential cached under the names that both nodes look for. */
  private static AccountId cachedAtBoth(Person person) {
    AccountId account = before.signedUp(person);
    for (Node node : List.of(before, after)) {
      node.loggedIn(person);
      assertThat(node.loginSource(person)).isEqualTo(Source.CACHE);
    }
    return account;
  }

  @Test
  void aPasswordChangeAtOneIsInForceAtTheOther() {
    for (List<Node> nodes : bothWays()) {
      Person alice = Person.random();
      cachedAtBoth(alice);
      LoginResult.Success here = nodes.get(0).loggedIn(alice);
      LoginResult.Success there = nodes.get(1).loggedIn(alice);
      Person renewed = alice.with(TestSecrets.newPassword());

      assertThat(nodes.get(0).changePassword(here.principal(), alice, renewed.password()))
          .isInstanceOfSatisfying(
              PasswordChangeResult.Changed.class, it -> assertThat(it.cachePending()).isFalse());

      assertThat(nodes.get(1).login(alice)).isEqualTo(new LoginResult.Rejected());
      assertThat(nodes.get(1).check(there.token())).isEqualTo(new CheckResult.Rejected());
      nodes.get(1).loggedIn(renewed);
      nodes.get(0).loggedIn(renewed);
    }
  }

  @Test
  void whatOneRelaysTheOtherOneHears() {
    for (List<Node> nodes : bothWays()) {
      Person alice = Person.random();
      AccountId account = cachedAtBoth(alice);
      application.sql("UPDATE {accounts} SET status = 'disabled' WHERE id = ?", account);

      nodes.get(0).relay();

      assertThat(nodes.get(1).cache().peek(alice.loginId(), nodes.get(1).deadline())).isEmpty();
      assertThat(nodes.get(0).cache().peek(alice.loginId(), nodes.get(0).deadline())).isEmpty();
      nodes
          .get(1)
          .service()
          .admin()
          .changeStatus(account, AccountStatus.ACTIVE, nodes.get(1).deadline());
      nodes.get(0).loggedIn(alice);
    }
  }

  @Test
  void aSessionOfOneIsUsedAndEndedAtTheOther() {
    for (List<Node> nodes : bothWays()) {
      Person alice = Person.random();
      AccountId account = nodes.get(0).signedUp(alice);
      LoginResult.Success login = nodes.get(0).loggedIn(alice);
      nodes.get(1).checked(login.token());

      nodes.get(1).changeRoles(account, Set.of("admin"), Set.of());
      assertThat(nodes.get(0).checked(login.token()).roles()).containsExactly("admin");
      nodes.get(1).logout(login.token());

      assertThat(nodes.get(0).check(login.token())).isEqualTo(new CheckResult.Rejected());
    }
    assertThat(before.events().of(SealedValueRejected.class)).isEmpty();
    assertThat(after.events().of(SealedValueRejected.class)).isEmpty();
  }

  @Test
  void failuresAtOneCountAtTheOther() {
    for (List<Node> nodes : bothWays()) {
      Person alice = Person.random();
      cachedAtBoth(alice);
      for (int i = 0; i < 5; i++) {
        assertThat(nodes.get(i % 2).login(alice.guessing())).isEqualTo(new LoginResult.Rejected());
      }

      assertThat(nodes.get(0).login(alice)).isInstanceOf(LoginResult.Throttled.class);
      assertThat(nodes.get(1).login(alice)).isInstanceOf(LoginResult.Throttled.class);
    }
  }
}
