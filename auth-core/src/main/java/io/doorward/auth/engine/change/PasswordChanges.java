package io.doorward.auth.engine.change;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
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
import io.doorward.auth.login.Authenticator.AuthenticationResult.Authenticated;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordPolicy;
import java.util.Optional;

/**
 * Changes passwords: policy, proof of the present one, fenced change, and a new session for the
 * caller, because all sessions of the account have ended. Thread-safe.
 */
public final class PasswordChanges {
  private final AccountStore store;
  private final FencedChange changes;
  private final BackendCalls calls;
  private final NewPasswords passwords;
  private final PasswordProof proof;
  private final Reopening reopening;
  private final AuthListener listener;

  public PasswordChanges(
      AccountStore store,
      FencedChange changes,
      NewPasswords passwords,
      PasswordProof proof,
      Reopening reopening,
      AuthListener listener) {
    this.store = requireNonNull(store, "store");
    this.changes = requireNonNull(changes, "changes");
    this.calls = changes.calls();
    this.passwords = requireNonNull(passwords, "passwords");
    this.proof = requireNonNull(proof, "proof");
    this.reopening = requireNonNull(reopening, "reopening");
    this.listener = requireNonNull(listener, "listener");
  }

  public PasswordChangeResult change(PasswordChange change, Deadline deadline) {
    Optional<PasswordPolicy.Refusal> refusal = passwords.refuse(change.next());
    if (refusal.isPresent()) {
      refused(change, PasswordChangeRefusal.PASSWORD_POLICY);
      return new PasswordChangeResult.PasswordRefused(refusal.get());
    }
    AccountId account = change.principal().account();
    return calls.orUnavailable(
        () -> {
          AccountState seen = state(account, deadline);
          return seen.loginIds().isEmpty() ? unknown(change) : prove(change, seen, deadline);
        },
        PasswordChangeResult.Unavailable::new);
  }

  private PasswordChangeResult prove(PasswordChange change, AccountState seen, Deadline deadline) {
    LoginId loginId = proof.choose(seen.loginIds(), change);
    return proof
        .prove(loginId, change, deadline)
        .match(
            proved ->
                // The identifier may have gone to another account since it was read.
                proved.account().equals(change.principal().account())
                    ? replace(change, loginId, seen, proved, deadline)
                    : unknown(change),
            nextStep -> new PasswordChangeResult.Rejected(),
            rejected -> new PasswordChangeResult.Rejected(),
            throttled -> {
              refused(change, PasswordChangeRefusal.THROTTLED);
              return new PasswordChangeResult.Throttled(throttled.retryAfter());
            },
            unavailable -> new PasswordChangeResult.Unavailable(unavailable.retryAfter()));
  }

  private PasswordChangeResult replace(
      PasswordChange change,
      LoginId loginId,
      AccountState seen,
      Authenticated proved,
      Deadline deadline) {
    AccountId account = proved.account();
    CredentialVersion old = proved.version();
    // The identifiers to fence are those of the version that is replaced.
    AccountState scope = isOf(old, seen) ? seen : state(account, deadline);
    if (!isOf(old, scope)) {
      return conflict(change);
    }
    // The caller has a session and has just proved the password, so the device counts as known.
    Caller caller = Caller.of(loginId, change.client()).withLane(Lane.PREFERRED);
    Optional<PasswordHash> hash = passwords.hash(change.next(), caller, deadline);
    if (hash.isEmpty()) {
      return new PasswordChangeResult.Unavailable(
          calls.as(Part.HASHING).failed(StoreException.Kind.OVERLOADED));
    }
    OperationId operation = OperationId.random();
    Change outcome =
        changes.commit(
            Scope.of(scope),
            () -> store.changePassword(account, old, hash.get(), operation, deadline),
            deadline);
    if (!(outcome instanceof Change.Changed changed)) {
      return conflict(change);
    }
    boolean cachePending = !changes.deliver(changed.pending(), deadline);
    listener.on(new AccountEvent.PasswordChanged(account, cachePending));
    return new PasswordChangeResult.Changed(
        reopening.reopen(
            change.principal().session(), loginId, changed.version(), proved, deadline),
        cachePending);
  }

  private AccountState state(AccountId account, Deadline deadline) {
    return calls.call(deadline, () -> store.state(account, deadline));
  }

  private static boolean isOf(CredentialVersion version, AccountState state) {
    return state.version().filter(version::equals).isPresent();
  }

  private PasswordChangeResult conflict(PasswordChange change) {
    refused(change, PasswordChangeRefusal.CONFLICT);
    return new PasswordChangeResult.Conflict();
  }

  /** The account is gone, or the identifier under which it was proved has moved. */
  private PasswordChangeResult unknown(PasswordChange change) {
    refused(change, PasswordChangeRefusal.UNKNOWN_ACCOUNT);
    return new PasswordChangeResult.Rejected();
  }

  private void refused(PasswordChange change, PasswordChangeRefusal reason) {
    listener.on(
        new AccountEvent.PasswordChangeRefused(
            Optional.of(change.principal().account()), reason, change.client().network()));
  }
}
