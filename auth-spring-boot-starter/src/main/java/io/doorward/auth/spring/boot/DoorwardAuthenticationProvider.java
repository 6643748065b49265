package io.doorward.auth.spring.boot;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.AuthService;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.login.LoginResult;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.InsufficientAuthenticationException;
import org.springframework.security.authentication.InternalAuthenticationServiceException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.security.web.authentication.session.SessionAuthenticationException;

/**
 * Checks e-mail address and password of a login of Spring Security as {@link AuthService#login}
 * does: throttled, cached, with its events. The session that a login opens is ended at once,
 * because Spring Security keeps what it needs itself: so a revocation does not end what was begun
 * by such a login. The endpoints' sessions have no such gap.
 *
 * <p>Failure: {@link BadCredentialsException} where the login is rejected, {@link
 * TooManyAttemptsException} where it is throttled, {@link InsufficientAuthenticationException}
 * where another proof is needed, and {@link InternalAuthenticationServiceException} where a server
 * does not answer.
 *
 * <p>Thread-safe. Blocks for a login, at most 5 s and one hash, and as long for the end of its
 * session.
 */
public final class DoorwardAuthenticationProvider implements AuthenticationProvider {
  private static final Logger LOG = LoggerFactory.getLogger(DoorwardAuthenticationProvider.class);
  private static final Duration END = Duration.ofSeconds(5);

  private final AuthService service;

  /**
   * Makes a provider.
   *
   * @param service checks the logins; not closed here
   */
  public DoorwardAuthenticationProvider(AuthService service) {
    this.service = requireNonNull(service, "service");
  }

  @Override
  public boolean supports(Class<?> authentication) {
    return UsernamePasswordAuthenticationToken.class.isAssignableFrom(authentication);
  }

  @Override
  public Authentication authenticate(Authentication attempt) {
    Object password = attempt.getCredentials();
    LoginResult result =
        service.login(
            attempt.getName(), password == null ? null : password.toString(), client(attempt));
    return result.match(
        success -> accepted(success, attempt.getDetails()),
        nextStep -> {
          throw new InsufficientAuthenticationException(
              "Another proof is needed: " + nextStep.step());
        },
        full -> {
          throw new SessionAuthenticationException(
              "The account has as many sessions as it may have: " + full.most());
        },
        rejected -> {
          throw new BadCredentialsException("Bad credentials");
        },
        throttled -> {
          throw new TooManyAttemptsException(throttled.retryAfter());
        },
        unavailable -> {
          throw new InternalAuthenticationServiceException(
              "The login cannot be checked at present; it says nothing about the password");
        });
  }

  private Authentication accepted(LoginResult.Success success, @Nullable Object details) {
    if (service.logout(success.token(), Deadline.after(END)) instanceof LogoutResult.Unavailable) {
      LOG.warn("A session that nobody uses could not be ended; it ends by itself");
    }
    UsernamePasswordAuthenticationToken known =
        UsernamePasswordAuthenticationToken.authenticated(
            success.principal(), null, Authorities.of(success.principal()));
    known.setDetails(details);
    return known;
  }

  /** The peer of the connection: Spring Security does not tell more. */
  private static ClientContext client(Authentication attempt) {
    if (attempt.getDetails() instanceof WebAuthenticationDetails details
        && details.getRemoteAddress() != null) {
      try {
        // An address in digits, as containers give it, is looked up nowhere.
        return ClientContext.of(InetAddress.getByName(details.getRemoteAddress()));
      } catch (UnknownHostException e) {
        return ClientContext.unknown();
      }
    }
    return ClientContext.unknown();
  }
}
