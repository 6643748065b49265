package io.doorward.auth.engine.change;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.Recovery.PasswordSetResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.change.FencedChange.Scope;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefusal;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.Bulkhead.Lane;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordPolicy;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Runs administrative changes of accounts: password, status, roles, deletion. Each is a {@link
 * FencedChange}. A change that changes nothing tells the caches of the present state all the same,
 * because the call that made it may not have told them yet. Thread-safe.
 */
public final class AccountChanges {
  private final AccountStore store;
  private final FencedChange changes;
  private final BackendCalls calls;
  private final NewPasswords passwords;
  private final AuthListener listener;

  public AccountChanges(
      AccountStore store, FencedChange changes, NewPasswords passwords, AuthListener listener) {
    this.store = requireNonNull(store, "store");
    this.changes = requireNonNull(changes, "changes");
    this.calls = changes.calls();
    this.passwords = requireNonNull(passwords, "passwords");
    this.listener = requireNonNull(listener, "listener");
  }

  /** Sets a password. Hashes first, so that what is fenced was read a moment before the commit. */
  public PasswordSetResult setPassword(AccountId account, Password next, Deadline deadline) {
    Optional<PasswordPolicy.Refusal> refusal = passwords.refuse(next);
    if (refusal.isPresent()) {
      listener.on(
          new AccountEvent.PasswordChangeRefused(
              Optional.of(account), PasswordChangeRefusal.PASSWORD_POLICY, Optional.empty()));
      return new PasswordSetResult.PasswordRefused(refusal.get());
    }
    // The host has admitted the caller, so no flood of strangers is in front of it.
    Optional<PasswordHash> hash = passwords.hash(next, Caller.in(Lane.PREFERRED), deadline);
    return hash.isEmpty()
        ? new PasswordSetResult.Unavailable(
            calls.as(Part.HASHING).failed(StoreException.Kind.OVERLOADED))
        : calls.orUnavailable(
            () -> replacePassword(account, hash.get(), deadline),
            PasswordSetResult.Unavailable::new);
  }

  private PasswordSetResult replacePassword(
      AccountId account, PasswordHash next, Deadline deadline) {
    AccountState seen = state(account, deadline);
    if (seen.status().isEmpty()) {
      return new PasswordSetResult.Unknown();
    }
    OperationId operation = OperationId.random();
    Change outcome =
        changes.commit(
            Scope.of(seen), () -> store.setPassword(account, next, operation, deadline), deadline);
    if (!(outcome instanceof Change.Changed changed)) {
      return new PasswordSetResult.Unknown();
    }
    boolean cachePending = !changes.deliver(changed.pending(), deadline);
    listener.on(new AccountEvent.PasswordSet(account, cachePending));
    return new PasswordSetResult.Changed(cachePending);
  }

  public AccountChangeResult changeStatus(
      AccountId account, AccountStatus status, Deadline deadline) {
    return calls.orUnavailable(
        () -> {
          AccountState seen = state(account, deadline);
          if (seen.status().isEmpty()) {
            return new AccountChangeResult.Unknown();
          }
          return seen.status().get() == status
              ? new AccountChangeResult.Changed(!changes.deliverPresent(seen, deadline))
              : replaceStatus(seen, status, deadline);
        },
        AccountChangeResult.Unavailable::new);
  }

  private AccountChangeResult replaceStatus(
      AccountState seen, AccountStatus status, Deadline deadline) {
    AccountId account = seen.account();
    OperationId operation = OperationId.random();
    Change outcome =
        changes.commit(
            Scope.of(seen),
            () -> store.changeStatus(account, status, operation, deadline),
            deadline);
    if (!(outcome instanceof Change.Changed changed)) {
      return new AccountChangeResult.Unknown();
    }
    boolean cachePending = !changes.deliver(account, changed.pending(), deadline);
    listener.on(new AccountEvent.StatusChanged(account, status.name(), cachePending));
    return new AccountChangeResult.Changed(cachePending);
  }

  /** Gives an account a new version: for what changed it without any trigger noticing. */
  public AccountChangeResult invalidateCredential(AccountId account, Deadline deadline) {
    OperationId operation = OperationId.random();
    return calls.orUnavailable(
        () -> {
          // Nothing to fence beforehand: what there is to be told of has happened already.
          Change outcome =
              calls.call(deadline, () -> store.renewVersion(account, operation, deadline));
          if (!(outcome instanceof Change.Changed changed)) {
            return new AccountChangeResult.Unknown();
          }
          boolean cachePending = !changes.deliver(changed.pending(), deadline);
          listener.on(new AccountEvent.CredentialRenewed(account, cachePending));
          return new AccountChangeResult.Changed(cachePending);
        },
        AccountChangeResult.Unavailable::new);
  }

  public AccountChangeResult delete(AccountId account, Deadline deadline) {
    return calls.orUnavailable(
        () -> {
          Scope scope = Scope.of(state(account, deadline));
          Optional<List<Invalidation>> pending =
              changes.commit(scope, () -> store.delete(account, deadline), deadline);
          if (pending.isEmpty()) {
            return new AccountChangeResult.Unknown();
          }
          boolean cachePending = !changes.deliver(pending.get(), deadline);
          listener.on(new AccountEvent.AccountDeleted(account, cachePending));
          return new AccountChangeResult.Changed(cachePending);
        },
        AccountChangeResult.Unavailable::new);
  }

  public RoleChangeResult changeRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline) {
    return calls.orUnavailable(
        () -> {
          Optional<UserRecord> seen = calls.call(deadline, () -> store.load(account, deadline));
          if (seen.isEmpty()) {
            return new RoleChangeResult.Unknown();
          }
          Set<String> before = seen.get().roles();
          Set<String> after = ProfileStore.rolesAfter(before, grant, revoke);
          if (after.equals(before)) {
            return new RoleChangeResult.Changed(!changes.deliverPresent(seen.get(), deadline));
          }
          return ProfileStore.areTooMany(before, after)
              ? new RoleChangeResult.Full()
              : replaceRoles(account, grant, revoke, deadline);
        },
        RoleChangeResult.Unavailable::new);
  }

  private RoleChangeResult replaceRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline) {
    OperationId operation = OperationId.random();
    ProfileStore.Change outcome =
        changes.commit(
            Scope.ofUser(account),
            () -> store.changeRoles(account, grant, revoke, operation, deadline),
            deadline);
    if (!(outcome instanceof ProfileStore.Change.Changed changed)) {
      return outcome instanceof ProfileStore.Change.Full
          ? new RoleChangeResult.Full()
          : new RoleChangeResult.Unknown();
    }
    boolean cachePending = !changes.deliver(account, changed.pending(), deadline);
    listener.on(new AccountEvent.RolesChanged(account, changed.user().roles(), cachePending));
    return new RoleChangeResult.Changed(cachePending);
  }

  private AccountState state(AccountId account, Deadline deadline) {
    return calls.call(deadline, () -> store.state(account, deadline));
  }
}
