package io.doorward.auth;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.LoginRefusal;
import io.doorward.auth.event.AuthEvent.Step;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.login.AuthenticationResult;
import io.doorward.auth.login.AuthenticationResult.Authenticated;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.SessionManager;
import io.doorward.auth.session.SessionManager.Opened;
import java.time.Duration;
import java.util.Optional;

/**
 * Login: authentication, then a session with its token.
 *
 * @param authenticator throttled, cache first
 * @param unthrottled database only, for a login that was admitted already
 */
record Logins(
    Authenticator authenticator,
    Authenticator unthrottled,
    SessionManager sessions,
    Ticker ticker,
    AuthListener listener) {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  LoginResult login(LoginAttempt attempt, Deadline deadline) {
    AuthenticationResult result = authenticator.authenticate(attempt, deadline);
    return result instanceof Authenticated authenticated
        ? openSession(attempt, authenticated, deadline)
        : withoutSession(result);
  }

  private LoginResult openSession(LoginAttempt attempt, Authenticated proved, Deadline deadline) {
    try {
      Optional<LoginResult> opened = tryOpen(attempt, proved, deadline);
      if (opened.isPresent()) {
        return opened.get();
      }
      // The credential was replaced while this login was under way. Only the database knows whether
      // the password is still right: it is, if for instance the status went to and fro.
      AuthenticationResult again = unthrottled.authenticate(attempt, deadline);
      if (!(again instanceof Authenticated renewed)) {
        return withoutSession(again);
      }
      opened = tryOpen(attempt, renewed, deadline);
      if (opened.isPresent()) {
        return opened.get();
      }
      listener.on(
          new AuthEvent.LoginRejected(
              Optional.of(proved.account()), LoginRefusal.CREDENTIAL_CHANGED));
      return new LoginResult.Rejected();
    } catch (StoreException e) {
      return new LoginResult.Unavailable(failed("token store", e.kind()));
    }
  }

  private Optional<LoginResult> tryOpen(
      LoginAttempt attempt, Authenticated proved, Deadline deadline) {
    long from = ticker.nanos();
    Optional<Opened> opened =
        sessions.open(
            proved.account(),
            proved.version().number(),
            proved.amr(),
            attempt.session(),
            attempt.client(),
            deadline);
    Duration took = Duration.ofNanos(ticker.nanos() - from);
    return opened.map(
        it -> {
          listener.on(
              new AuthEvent.LoginSucceeded(
                  proved.account(),
                  it.principal().session().id(),
                  proved.source(),
                  proved.with(Step.SESSION, took).timings()));
          return success(it);
        });
  }

  static LoginResult.Success success(Opened opened) {
    return new LoginResult.Success(opened.principal(), opened.token(), opened.expiresAt());
  }

  private static LoginResult withoutSession(AuthenticationResult result) {
    if (result instanceof AuthenticationResult.NextStep next) {
      return new LoginResult.NextStep(next.step());
    }
    if (result instanceof AuthenticationResult.Throttled throttled) {
      return new LoginResult.Throttled(throttled.retryAfter());
    }
    if (result instanceof AuthenticationResult.Unavailable unavailable) {
      return new LoginResult.Unavailable(unavailable.retryAfter());
    }
    return new LoginResult.Rejected();
  }

  private Duration failed(String backEnd, StoreException.Kind kind) {
    listener.on(new AuthEvent.BackEndFailed(backEnd, kind));
    return RETRY_AFTER;
  }
}
