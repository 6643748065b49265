package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.TestSecrets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Law 6: after a revocation has returned, no node accepts the token. Each test is one way to end
 * sessions, or one way in which an ended one might go on.
 */
@ParameterizedClass
@EnumSource(Sessions.class)
class Law6RevokedIsRevokedIT {
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
  void logoutEndsItsSessionEverywhereAndNoOther() {
    Person alice = Person.random();
    here.signedUp(alice);
    AccessToken laptop = here.loggedIn(alice).token();
    AccessToken phone = here.loggedIn(alice).token();
    there.checked(laptop);

    assertThat(here.logout(laptop)).isEqualTo(new LogoutResult.Done(1, false));

    assertThat(there.check(laptop)).isEqualTo(NO_SESSION);
    assertThat(here.check(laptop)).isEqualTo(NO_SESSION);
    there.checked(phone);
    assertThat(there.logout(laptop)).isEqualTo(new LogoutResult.Done(0, false));
  }

  @Test
  void aSessionEndedByItsIdIsOverOnEveryNodeAndNoOther() {
    Person alice = Person.random();
    Person eve = Person.random();
    AccountId account = here.signedUp(alice);
    AccountId stranger = here.signedUp(eve);
    LoginResult.Success laptop = there.loggedIn(alice);
    AccessToken phone = here.loggedIn(alice).token();
    SessionId session = laptop.principal().session().id();
    there.checked(laptop.token());

    assertThat(here.logout(stranger, session)).isEqualTo(new LogoutResult.Done(0, false));
    there.checked(laptop.token());
    assertThat(here.logout(account, session)).isEqualTo(new LogoutResult.Done(1, false));

    assertThat(there.check(laptop.token())).isEqualTo(NO_SESSION);
    assertThat(here.check(laptop.token())).isEqualTo(NO_SESSION);
    there.checked(phone);
    assertThat(there.logout(account, session)).isEqualTo(new LogoutResult.Done(0, false));
  }

  @Test
  void logoutOfAllEndsEverySessionOfThatAccountOnly() {
    Person alice = Person.random();
    Person bob = Person.random();
    AccountId account = here.signedUp(alice);
    here.signedUp(bob);
    AccessToken laptop = here.loggedIn(alice).token();
    AccessToken phone = there.loggedIn(alice).token();
    AccessToken other = here.loggedIn(bob).token();

    assertThat(here.logoutAll(account)).isEqualTo(new LogoutResult.Done(2, false));

    assertThat(there.check(laptop)).isEqualTo(NO_SESSION);
    assertThat(there.check(phone)).isEqualTo(NO_SESSION);
    there.checked(other);
    there.loggedIn(alice);
  }

  @Test
  void aLoginBeyondTheLimitEndsTheOldestOnEveryNode() {
    SessionPolicy single = SessionPolicy.defaults().withMaxSessions(1);
    Node strict = application.node(new Application.Setup().service(it -> it.sessionPolicy(single)));
    Person alice = Person.random();
    strict.signedUp(alice);
    AccessToken laptop = strict.loggedIn(alice).token();
    there.checked(laptop);

    AccessToken phone = strict.loggedIn(alice).token();

    assertThat(there.check(laptop)).isEqualTo(NO_SESSION);
    assertThat(strict.check(laptop)).isEqualTo(NO_SESSION);
    there.checked(phone);
  }

  @Test
  void aTouchThatComesLateDoesNotBringASessionBack() {
    Person alice = Person.random();
    here.signedUp(alice);
    LoginResult.Success login = there.loggedIn(alice);
    there.checked(login.token());
    here.logout(login.token());

    there.tokens().touch(login.principal().session(), there.deadline());

    assertThat(there.check(login.token())).isEqualTo(NO_SESSION);
    assertThat(here.check(login.token())).isEqualTo(NO_SESSION);
  }

  @Test
  void aSessionLosesToEveryLogoutOfAllThatBeganAfterIt() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    List<Callable<Boolean>> calls = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Node node = i % 2 == 0 ? here : there;
      Node other = i % 2 == 0 ? there : here;
      calls.add(
          () -> {
            AccessToken token = node.loggedIn(alice).token();
            other.logoutAll(account);
            return node.check(token).equals(NO_SESSION) && other.check(token).equals(NO_SESSION);
          });
    }

    assertThat(Concurrently.call(calls)).containsOnly(true);
  }

  @Test
  void aPasswordChangeEndsSessionsThatNoIndexKnows() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    LoginResult.Success login = there.loggedIn(alice);
    there.checked(login.token());
    application.redis().delete(application.redis().indexKey(account));

    here.changePassword(login.principal(), alice, TestSecrets.newPassword());

    assertThat(there.check(login.token())).isEqualTo(NO_SESSION);
  }

  @Test
  void aRenamingEndsAllSessions() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    AccessToken token = there.loggedIn(alice).token();
    there.checked(token);

    here.service().admin().changeLoginId(account, Person.random().loginId(), here.deadline());

    assertThat(there.check(token)).isEqualTo(NO_SESSION);
  }

  @Test
  void aDeletionEndsAllSessions() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    AccessToken token = there.loggedIn(alice).token();
    there.checked(token);

    here.service().admin().deleteAccount(account, here.deadline());

    assertThat(there.check(token)).isEqualTo(NO_SESSION);
    assertThat(here.check(token)).isEqualTo(NO_SESSION);
  }

  @Test
  void aDisabledAccountIsOutAtOnceAndComesBackWithoutItsOldSessions() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    AccessToken token = there.loggedIn(alice).token();
    there.checked(token);

    here.service().admin().changeStatus(account, AccountStatus.DISABLED, here.deadline());
    assertThat(there.check(token)).isEqualTo(NO_SESSION);
    assertThat(there.login(alice)).isEqualTo(REJECTED);

    here.service().admin().changeStatus(account, AccountStatus.ACTIVE, here.deadline());
    assertThat(there.check(token)).isEqualTo(NO_SESSION);
    there.loggedIn(alice);
  }

  @Test
  void aLoginStillHashingWhileTheAccountIsDisabledGetsNoSession() {
    Person alice = Person.random();
    AccountId account = there.signedUp(alice);
    Hold hold = here.hasher().holdNext();
    CompletableFuture<LoginResult> late = Concurrently.begin(() -> here.login(alice));
    hold.awaitReached();

    application.sql("UPDATE {accounts} SET status = 'disabled' WHERE id = ?", account);
    there.relay();
    hold.release();

    assertThat(late.join()).isEqualTo(REJECTED);
  }

  @Test
  void anAdministratorsStatusIsInForceOnceItIsRelayed() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    AccessToken token = there.loggedIn(alice).token();
    there.checked(token);
    application.sql("UPDATE {accounts} SET status = 'disabled' WHERE id = ?", account);

    here.relay();

    assertThat(there.login(alice)).isEqualTo(REJECTED);
    assertThat(there.check(token)).isEqualTo(NO_SESSION);
  }

  @Test
  void aDeletedAccountIsGoneOnceItIsRelayedAndItsIdentifierIsFree() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    AccessToken token = there.loggedIn(alice).token();
    there.checked(token);
    application.sql("DELETE FROM {accounts} WHERE id = ?", account);

    here.relay();

    assertThat(there.login(alice)).isEqualTo(REJECTED);
    assertThat(there.check(token)).isEqualTo(NO_SESSION);
    Person successor = alice.guessing();
    assertThat(here.signedUp(successor)).isNotEqualTo(account);
    assertThat(there.login(alice)).isEqualTo(REJECTED);
    there.loggedIn(successor);
  }
}
