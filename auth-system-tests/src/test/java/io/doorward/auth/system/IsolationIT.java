package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestSecrets;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Applications that share a Redis, and people who can read it. */
class IsolationIT {
  @Test
  void twoNamespacesOnOneRedisKnowNothingOfEachOther() {
    try (Application first = Application.shared(Sessions.IN_REDIS);
        Application second = first.sibling(TestPostgres.shared())) {
      Node here = first.node();
      Node other = second.node();
      Person alice = Person.random();
      here.signedUp(alice);
      LoginResult.Success login = here.loggedIn(alice);

      assertThat(other.login(alice)).isEqualTo(new LoginResult.Rejected());
      assertThat(other.check(login.token())).isEqualTo(new CheckResult.Rejected());

      Person namesake = alice.guessing();
      other.signedUp(namesake);
      assertThat(other.login(alice)).isEqualTo(new LoginResult.Rejected());
      assertThat(here.login(namesake)).isEqualTo(new LoginResult.Rejected());
      here.loggedIn(alice);
      other.loggedIn(namesake);
      here.checked(login.token());
    }
  }

  @Test
  void guessesInOneNamespaceDoNotThrottleTheOther() {
    try (Application first = Application.shared(Sessions.IN_REDIS);
        Application second = first.sibling(TestPostgres.shared())) {
      Node here = first.node();
      Node other = second.node();
      Person alice = Person.random();
      here.signedUp(alice);
      other.signedUp(alice);

      LoginResult last = here.login(alice.guessing());
      for (int i = 0; i < 8 && !(last instanceof LoginResult.Throttled); i++) {
        last = here.login(alice.guessing());
      }

      assertThat(last).isInstanceOf(LoginResult.Throttled.class);
      other.loggedIn(alice);
    }
  }

  @Test
  void redisHoldsNoAddressPasswordHashOrTokenInClear() throws Exception {
    try (Application application = Application.shared(Sessions.IN_REDIS)) {
      Node node = application.node();
      Person alice = Person.random();
      node.signedUp(alice);
      ClientContext client =
          ClientContext.of(InetAddress.getByName("203.0.113.77")).withUserAgent("Secretive/1.0");
      LoginResult.Success login = (LoginResult.Success) node.login(alice, client);
      node.checked(login.token());
      node.changeRoles(login.principal().account(), Set.of("checker-in-chief"), Set.of());
      node.checked(login.token());
      node.login(alice.guessing(), client);
      Person renewed = alice.with(TestSecrets.newPassword());
      node.changePassword(login.principal(), alice, renewed.password());
      LoginResult.Success second = node.loggedIn(renewed);
      node.checked(second.token());

      List<String> dump = application.redis().dump();

      assertThat(dump).hasSizeGreaterThan(8);
      String address = alice.loginId().value();
      List<String> forbidden =
          List.of(
              address,
              address.substring(0, address.indexOf('@')),
              "system.example",
              alice.password().reveal(),
              renewed.password().reveal(),
              "$argon2id$",
              login.token().reveal(),
              second.token().reveal(),
              second.token().reveal().substring(second.token().reveal().lastIndexOf('.') + 1),
              "203.0.113.77",
              "Secretive",
              "checker-in-chief",
              "io.doorward");
      for (String secret : forbidden) {
        assertThat(dump).noneMatch(text -> text.contains(secret));
      }
    }
  }
}
