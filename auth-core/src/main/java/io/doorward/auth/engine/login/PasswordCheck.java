package io.doorward.auth.engine.login;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.LoginAttempt;
import java.util.Optional;

/**
 * Compares the password of an attempt that was admitted with the credential of its login
 * identifier. Called by the {@link ThrottlingAuthenticator}.
 *
 * <p>The contract of {@link Authenticator} holds for implementations, too.
 */
@FunctionalInterface
public interface PasswordCheck {
  /**
   * Decides.
   *
   * @param attempt login identifier, password and client; a known device has been admitted by the
   *     budget of devices
   * @param deadline for the whole decision
   * @return the decision; empty if the client's device is not {@linkplain DeviceCookies#isOf known
   *     to this account in its present epoch}: then nothing was hashed, and the attempt has to be
   *     admitted as one of an unknown device. An attempt of an unknown device always gets a
   *     decision
   */
  Optional<AuthenticationResult> check(LoginAttempt attempt, Deadline deadline);
}
