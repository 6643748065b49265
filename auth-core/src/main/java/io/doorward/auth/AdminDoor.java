package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.Admin.LoginIdChangeResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.engine.change.AccountChanges;
import java.util.Set;

/** Checks arguments and hands each change to {@link AccountChanges}. */
final class AdminDoor implements Admin {
  private final AccountChanges accounts;
  private final Lifecycle lifecycle;

  AdminDoor(AccountChanges accounts, Lifecycle lifecycle) {
    this.accounts = accounts;
    this.lifecycle = lifecycle;
  }

  @Override
  public AccountChangeResult changeStatus(
      AccountId account, AccountStatus status, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(status, "status");
    requireNonNull(deadline, "deadline");
    return accounts.changeStatus(account, status, deadline);
  }

  @Override
  public LoginIdChangeResult changeLoginId(AccountId account, LoginId next, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(next, "next");
    requireNonNull(deadline, "deadline");
    return accounts.changeLoginId(account, next, deadline);
  }

  @Override
  public AccountChangeResult invalidateCredential(AccountId account, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(deadline, "deadline");
    return accounts.invalidateCredential(account, deadline);
  }

  @Override
  public AccountChangeResult deleteAccount(AccountId account, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(deadline, "deadline");
    return accounts.delete(account, deadline);
  }

  @Override
  public AccountChangeResult changeRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(grant, "grant");
    requireNonNull(revoke, "revoke");
    requireNonNull(deadline, "deadline");
    return accounts.changeRoles(account, grant, revoke, deadline);
  }
}
