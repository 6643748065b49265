package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefusal;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthListener;

/**
 * Reports rejections of the present password at a password change as {@link
 * AccountEvent.PasswordChangeRefused}, because they are not logins. Passes all other events on.
 */
public final class PasswordProofListener implements AuthListener {
  private final AuthListener listener;

  public PasswordProofListener(AuthListener listener) {
    this.listener = requireNonNull(listener, "listener");
  }

  @Override
  public void on(AuthEvent event) {
    listener.on(
        event instanceof AccessEvent.LoginRejected rejected
            ? new AccountEvent.PasswordChangeRefused(
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
