package io.doorward.auth.engine.login;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.engine.session.SessionManager;
import io.doorward.auth.engine.session.SessionManager.Opened;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.LoginRefusal;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthEvent.Step;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.login.AuthenticationResult;
import io.doorward.auth.login.AuthenticationResult.Authenticated;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.DeviceCookie;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Login: authentication, then a session with its token.
 *
 * @param authenticator throttled, cache first
 * @param fresh throttled, database only: decides where the first proof turned out to be too old
 * @param devices knows devices that logged in before
 */
public record Logins(
    Authenticator authenticator,
    Authenticator fresh,
    SessionManager sessions,
    DeviceCookies devices,
    Ticker ticker,
    AuthListener listener) {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  public LoginResult login(LoginAttempt asked, Deadline deadline) {
    LoginAttempt attempt = asked.withClient(devices.recognise(asked.loginId(), asked.client()));
    LoginResult result = decide(attempt, deadline);
    if (result instanceof LoginResult.Unavailable) {
      listener.on(new AuthEvent.LoginUnavailable(attempt.client().network()));
    }
    return result;
  }

  private LoginResult decide(LoginAttempt attempt, Deadline deadline) {
    try {
      return answer(
          authenticator.authenticate(attempt, deadline),
          proved -> open(attempt, proved, deadline).orElseGet(() -> askAgain(attempt, deadline)));
    } catch (StoreException e) {
      return new LoginResult.Unavailable(failed(Part.TOKEN_STORE, e.kind()));
    }
  }

  /**
   * The credential was replaced while this login was under way. Only the database knows whether the
   * password is still right: it is, if for instance the status went to and fro.
   */
  private LoginResult askAgain(LoginAttempt attempt, Deadline deadline) {
    return answer(
        fresh.authenticate(attempt, deadline),
        proved -> open(attempt, proved, deadline).orElseGet(() -> replacedAgain(attempt, proved)));
  }

  private LoginResult replacedAgain(LoginAttempt attempt, Authenticated proved) {
    listener.on(
        new AuthEvent.LoginRejected(
            Optional.of(proved.account()),
            LoginRefusal.CREDENTIAL_CHANGED,
            attempt.client().network()));
    return new LoginResult.Rejected();
  }

  private Optional<LoginResult> open(
      LoginAttempt attempt, Authenticated proved, Deadline deadline) {
    long from = ticker.nanos();
    Optional<Opened> opened =
        sessions.open(
            proved.account(),
            proved.epoch(),
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
                  attempt.client().network(),
                  proved.source(),
                  proved.with(Step.SESSION, took).timings()));
          return success(it, devices.issue(attempt.loginId(), proved.account(), proved.epoch()));
        });
  }

  public static LoginResult.Success success(Opened opened, DeviceCookie device) {
    return new LoginResult.Success(opened.principal(), opened.token(), opened.expiresAt(), device);
  }

  private static LoginResult answer(
      AuthenticationResult result, Function<Authenticated, LoginResult> openSession) {
    return result.match(
        openSession,
        next -> new LoginResult.NextStep(next.step()),
        rejected -> new LoginResult.Rejected(),
        throttled -> new LoginResult.Throttled(throttled.retryAfter()),
        unavailable -> new LoginResult.Unavailable(unavailable.retryAfter()));
  }

  private Duration failed(Part part, StoreException.Kind kind) {
    listener.on(new AuthEvent.BackendFailed(part, kind));
    return RETRY_AFTER;
  }
}
