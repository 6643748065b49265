package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.engine.change.AccountChanges;
import io.doorward.auth.password.Password;

/** Sets passwords without the present one. */
final class RecoveryDoor implements Recovery {
  private final AccountChanges accounts;
  private final Lifecycle lifecycle;

  RecoveryDoor(AccountChanges accounts, Lifecycle lifecycle) {
    this.accounts = accounts;
    this.lifecycle = lifecycle;
  }

  @Override
  public PasswordSetResult setPassword(AccountId account, Password next, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(next, "next");
    requireNonNull(deadline, "deadline");
    return accounts.setPassword(account, next, deadline);
  }
}
