package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.session.Opening;
import io.doorward.auth.engine.session.Opening.Opened;
import io.doorward.auth.engine.session.SessionManager;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.Step;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Authenticated;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.login.LoginResult.DeviceCookie;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** Login: authentication, then a session with its token. Thread-safe. */
public final class Logins {
  private final Authenticator authenticator;
  private final Authenticator fresh;
  private final SessionManager sessions;
  private final DeviceCookies devices;
  private final BackendCalls calls;
  private final Ticker ticker;
  private final AuthListener listener;

  /**
   * Creates the login of a service.
   *
   * @param authenticator throttled, cache first
   * @param fresh throttled, database only: decides where the first proof turned out to be too old
   * @param sessions opens sessions
   * @param devices knows devices that logged in before
   */
  public Logins(
      Authenticator authenticator,
      Authenticator fresh,
      SessionManager sessions,
      DeviceCookies devices,
      EngineContext context) {
    this.authenticator = requireNonNull(authenticator, "authenticator");
    this.fresh = requireNonNull(fresh, "fresh");
    this.sessions = requireNonNull(sessions, "sessions");
    this.devices = requireNonNull(devices, "devices");
    this.calls = context.calls(Part.TOKEN_STORE);
    this.ticker = context.ticker();
    this.listener = context.listener();
  }

  public LoginResult login(LoginAttempt asked, Deadline deadline) {
    LoginAttempt attempt = asked.withClient(devices.recognise(asked.loginId(), asked.client()));
    LoginResult result = decide(attempt, deadline);
    if (result instanceof LoginResult.Unavailable) {
      listener.on(new AccessEvent.LoginUnavailable(attempt.client().network()));
    }
    return result;
  }

  private LoginResult decide(LoginAttempt attempt, Deadline deadline) {
    return calls.orUnavailable(
        () ->
            answer(
                authenticator.authenticate(attempt, deadline),
                proved ->
                    open(attempt, proved, deadline).orElseGet(() -> askAgain(attempt, deadline))),
        LoginResult.Unavailable::new);
  }

  /**
   * The credential was replaced while this login was under way. Only the database knows whether the
   * password is still right: it is if, for instance, the status was changed and changed back.
   */
  private LoginResult askAgain(LoginAttempt attempt, Deadline deadline) {
    return answer(
        fresh.authenticate(attempt, deadline),
        proved -> open(attempt, proved, deadline).orElseGet(() -> replacedAgain(attempt, proved)));
  }

  private LoginResult replacedAgain(LoginAttempt attempt, Authenticated proved) {
    listener.on(
        new AccessEvent.LoginRejected(
            Optional.of(proved.account()),
            LoginRefusal.CREDENTIAL_CHANGED,
            attempt.client().network()));
    return new LoginResult.Rejected();
  }

  private Optional<LoginResult> open(
      LoginAttempt attempt, Authenticated proved, Deadline deadline) {
    long from = ticker.nanos();
    Opening opening =
        sessions.open(
            proved.account(),
            proved.epoch(),
            proved.amr(),
            attempt.session().withLoginId(attempt.loginId()),
            attempt.client(),
            deadline);
    Duration took = Duration.ofNanos(ticker.nanos() - from);
    return opening.match(
        it -> {
          listener.on(
              new AccessEvent.LoginSucceeded(
                  proved.account(),
                  it.principal().session().id(),
                  attempt.client().network(),
                  proved.source(),
                  proved.with(Step.SESSION, took).timings()));
          if (!isKnown(attempt, proved)) {
            listener.on(
                new AccessEvent.NewDeviceLoggedIn(
                    proved.account(),
                    it.principal().session().id(),
                    attempt.client().network(),
                    it.principal().session().device()));
          }
          return Optional.of(
              success(
                  it,
                  Optional.of(devices.issue(attempt.loginId(), proved.account(), proved.epoch()))));
        },
        full -> Optional.of(overLimit(full, proved.account(), attempt.client(), listener)),
        Optional::empty);
  }

  private static boolean isKnown(LoginAttempt attempt, Authenticated proved) {
    return attempt
        .client()
        .knownDevice()
        .filter(device -> DeviceCookies.isOf(device, proved.account(), proved.epoch()))
        .isPresent();
  }

  /** Answers a login, and tells of it, whose account has no place for another session. */
  static LoginResult overLimit(
      Opening.Full full, AccountId account, ClientContext client, AuthListener listener) {
    listener.on(
        new AccessEvent.LoginOverLimit(account, full.most(), full.deviceKind(), client.network()));
    return new LoginResult.TooManySessions(full.most(), full.deviceKind());
  }

  public static LoginResult.Success success(Opened opened, Optional<DeviceCookie> device) {
    return new LoginResult.Success(
        opened.principal(), opened.token(), opened.expiresAt(), opened.refreshToken(), device);
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
}
