package io.doorward.auth.engine.change;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Admin.AccountChangeResult;
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
import io.doorward.auth.engine.change.FencedChange.Scope;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Runs administrative changes of accounts: status, roles, deletion. Each is a {@link FencedChange}.
 * A change that changes nothing tells the caches of the present state all the same, because the
 * call that made it may not have told them yet. Thread-safe.
 */
public final class AccountChanges {
  private final AccountStore store;
  private final FencedChange changes;
  private final BackendCalls calls;
  private final AuthListener listener;

  public AccountChanges(AccountStore store, FencedChange changes, AuthListener listener) {
    this.store = requireNonNull(store, "store");
    this.changes = requireNonNull(changes, "changes");
    this.calls = changes.calls();
    this.listener = requireNonNull(listener, "listener");
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

  public AccountChangeResult changeRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline) {
    return calls.orUnavailable(
        () -> {
          Optional<UserRecord> seen = calls.call(deadline, () -> store.load(account, deadline));
          if (seen.isEmpty()) {
            return new AccountChangeResult.Unknown();
          }
          return changesNothing(seen.get().roles(), grant, revoke)
              ? new AccountChangeResult.Changed(!changes.deliverPresent(seen.get(), deadline))
              : replaceRoles(account, grant, revoke, deadline);
        },
        AccountChangeResult.Unavailable::new);
  }

  private AccountChangeResult replaceRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline) {
    OperationId operation = OperationId.random();
    Optional<ProfileStore.Change> outcome =
        changes.commit(
            Scope.ofUser(account),
            () -> store.changeRoles(account, grant, revoke, operation, deadline),
            deadline);
    if (outcome.isEmpty()) {
      return new AccountChangeResult.Unknown();
    }
    ProfileStore.Change changed = outcome.get();
    boolean cachePending = !changes.deliver(account, changed.pending(), deadline);
    listener.on(new AccountEvent.RolesChanged(account, changed.user().roles(), cachePending));
    return new AccountChangeResult.Changed(cachePending);
  }

  private static boolean changesNothing(Set<String> roles, Set<String> grant, Set<String> revoke) {
    Set<String> after = new HashSet<>(roles);
    after.addAll(grant);
    after.removeAll(revoke);
    return after.equals(roles);
  }

  private AccountState state(AccountId account, Deadline deadline) {
    return calls.call(deadline, () -> store.state(account, deadline));
  }
}
