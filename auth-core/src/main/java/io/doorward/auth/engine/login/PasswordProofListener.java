package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.LoginRefusal;
import io.doorward.auth.event.AuthEvent.PasswordChangeRefusal;
import io.doorward.auth.event.AuthListener;

/**
 * Hears the authenticator that proves the present password at a change of it, and calls its
 * rejections what they are: nobody tried to log in. Everything else it passes on.
 */
public final class PasswordProofListener implements AuthListener {
  private final AuthListener listener;

  public PasswordProofListener(AuthListener listener) {
    this.listener = requireNonNull(listener, "listener");
  }

  @Override
  public void on(AuthEvent event) {
    listener.on(
        event instanceof AuthEvent.LoginRejected rejected
            ? new AuthEvent.PasswordChangeRefused(
                rejected.account(), refusal(rejected.reason()), rejected.network())
            : event);
  }

  private static PasswordChangeRefusal refusal(LoginRefusal reason) {
    return switch (reason) {
      case UNKNOWN_LOGIN -> PasswordChangeRefusal.UNKNOWN_ACCOUNT;
      case WRONG_PASSWORD -> PasswordChangeRefusal.WRONG_PASSWORD;
      case UNREADABLE_HASH -> PasswordChangeRefusal.UNREADABLE_HASH;
      case NOT_ACTIVE -> PasswordChangeRefusal.NOT_ACTIVE;
      case KNOWN_DEVICES_ONLY -> PasswordChangeRefusal.KNOWN_DEVICES_ONLY;
      case CREDENTIAL_CHANGED -> PasswordChangeRefusal.CONFLICT;
    };
  }
}
