package io.doorward.auth.engine.change;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Names.LoginIdChangeResult;
import io.doorward.auth.Names.NameAddResult;
import io.doorward.auth.Names.NameRemovalResult;
import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.NameStore;
import io.doorward.auth.account.NameStore.NameChange;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.engine.change.FencedChange.Scope;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AccountEvent.AccountName;
import io.doorward.auth.event.AccountEvent.NameRefusal;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import java.util.function.Supplier;

/**
 * Changes the names of accounts. A change of a login identifier is a {@link FencedChange} of all
 * identifiers that the account has or gets; the other names are in no cache. A change that changes
 * nothing tells the caches of the present state all the same, because the call that made it may not
 * have told them yet. An identifier that is taken, or one too many, leaves no trace in the caches.
 * Thread-safe.
 */
public final class NameChanges {
  private final AccountStore store;
  private final FencedChange changes;
  private final BackendCalls calls;
  private final AuthListener listener;

  public NameChanges(AccountStore store, FencedChange changes, AuthListener listener) {
    this.store = requireNonNull(store, "store");
    this.changes = requireNonNull(changes, "changes");
    this.calls = changes.calls();
    this.listener = requireNonNull(listener, "listener");
  }

  public LoginIdChangeResult changeLoginId(AccountId account, LoginId next, Deadline deadline) {
    return calls.orUnavailable(
        () -> {
          AccountState seen = state(account, deadline);
          if (seen.status().isEmpty()) {
            return new LoginIdChangeResult.Unknown();
          }
          if (seen.loginIds().indexOf(next) == 0) {
            // Of the former first one only the outbox of the call that ended it knows.
            boolean told = changes.deliverPresent(seen, deadline);
            return new LoginIdChangeResult.Changed(!told || seen.pending());
          }
          return isTaken(next, account, deadline)
              ? duplicate(account)
              : replaceLoginId(seen, next, deadline);
        },
        LoginIdChangeResult.Unavailable::new);
  }

  private LoginIdChangeResult replaceLoginId(AccountState seen, LoginId next, Deadline deadline) {
    AccountId account = seen.account();
    OperationId operation = OperationId.random();
    NameChange outcome =
        commit(
            Scope.of(seen).andNew(next),
            () -> store.changeLoginId(account, next, operation, deadline),
            deadline);
    if (outcome instanceof NameChange.Taken) {
      return duplicate(account);
    }
    if (!(outcome instanceof NameChange.Changed changed)) {
      return new LoginIdChangeResult.Unknown();
    }
    boolean cachePending = !changes.deliver(account, changed.pending(), deadline);
    listener.on(new AccountEvent.LoginIdChanged(account, cachePending));
    return new LoginIdChangeResult.Changed(cachePending);
  }

  private LoginIdChangeResult duplicate(AccountId account) {
    refused(account, AccountName.LOGIN_ID, NameRefusal.DUPLICATE);
    return new LoginIdChangeResult.Duplicate();
  }

  public NameAddResult addLoginId(AccountId account, LoginId further, Deadline deadline) {
    return calls.orUnavailable(
        () -> {
          AccountState seen = state(account, deadline);
          if (seen.status().isEmpty()) {
            return new NameAddResult.Unknown();
          }
          if (seen.loginIds().contains(further)) {
            return new NameAddResult.Added(!changes.deliverPresent(seen, deadline));
          }
          if (isTaken(further, account, deadline)) {
            return notAdded(account, AccountName.LOGIN_ID, new NameChange.Taken());
          }
          return seen.loginIds().size() >= NameStore.maxOfAccount()
              ? notAdded(account, AccountName.LOGIN_ID, new NameChange.Full())
              : insertLoginId(seen, further, deadline);
        },
        NameAddResult.Unavailable::new);
  }

  private NameAddResult insertLoginId(AccountState seen, LoginId further, Deadline deadline) {
    AccountId account = seen.account();
    OperationId operation = OperationId.random();
    NameChange outcome =
        commit(
            Scope.of(seen).andNew(further),
            () -> store.addLoginId(account, further, operation, deadline),
            deadline);
    if (!(outcome instanceof NameChange.Changed changed)) {
      return notAdded(account, AccountName.LOGIN_ID, outcome);
    }
    boolean cachePending = !changes.deliver(account, changed.pending(), deadline);
    listener.on(new AccountEvent.LoginIdAdded(account, cachePending));
    return new NameAddResult.Added(cachePending);
  }

  public NameRemovalResult removeLoginId(AccountId account, LoginId loginId, Deadline deadline) {
    return calls.orUnavailable(
        () -> {
          AccountState seen = state(account, deadline);
          if (seen.status().isEmpty()) {
            return new NameRemovalResult.Unknown();
          }
          if (!seen.loginIds().contains(loginId)) {
            return absent(seen);
          }
          return seen.loginIds().size() == 1
              ? last(account)
              : deleteLoginId(seen, loginId, deadline);
        },
        NameRemovalResult.Unavailable::new);
  }

