package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.account.AccountDirectory;
import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.ImportedAccount;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.engine.change.AccountChanges;
import io.doorward.auth.engine.change.AccountImports;
import io.doorward.auth.engine.change.NameChanges;
import io.doorward.auth.guard.BackendCalls;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks arguments, asks the directory, and hands each change to {@link AccountChanges} or {@link
 * NameChanges}.
 */
final class AdminDoor implements Admin {
  private static final int MAX_LISTED = 1_000;

  private final AccountChanges accounts;
  private final NameChanges names;
  private final AccountImports imports;
  private final AccountDirectory directory;
  private final BackendCalls calls;
  private final Lifecycle lifecycle;

  AdminDoor(
      AccountChanges accounts,
      NameChanges names,
      AccountImports imports,
      AccountDirectory directory,
      BackendCalls calls,
      Lifecycle lifecycle) {
    this.accounts = accounts;
    this.names = names;
    this.imports = imports;
    this.directory = directory;
    this.calls = calls;
    this.lifecycle = lifecycle;
  }

  @Override
  public FindResult find(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    return find(() -> directory.lookUp(account, deadline), deadline);
  }

  @Override
  public FindResult find(LoginId loginId, Deadline deadline) {
    requireNonNull(loginId, "loginId");
    return find(() -> directory.lookUp(loginId, deadline), deadline);
  }

  @Override
  public FindResult find(ExternalId externalId, Deadline deadline) {
    requireNonNull(externalId, "externalId");
    return find(() -> directory.lookUp(externalId, deadline), deadline);
  }

  @Override
  public FindResult find(ExternalIdentity identity, Deadline deadline) {
    requireNonNull(identity, "identity");
    return find(() -> directory.lookUp(identity, deadline), deadline);
  }

  private FindResult find(Supplier<Optional<Account>> lookUp, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(deadline, "deadline");
    return calls.orUnavailable(
        () ->
            calls
                .call(deadline, lookUp)
                .<FindResult>map(FindResult.Found::new)
                .orElseGet(FindResult.Unknown::new),
        FindResult.Unavailable::new);
  }

  @Override
  public ListResult list(TenantId tenant, Optional<AccountId> after, int max, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(tenant, "tenant");
    requireNonNull(after, "after");
    requireNonNull(deadline, "deadline");
    if (max < 1 || max > MAX_LISTED) {
      throw new IllegalArgumentException("max must be 1 to " + MAX_LISTED + ": " + max);
    }
    return calls.orUnavailable(
        () -> {
          List<Account> page =
              calls.call(deadline, () -> directory.list(tenant, after, max, deadline));
          return new ListResult.Listed(
              page, page.size() < max ? Optional.empty() : Optional.of(page.get(max - 1).id()));
        },
        ListResult.Unavailable::new);
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
    requireOneTenant(account, requireNonNull(next, "next").tenant(), "next", deadline);
    return names.changeLoginId(account, next, deadline);
  }

  @Override
  public NameAddResult addLoginId(AccountId account, LoginId further, Deadline deadline) {
    requireOneTenant(account, requireNonNull(further, "further").tenant(), "further", deadline);
    return names.addLoginId(account, further, deadline);
  }

  @Override
  public NameRemovalResult removeLoginId(AccountId account, LoginId loginId, Deadline deadline) {
    requireOneTenant(account, requireNonNull(loginId, "loginId").tenant(), "loginId", deadline);
    return names.removeLoginId(account, loginId, deadline);
  }

  @Override
  public NameAddResult setExternalId(AccountId account, ExternalId externalId, Deadline deadline) {
    requireNonNull(externalId, "externalId");
    requireOneTenant(account, externalId.tenant(), "externalId", deadline);
    return names.setExternalId(account, externalId, deadline);
  }

  @Override
  public NameRemovalResult clearExternalId(AccountId account, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(deadline, "deadline");
    return names.clearExternalId(account, deadline);
  }

  @Override
  public NameAddResult linkIdentity(
      AccountId account, ExternalIdentity identity, Deadline deadline) {
    requireOneTenant(account, requireNonNull(identity, "identity").tenant(), "identity", deadline);
    return names.linkIdentity(account, identity, deadline);
  }

  @Override
  public NameRemovalResult unlinkIdentity(
      AccountId account, ExternalIdentity identity, Deadline deadline) {
    requireOneTenant(account, requireNonNull(identity, "identity").tenant(), "identity", deadline);
    return names.unlinkIdentity(account, identity, deadline);
  }

  /** Before anything is fenced for a change that no store makes. */
  private void requireOneTenant(
      AccountId account, TenantId tenant, String what, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(deadline, "deadline");
    account.requireSame(tenant, what);
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
  public RoleChangeResult changeRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(grant, "grant");
    requireNonNull(revoke, "revoke");
    requireNonNull(deadline, "deadline");
    return accounts.changeRoles(account, grant, revoke, deadline);
  }

  @Override
  public ImportResult importAccounts(
      Stream<? extends @Nullable ImportedAccount> accounts,
      ImportOptions options,
      Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(accounts, "accounts");
    requireNonNull(options, "options");
    requireNonNull(deadline, "deadline");
    return imports.run(accounts.iterator(), options, deadline);
  }
}
