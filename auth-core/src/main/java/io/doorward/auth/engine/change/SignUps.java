package io.doorward.auth.engine.change;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialStore.Creation;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.cache.CacheFiller;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.Bulkhead.Lane;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordPolicy;
import java.util.Optional;

/** Signs people up: policy, budget, hash, one transaction, caches. Thread-safe. */
public final class SignUps {
  private final AccountStore store;
  private final FencedChange changes;
  private final BackendCalls calls;
  private final NewPasswords passwords;
  private final Terms terms;
  private final CacheFiller filler;
  private final AuthListener listener;

  public SignUps(
      AccountStore store,
      FencedChange changes,
      NewPasswords passwords,
      Terms terms,
      CacheFiller filler,
      AuthListener listener) {
    this.store = requireNonNull(store, "store");
    this.changes = requireNonNull(changes, "changes");
    this.calls = changes.calls();
    this.passwords = requireNonNull(passwords, "passwords");
    this.terms = requireNonNull(terms, "terms");
    this.filler = requireNonNull(filler, "filler");
    this.listener = requireNonNull(listener, "listener");
  }

  /**
   * On which terms accounts are made.
   *
   * @param initialStatus the status of a new account
   * @param budget how many sign-ups are hashed
   */
  public record Terms(AccountStatus initialStatus, SignUpBudget budget) {}

  public SignUpResult signUp(SignUp request, Deadline deadline) {
    Optional<PasswordPolicy.Refusal> refusal = passwords.refuse(request.password());
    if (refusal.isPresent()) {
      refused(request, AccountEvent.SignUpRefusal.PASSWORD_POLICY);
      return new SignUpResult.PasswordRefused(refusal.get());
    }
    Caller caller = Caller.of(request.loginId(), request.client()).withLane(Lane.COMMON);
    SignUpBudget.Hashing hashing =
        terms
            .budget()
            .hash(request, deadline, () -> passwords.hash(request.password(), caller, deadline));
    if (hashing instanceof SignUpBudget.OverBudget overBudget) {
      refused(request, AccountEvent.SignUpRefusal.THROTTLED);
      return new SignUpResult.Throttled(overBudget.retryAfter());
    }
    Optional<PasswordHash> hash = ((SignUpBudget.Tried) hashing).hash();
    return hash.isEmpty()
        ? new SignUpResult.Unavailable(
            calls.as(Part.HASHING).failed(StoreException.Kind.OVERLOADED))
        : calls.orUnavailable(
            () -> create(request, hash.get(), deadline), SignUpResult.Unavailable::new);
  }

  private SignUpResult create(SignUp request, PasswordHash hash, Deadline deadline) {
    LoginId loginId = request.loginId();
    AccountId account = AccountId.random(loginId.tenant());
    NewAccount wanted = NewAccount.of(account, loginId, terms.initialStatus(), hash);
    OperationId operation = OperationId.random();
    Creation creation =
        changes.commitUnfenced(
            FencedChange.Scope.ofNew(loginId),
            () -> store.create(wanted, operation, deadline),
            deadline);
    if (!(creation instanceof Creation.Created created)) {
      refused(request, AccountEvent.SignUpRefusal.DUPLICATE);
      return new SignUpResult.Duplicate();
    }
    boolean cachePending = !changes.deliver(created.pending(), deadline);
    if (!cachePending) {
      filler.warm(loginId, deadline);
    }
    listener.on(new AccountEvent.SignedUp(account, cachePending));
    return new SignUpResult.Created(account, cachePending);
  }

  private void refused(SignUp request, AccountEvent.SignUpRefusal reason) {
    listener.on(new AccountEvent.SignUpRefused(reason, request.client().network()));
  }
}
