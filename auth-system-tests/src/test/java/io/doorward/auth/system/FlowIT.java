package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.LoginRejected;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What people and administrators do on a good day, seen from two nodes of one application. */
@ParameterizedClass
@EnumSource(Sessions.class)
@Tag("jdk")
class FlowIT {
  private static final LoginResult REJECTED = new LoginResult.Rejected();

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
  void whoSignsUpIsCachedForEveryNode() {
    Person alice = Person.random();

    assertThat(here.signUp(alice)).isInstanceOf(SignUpResult.Created.class);

    assertThat(there.loginSource(alice)).isEqualTo(Source.CACHE);
  }

  @Test
  void aLoginThatTheCacheDoesNotKnowReadsTheDatabaseAndFillsTheCache() {
    Person alice = Person.random();
    here.signedUp(alice);
    application.redis().delete(application.redis().credentialKey(alice.loginId()));

    assertThat(here.loginSource(alice)).isEqualTo(Source.DATABASE);
    assertThat(there.loginSource(alice)).isEqualTo(Source.CACHE);
  }

  @Test
  void aTakenIdentifierIsADuplicateAndItsOwnerNoticesNothing() {
    Person alice = Person.random();
    Person twin = alice.guessing();
    here.signedUp(alice);

    assertThat(there.signUp(twin)).isEqualTo(new SignUpResult.Duplicate());

    assertThat(there.login(twin)).isEqualTo(REJECTED);
    assertThat(here.login(alice)).isInstanceOf(LoginResult.Success.class);
  }

  @Test
  void unknownWrongAndDisabledAreOneAnswerForOneHash() {
    Person alice = Person.random();
    Person disabled = Person.random();
    here.signedUp(alice);
    AccountId closed = here.signedUp(disabled);
    here.service().admin().changeStatus(closed, AccountStatus.DISABLED, here.deadline());

    assertRejectedAfterOneHash(Person.random(), LoginRefusal.UNKNOWN_LOGIN);
    assertRejectedAfterOneHash(alice.guessing(), LoginRefusal.WRONG_PASSWORD);
    assertRejectedAfterOneHash(disabled, LoginRefusal.NOT_ACTIVE);
  }

  private static void assertRejectedAfterOneHash(Person person, LoginRefusal reason) {
    int before = there.hasher().comparisons();

    assertThat(there.login(person)).isEqualTo(REJECTED);

    assertThat(there.hasher().comparisons() - before).isEqualTo(1);
    assertThat(there.events().last(LoginRejected.class).reason()).isEqualTo(reason);
  }

  @Test
  void aTokenIsGoodOnEveryNode() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    LoginResult.Success login = here.loggedIn(alice);

    AuthenticatedPrincipal seen = there.checked(login.token());

    assertThat(seen.account()).isEqualTo(account);
    assertThat(seen.session().id()).isEqualTo(login.principal().session().id());
    assertThat(seen.roles()).isEmpty();
  }

  @Test
  void aPasswordChangeNeedsThePresentPassword() {
    Person alice = Person.random();
    here.signedUp(alice);
    LoginResult.Success login = here.loggedIn(alice);

    assertThat(here.changePassword(login.principal(), alice.guessing(), TestSecrets.newPassword()))
        .isEqualTo(new PasswordChangeResult.Rejected());

    there.loggedIn(alice);
    there.checked(login.token());
  }

  @Test
  void rolesAreInForceAtTheNextRequestOnAnotherNode() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    AccessToken token = there.loggedIn(alice).token();
    assertThat(there.checked(token).roles()).isEmpty();

    assertThat(here.changeRoles(account, Set.of("admin", "checker"), Set.of()))
        .isEqualTo(new RoleChangeResult.Changed(false));
    assertThat(there.checked(token).roles()).containsExactlyInAnyOrder("admin", "checker");

    assertThat(here.changeRoles(account, Set.of(), Set.of("admin")))
        .isEqualTo(new RoleChangeResult.Changed(false));
    assertThat(there.checked(token).roles()).containsExactly("checker");
  }

  @Test
  void permissionsAreInForceAtTheNextRequestOnAnotherNode() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    RoleModel model =
        RoleModel.builder()
            .role("admin")
            .includes("editor")
            .grants("user:*")
            .role("editor")
            .grants("article:write")
            .build();
    Application.Setup setup = new Application.Setup().service(it -> it.roleModel(model));
    try (Node other = application.node(setup)) {
      AccessToken token = other.loggedIn(alice).token();
      assertThat(other.checked(token).hasPermission("article:write")).isFalse();

      here.changeRoles(account, Set.of("admin"), Set.of());
      assertThat(other.checked(token).permissions())
          .containsExactlyInAnyOrder("article:write", "user:*");
      assertThat(other.checked(token).hasPermission("user:lock")).isTrue();
      assertThat(other.checked(token).hasRole("editor")).isTrue();
      assertThat(there.checked(token).hasPermission("article:write"))
          .as("on a node without a model")
          .isFalse();

      here.changeRoles(account, Set.of("editor"), Set.of("admin"));
      assertThat(other.checked(token).hasPermission("article:write")).isTrue();
      assertThat(other.checked(token).hasPermission("user:lock")).isFalse();

      here.changeRoles(account, Set.of(), Set.of("editor"));
      assertThat(other.checked(token).permissions()).isEmpty();
      assertThat(other.checked(token).hasPermission("article:write")).isFalse();
    }
  }

  /** As long as roles may be, and as many: every node reads them, and one more is no outage. */
  @Test
  void moreRolesThanAnAccountMayHaveAreRefused() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    AccessToken token = there.loggedIn(alice).token();
    Set<String> roles =
        IntStream.range(100, 164)
            .mapToObj(i -> "r".repeat(61) + i)
            .collect(Collectors.toUnmodifiableSet());
    assertThat(here.changeRoles(account, roles, Set.of()))
        .isEqualTo(new RoleChangeResult.Changed(false));

    assertThat(here.changeRoles(account, Set.of("one-more"), Set.of()))
        .isEqualTo(new RoleChangeResult.Full());

    assertThat(there.checked(token).roles()).isEqualTo(roles);
  }

  @Test
  void anAdministratorsRolesAreInForceOnceTheyAreRelayed() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    here.changeRoles(account, Set.of("admin"), Set.of());
    AccessToken token = there.loggedIn(alice).token();
    assertThat(there.checked(token).roles()).containsExactly("admin");
    application.sql(
        "UPDATE {user_profiles} SET roles = ARRAY['checker'] WHERE account_id = ?", account);

    here.relay();

    assertThat(there.checked(token).roles()).containsExactly("checker");
  }

  @Test
  void nodesRelayByThemselves() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    Application.Setup setup =
        new Application.Setup().service(it -> it.relayInterval(Duration.ofMillis(50)));
    try (Node busy = application.node(setup)) {
      assertThat(busy.loginSource(alice)).isEqualTo(Source.CACHE);
      application.sql("UPDATE {accounts} SET status = 'disabled' WHERE id = ?", account);

      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(there.login(alice)).isEqualTo(REJECTED));
    }
  }
}
