package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Recovery.PasswordSetResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.event.AccessEvent.LoginSucceeded;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** One process of an application: a service with stores, connections and counters of its own. */
record Node(
    AuthService service,
    CredentialCache cache,
    TokenStore tokens,
    ProbedHasher hasher,
    Events events,
    Duration patience,
    List<AutoCloseable> connections)
    implements AutoCloseable {

  Deadline deadline() {
    return Deadline.after(patience);
  }

  SignUpResult signUp(Person person) {
    return service.signUp(
        new SignUp(person.loginId(), person.password(), ClientContext.unknown()), deadline());
  }

  AccountId signedUp(Person person) {
    SignUpResult result = signUp(person);
    assertThat(result).isInstanceOf(SignUpResult.Created.class);
    return ((SignUpResult.Created) result).account();
  }

  LoginResult login(Person person) {
    return login(person, ClientContext.unknown());
  }

  LoginResult login(Person person, ClientContext client) {
    return login(new LoginAttempt(person.loginId(), person.password(), client));
  }

  LoginResult login(Person person, SessionOptions session) {
    return login(
        new LoginAttempt(person.loginId(), person.password(), ClientContext.unknown(), session));
  }

  private LoginResult login(LoginAttempt attempt) {
    LoginResult result = service.login(attempt, deadline());
    if (result instanceof LoginResult.Success success) {
      TestSecrets.record(success.token());
      TestSecrets.record(success.deviceCookie().orElseThrow().reveal());
      success.refreshToken().ifPresent(token -> TestSecrets.record(token.reveal()));
      // Every token that Doorward issues begins like this one, whichever test it is from.
      TestSecrets.record(success.token().reveal().substring(0, 16));
    }
    return result;
  }

  LoginResult.Success loggedIn(Person person) {
    return loggedIn(person, SessionOptions.cookie());
  }

  LoginResult.Success loggedIn(Person person, SessionOptions session) {
    LoginResult result = login(person, session);
    assertThat(result).isInstanceOf(LoginResult.Success.class);
    return (LoginResult.Success) result;
  }

  RefreshResult refresh(RefreshToken token) {
    RefreshResult result = service.refresh(token, deadline());
    if (result instanceof RefreshResult.Refreshed refreshed) {
      TestSecrets.record(refreshed.token());
      TestSecrets.record(refreshed.refreshToken().reveal());
    }
    return result;
  }

  /** Logs in and tells which way the login took. */
  Source loginSource(Person person) {
    return source(loggedIn(person));
  }

  /** Tells which way a login took. */
  Source source(LoginResult.Success success) {
    return events.of(LoginSucceeded.class).stream()
        .filter(event -> event.session().equals(success.principal().session().id()))
        .findFirst()
        .orElseThrow()
        .source();
  }

  CheckResult check(AccessToken token) {
    return service.check(token, deadline());
  }

  AuthenticatedPrincipal checked(AccessToken token) {
    CheckResult result = check(token);
    assertThat(result).isInstanceOf(CheckResult.Active.class);
    return ((CheckResult.Active) result).principal();
  }

  LogoutResult logout(AccessToken token) {
    return service.logout(token, deadline());
  }

  LogoutResult logout(AccountId account, SessionId session) {
    return service.sessions().logout(account, session, deadline());
  }

  LogoutResult logoutAll(AccountId account) {
    return service.sessions().logoutAll(account, deadline());
  }

  PasswordChangeResult changePassword(
      AuthenticatedPrincipal principal, Person person, Password next) {
    PasswordChangeResult result =
        service.changePassword(
            new PasswordChange(principal, person.password(), next, ClientContext.unknown()),
            deadline());
    if (result instanceof PasswordChangeResult.Changed changed) {
      changed.renewed().ifPresent(success -> TestSecrets.record(success.token()));
    }
    return result;
  }

  /** An administrator gives an account the password of that person. */
  PasswordSetResult setPassword(AccountId account, Person renewed) {
    return service.recovery().setPassword(account, renewed.password(), deadline());
  }

  RoleChangeResult changeRoles(AccountId account, Set<String> grant, Set<String> revoke) {
    return service.admin().changeRoles(account, grant, revoke, deadline());
  }

  void relay() {
    assertThat(service.operations().relayInvalidations(deadline())).isTrue();
  }

  /** Ends as a crash would as far as others can tell: nothing is said to anybody. */
  @Override
  public void close() {
    service.close();
    disconnect();
  }

  /** Ends as a crash would as far as its callers can tell, too: whatever is under way is lost. */
  void crash() {
    disconnect();
    service.close();
  }

  private void disconnect() {
    for (AutoCloseable connection : connections) {
      try {
        connection.close();
      } catch (Exception e) {
        throw new IllegalStateException("a node's connections did not close", e);
      }
    }
  }
}
