package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.Admin.FindResult;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.Recovery.PasswordSetResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.TestSecrets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A password that an administrator sets kills the old one on every node, as a change by its owner
 * does, whatever the account has had before.
 */
@ParameterizedClass
@EnumSource(Sessions.class)
class SetPasswordIT {
  private static final LoginResult REJECTED = new LoginResult.Rejected();
  private static final CheckResult NO_SESSION = new CheckResult.Rejected();
  private static final PasswordSetResult CHANGED = new PasswordSetResult.Changed(false);

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
  void theOldPasswordAndAllSessionsEndOnAnotherNodeAtOnce() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    LoginResult.Success laptop = here.loggedIn(alice);
    AccessToken phone = there.loggedIn(alice).token();
    there.checked(phone);
    assertThat(there.loginSource(alice)).isEqualTo(Source.CACHE);
    Person renewed = alice.with(TestSecrets.newPassword());

    assertThat(here.setPassword(account, renewed)).isEqualTo(CHANGED);

    assertThat(there.cache().lookup(alice.loginId(), there.deadline()))
        .isInstanceOf(Lookup.Miss.class);
    assertThat(there.login(alice)).isEqualTo(REJECTED);
    assertThat(there.check(phone)).isEqualTo(NO_SESSION);
    assertThat(there.check(laptop.token())).isEqualTo(NO_SESSION);
    there.loggedIn(renewed);
  }

  @Test
  void noDeviceOfBeforeIsKnown() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    ClientContext home =
        ClientContext.unknown()
            .withDeviceCookie(here.loggedIn(alice).deviceCookie().orElseThrow().reveal());
    assertThat(application.sql(CLOSE, account)).isOne();
    here.relay();
    assertThat(there.login(alice)).as("closed to strangers").isEqualTo(REJECTED);
    assertThat(there.login(alice, home)).isInstanceOf(LoginResult.Success.class);
    Person renewed = alice.with(TestSecrets.newPassword());

    assertThat(here.setPassword(account, renewed)).isEqualTo(CHANGED);

    there.loggedIn(renewed);
    assertThat(application.sql(CLOSE, account)).isOne();
    here.relay();
    assertThat(there.login(renewed, home)).isEqualTo(REJECTED);
  }

  private static final String CLOSE =
      "UPDATE {credentials} SET known_devices_only = true WHERE account_id = ?";

  @Test
  void anAccountWithoutAPasswordGetsItsFirstOne() {
    Person alice = Person.random();
    AccountId account = AccountId.random();
    application
        .accounts()
        .create(
            NewAccount.withoutPassword(account, alice.loginId(), AccountStatus.ACTIVE),
            OperationId.random(),
            here.deadline());
    assertThat(there.login(alice)).isEqualTo(REJECTED);

    assertThat(here.setPassword(account, alice)).isEqualTo(CHANGED);

    assertThat(there.loggedIn(alice).principal().account()).isEqualTo(account);
  }

  @Test
  void aHashThatCannotBeReadIsReplaced() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    application.sql("UPDATE {credentials} SET secret = '{MD5}x' WHERE account_id = ?", account);
    here.relay();
    assertThat(there.login(alice)).isEqualTo(REJECTED);

    assertThat(here.setPassword(account, alice)).isEqualTo(CHANGED);

    there.loggedIn(alice);
  }

  @Test
  void aDisabledAccountStaysDisabled() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    here.service().admin().changeStatus(account, AccountStatus.DISABLED, here.deadline());
    Person renewed = alice.with(TestSecrets.newPassword());

    assertThat(here.setPassword(account, renewed)).isEqualTo(CHANGED);

    assertThat(there.login(renewed)).isEqualTo(REJECTED);
    here.service().admin().changeStatus(account, AccountStatus.ACTIVE, here.deadline());
    there.loggedIn(renewed);
    assertThat(there.login(alice)).isEqualTo(REJECTED);
  }

  @Test
  void aLoginThatIsStillHashingTheOldPasswordGetsNoSession() {
    Person alice = Person.random();
    AccountId account = there.signedUp(alice);
    there.loggedIn(alice);
    Hold hold = here.hasher().holdNext();
    CompletableFuture<LoginResult> late = Concurrently.begin(() -> here.login(alice));
    hold.awaitReached();

    assertThat(there.setPassword(account, alice.with(TestSecrets.newPassword())))
        .isEqualTo(CHANGED);
    hold.release();

    assertThat(late.join()).isEqualTo(REJECTED);
  }

  /** The owner's change is made before it or not at all. */
  @Test
  void ofAChangeAtTheSameMomentNothingIsLeft() {
    for (int i = 0; i < 5; i++) {
      Person alice = Person.random();
      AccountId account = here.signedUp(alice);
      LoginResult.Success laptop = there.loggedIn(alice);
      Person chosen = alice.with(TestSecrets.newPassword());
      Person renewed = alice.with(TestSecrets.newPassword());

      List<Object> results =
          Concurrently.call(
              List.of(
                  () -> here.setPassword(account, renewed),
                  () -> there.changePassword(laptop.principal(), alice, chosen.password())));

      assertThat(results.get(0)).isEqualTo(CHANGED);
      if (results.get(1) instanceof PasswordChangeResult.Changed changed
          && changed.renewed().isPresent()) {
        assertThat(here.check(changed.renewed().get().token())).isEqualTo(NO_SESSION);
      }
      assertThat(here.login(alice)).isEqualTo(REJECTED);
      assertThat(there.login(chosen)).isEqualTo(REJECTED);
      there.loggedIn(renewed);
    }
  }

  @Test
  void ofADeletionAtTheSameMomentNothingIsLeft() {
    for (int i = 0; i < 5; i++) {
      Person alice = Person.random();
      AccountId account = here.signedUp(alice);
      there.loggedIn(alice);
      Person renewed = alice.with(TestSecrets.newPassword());

      List<Object> results =
          Concurrently.call(
              List.of(
                  () -> here.setPassword(account, renewed),
                  () -> there.service().admin().deleteAccount(account, there.deadline())));

      assertThat(results.get(0)).isIn(CHANGED, new PasswordSetResult.Unknown());
      assertThat(results.get(1)).isEqualTo(new AccountChangeResult.Changed(false));
      assertThat(here.login(alice)).isEqualTo(REJECTED);
      assertThat(there.login(renewed)).isEqualTo(REJECTED);
      assertThat(here.service().admin().find(account, here.deadline()))
          .isEqualTo(new FindResult.Unknown());
      assertThat(here.setPassword(account, renewed)).isEqualTo(new PasswordSetResult.Unknown());
    }
  }
}