  private NameRemovalResult deleteLoginId(AccountState seen, LoginId loginId, Deadline deadline) {
    AccountId account = seen.account();
    OperationId operation = OperationId.random();
    NameChange outcome =
        commit(
            Scope.of(seen),
            () -> store.removeLoginId(account, loginId, operation, deadline),
            deadline);
    if (outcome instanceof NameChange.Absent) {
      return absent(state(account, deadline));
    }
    if (outcome instanceof NameChange.Last) {
      return last(account);
    }
    if (!(outcome instanceof NameChange.Changed changed)) {
      return new NameRemovalResult.Unknown();
    }
    boolean cachePending = !changes.deliver(account, changed.pending(), deadline);
    listener.on(new AccountEvent.LoginIdRemoved(account, cachePending));
    return new NameRemovalResult.Removed(cachePending);
  }

  /**
   * The call that has removed it may not have told the caches yet: then its outbox row is there.
   */
  private static NameRemovalResult absent(AccountState seen) {
    return new NameRemovalResult.Absent(seen.pending());
  }

  private NameRemovalResult last(AccountId account) {
    refused(account, AccountName.LOGIN_ID, NameRefusal.LAST);
    return new NameRemovalResult.Last();
  }

  public NameAddResult setExternalId(AccountId account, ExternalId externalId, Deadline deadline) {
    OperationId operation = OperationId.random();
    return add(
        account,
        AccountName.EXTERNAL_ID,
        () -> store.setExternalId(account, externalId, operation, deadline),
        new AccountEvent.ExternalIdSet(account),
        deadline);
  }

  public NameRemovalResult clearExternalId(AccountId account, Deadline deadline) {
    OperationId operation = OperationId.random();
    return remove(
        () -> store.clearExternalId(account, operation, deadline),
        new AccountEvent.ExternalIdCleared(account),
        deadline);
  }

  public NameAddResult linkIdentity(
      AccountId account, ExternalIdentity identity, Deadline deadline) {
    OperationId operation = OperationId.random();
    return add(
        account,
        AccountName.EXTERNAL_IDENTITY,
        () -> store.linkIdentity(account, identity, operation, deadline),
        new AccountEvent.IdentityLinked(account, identity.issuer()),
        deadline);
  }

  public NameRemovalResult unlinkIdentity(
      AccountId account, ExternalIdentity identity, Deadline deadline) {
    OperationId operation = OperationId.random();
    return remove(
        () -> store.unlinkIdentity(account, identity, operation, deadline),
        new AccountEvent.IdentityUnlinked(account, identity.issuer()),
        deadline);
  }

  /** Adds a name that opens nothing. */
  private NameAddResult add(
      AccountId account,
      AccountName name,
      Supplier<NameChange> change,
      AccountEvent event,
      Deadline deadline) {
    return calls.orUnavailable(
        () -> {
          NameChange outcome = calls.call(deadline, change);
          if (!(outcome instanceof NameChange.Changed)) {
            return notAdded(account, name, outcome);
          }
          listener.on(event);
          return new NameAddResult.Added(false);
        },
        NameAddResult.Unavailable::new);
  }

  /** Removes a name that opens nothing. */
  private NameRemovalResult remove(
      Supplier<NameChange> change, AccountEvent event, Deadline deadline) {
    return calls.orUnavailable(
        () -> {
          NameChange outcome = calls.call(deadline, change);
          if (outcome instanceof NameChange.Absent) {
            return new NameRemovalResult.Absent(false);
          }
          if (!(outcome instanceof NameChange.Changed)) {
            return new NameRemovalResult.Unknown();
          }
          listener.on(event);
          return new NameRemovalResult.Removed(false);
        },
        NameRemovalResult.Unavailable::new);
  }

  private NameAddResult notAdded(AccountId account, AccountName name, NameChange outcome) {
    if (outcome instanceof NameChange.Taken) {
      refused(account, name, NameRefusal.DUPLICATE);
      return new NameAddResult.Duplicate();
    }
    if (outcome instanceof NameChange.Full) {
      refused(account, name, NameRefusal.FULL);
      return new NameAddResult.Full();
    }
    return new NameAddResult.Unknown();
  }

  private void refused(AccountId account, AccountName name, NameRefusal reason) {
    listener.on(new AccountEvent.NameChangeRefused(account, name, reason));
  }

  /** Makes a fenced change; one that is refused keeps nothing out of the caches. */
  private NameChange commit(Scope scope, Supplier<NameChange> change, Deadline deadline) {
    NameChange outcome = changes.commit(scope, change, deadline);
    if (!(outcome instanceof NameChange.Changed)) {
      changes.abandon(scope, deadline);
    }
    return outcome;
  }

  private boolean isTaken(LoginId loginId, AccountId account, Deadline deadline) {
    return calls
        .call(deadline, () -> store.lookUp(loginId, deadline))
        .filter(it -> !it.id().equals(account))
        .isPresent();
  }

  private AccountState state(AccountId account, Deadline deadline) {
    return calls.call(deadline, () -> store.state(account, deadline));
  }
}
