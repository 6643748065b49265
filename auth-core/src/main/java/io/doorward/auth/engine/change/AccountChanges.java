package io.doorward.auth.engine.change;

import io.doorward.auth.AccountChangeResult;
import io.doorward.auth.LoginIdChangeResult;
import io.doorward.auth.PasswordChange;
import io.doorward.auth.PasswordChangeResult;
import io.doorward.auth.SignUp;
import io.doorward.auth.SignUpResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.Invalidation;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.cache.CacheFiller;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.engine.login.BoundedHasher;
import io.doorward.auth.engine.login.DeviceCookies;
import io.doorward.auth.engine.login.Logins;
import io.doorward.auth.engine.session.SessionManager;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.PasswordChangeRefusal;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.Background;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.Bulkhead.Lane;
import io.doorward.auth.guard.Retries;
import io.doorward.auth.login.AuthenticationResult.Authenticated;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordPolicy;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What changes an account: sign-up, password, identifier, status, roles, deletion. The database
 * comes first; the caches are fenced before it, where something is there to be fenced, and after it
 * with what the commit left in the outbox. A cache that cannot be told makes the change pending,
 * never failed.
 *
 * @param proof throttled, database only: proves the present password
 * @param devices knows devices that logged in before
 * @param signUps bounds how many sign-ups are hashed
 * @param degradation whether a change is made that the caches cannot be told of beforehand
 */
public record AccountChanges(
    AccountStore store,
    Authenticator proof,
    SessionManager sessions,
    DeviceCookies devices,
    Invalidator invalidator,
    CacheFiller filler,
    BoundedHasher hasher,
    SignUpBudget signUps,
    PasswordPolicy policy,
    AccountStatus initialStatus,
    Degradation degradation,
    Background background,
    Retries retries,
    AuthListener listener) {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  public SignUpResult signUp(SignUp request, Deadline deadline) {
    Optional<PasswordPolicy.Refusal> refusal = policy.refuse(request.password());
    if (refusal.isPresent()) {
      refused(request, AuthEvent.SignUpRefusal.PASSWORD_POLICY);
      return new SignUpResult.PasswordRefused(refusal.get());
    }
    Caller caller = Caller.of(request.loginId(), request.client()).withLane(Lane.COMMON);
    SignUpBudget.Hashing hashing =
        signUps.hash(request, deadline, () -> hasher.hash(request.password(), caller, deadline));
    if (hashing instanceof SignUpBudget.OverBudget overBudget) {
      refused(request, AuthEvent.SignUpRefusal.THROTTLED);
      return new SignUpResult.Throttled(overBudget.retryAfter());
    }
    Optional<PasswordHash> hash = ((SignUpBudget.Tried) hashing).hash();
    if (hash.isEmpty()) {
      return new SignUpResult.Unavailable(failed("hashing", StoreException.Kind.OVERLOADED));
    }
    LoginId loginId = request.loginId();
    AccountId account = AccountId.random();
    OperationId operation = OperationId.random();
    CredentialStore.Creation creation;
    try {
      creation =
          retries.repeatable(
              deadline,
              () -> store.create(account, loginId, initialStatus, hash.get(), operation, deadline));
    } catch (StoreException e) {
      // It may have been committed. There was no account, so there is no entry to drop.
      fenceAgain(
          until -> invalidator.invalidateLogin(loginId, 0, until), Optional.empty(), deadline);
      return new SignUpResult.Unavailable(failed("account store", e.kind()));
    }
    if (!(creation instanceof CredentialStore.Creation.Created created)) {
      refused(request, AuthEvent.SignUpRefusal.DUPLICATE);
      return new SignUpResult.Duplicate();
    }
    boolean cachePending = !invalidator.deliver(created.pending(), deadline);
    if (!cachePending) {
      filler.warm(loginId, deadline);
    }
    listener.on(new AuthEvent.SignedUp(account, cachePending));
    return new SignUpResult.Created(account, cachePending);
  }

  private void refused(SignUp request, AuthEvent.SignUpRefusal reason) {
    listener.on(new AuthEvent.SignUpRefused(reason, request.client().network()));
  }

  public PasswordChangeResult changePassword(PasswordChange change, Deadline deadline) {
    Optional<PasswordPolicy.Refusal> refusal = policy.refuse(change.next());
    if (refusal.isPresent()) {
      refused(change, PasswordChangeRefusal.PASSWORD_POLICY);
      return new PasswordChangeResult.PasswordRefused(refusal.get());
    }
    AccountId account = change.principal().account();
    try {
      Optional<Credential> seen = retries.repeatable(deadline, () -> store.find(account, deadline));
      return seen.isEmpty() ? unknown(change) : prove(change, seen.get().loginId(), deadline);
    } catch (StoreException e) {
      return new PasswordChangeResult.Unavailable(failed("account store", e.kind()));
    }
  }

  private PasswordChangeResult prove(PasswordChange change, LoginId loginId, Deadline deadline) {
    LoginAttempt attempt =
        new LoginAttempt(loginId, change.current(), devices.recognise(loginId, change.client()));
    return proof
        .authenticate(attempt, deadline)
        .match(
            proved ->
                // The identifier may have gone to another account since it was read.
                proved.account().equals(change.principal().account())
                    ? replacePassword(change, loginId, proved, deadline)
                    : unknown(change),
            nextStep -> new PasswordChangeResult.Rejected(),
            rejected -> new PasswordChangeResult.Rejected(),
            throttled -> {
              refused(change, PasswordChangeRefusal.THROTTLED);
              return new PasswordChangeResult.Throttled(throttled.retryAfter());
            },
            unavailable -> new PasswordChangeResult.Unavailable(unavailable.retryAfter()));
  }

  /** The account has no password, or another one has the identifier under which it was proved. */
  private PasswordChangeResult unknown(PasswordChange change) {
    refused(change, PasswordChangeRefusal.UNKNOWN_ACCOUNT);
    return new PasswordChangeResult.Rejected();
  }

  private void refused(PasswordChange change, PasswordChangeRefusal reason) {
    listener.on(
        new AuthEvent.PasswordChangeRefused(
            Optional.of(change.principal().account()), reason, change.client().network()));
  }

  private PasswordChangeResult replacePassword(
      PasswordChange change, LoginId loginId, Authenticated proved, Deadline deadline) {
    // Whoever comes here has a session and has just proved the password: no stranger.
    Caller caller = Caller.of(loginId, change.client()).withLane(Lane.PREFERRED);
    Optional<PasswordHash> hash = hasher.hash(change.next(), caller, deadline);
    if (hash.isEmpty()) {
      return new PasswordChangeResult.Unavailable(
          failed("hashing", StoreException.Kind.OVERLOADED));
    }
    AccountId account = proved.account();
    CredentialVersion old = proved.version();
    OperationId operation = OperationId.random();
    CredentialStore.Change outcome =
        fenced(
            until -> fenceCredential(account, loginId, old, until),
            Optional.of(new KeptOut(account, old)),
            () -> store.changePassword(account, old, hash.get(), operation, deadline),
            deadline);
    if (!(outcome instanceof CredentialStore.Change.Changed changed)) {
      refused(change, PasswordChangeRefusal.CONFLICT);
      return new PasswordChangeResult.Conflict();
    }
    boolean cachePending = !invalidator.deliver(changed.pending(), deadline);
    listener.on(new AuthEvent.PasswordChanged(account, cachePending));
    return new PasswordChangeResult.Changed(
        reopen(change, loginId, changed.version(), proved.amr(), deadline), cachePending);
  }

  /**
   * Gives the caller a new session for the one that has just ended; not worth failing a committed
   * change.
   */
  private Optional<LoginResult.Success> reopen(
      PasswordChange change,
      LoginId loginId,
      CredentialVersion version,
      Set<String> amr,
      Deadline deadline) {
    AccountId account = change.principal().account();
    Epoch epoch = Epoch.of(version);
    try {
      return sessions
          .reopen(change.principal().session(), epoch, amr, deadline)
          .map(opened -> Logins.success(opened, devices.issue(loginId, account, epoch)));
    } catch (StoreException e) {
      failed("token store", e.kind());
      return Optional.empty();
    }
  }

  public AccountChangeResult changeStatus(
      AccountId account, AccountStatus status, Deadline deadline) {
    try {
      Optional<Credential> seen = retries.repeatable(deadline, () -> store.find(account, deadline));
      if (seen.isEmpty()) {
        return new AccountChangeResult.Unknown();
      }
      return seen.get().status() == status
          ? new AccountChangeResult.Changed(!tellPresent(seen.get(), deadline))
          : replaceStatus(seen.get(), status, deadline);
    } catch (StoreException e) {
      return new AccountChangeResult.Unavailable(failed("account store", e.kind()));
    }
  }

  private AccountChangeResult replaceStatus(
      Credential seen, AccountStatus status, Deadline deadline) {
    AccountId account = seen.account();
    OperationId operation = OperationId.random();
    CredentialStore.Change outcome =
        fenced(
            until -> fenceCredential(account, seen.loginId(), seen.version(), until),
            Optional.of(KeptOut.of(seen)),
            () -> store.changeStatus(account, status, operation, deadline),
            deadline);
    if (!(outcome instanceof CredentialStore.Change.Changed changed)) {
      return new AccountChangeResult.Unknown();
    }
    boolean cachePending = !tell(account, changed.pending(), deadline);
    listener.on(new AuthEvent.StatusChanged(account, status.name(), cachePending));
    return new AccountChangeResult.Changed(cachePending);
  }

  public LoginIdChangeResult changeLoginId(AccountId account, LoginId next, Deadline deadline) {
    try {
      Optional<Credential> seen = retries.repeatable(deadline, () -> store.find(account, deadline));
      if (seen.isEmpty()) {
        return new LoginIdChangeResult.Unknown();
      }
      Optional<Credential> other = retries.repeatable(deadline, () -> store.find(next, deadline));
      if (other.isEmpty()) {
        return replaceLoginId(seen.get(), next, deadline);
      }
      // An identifier that is taken leaves no trace in the caches.
      return other.get().account().equals(account)
          ? new LoginIdChangeResult.Changed(!tellPresent(other.get(), deadline))
          : duplicate(account);
    } catch (StoreException e) {
      return new LoginIdChangeResult.Unavailable(failed("account store", e.kind()));
    }
  }

  private LoginIdChangeResult duplicate(AccountId account) {
    listener.on(new AuthEvent.LoginIdChangeRefused(account));
    return new LoginIdChangeResult.Duplicate();
  }

  private LoginIdChangeResult replaceLoginId(Credential seen, LoginId next, Deadline deadline) {
    AccountId account = seen.account();
    OperationId operation = OperationId.random();
    CredentialStore.Renaming outcome =
        fenced(
            until -> {
              // Nothing old lies under the new identifier, but a read of it may be under way.
              boolean nextTold = invalidator.invalidateLogin(next, 0, until);
              return fenceCredential(account, seen.loginId(), seen.version(), until) && nextTold;
            },
            Optional.of(KeptOut.of(seen)),
            () -> store.changeLoginId(account, next, operation, deadline),
            deadline);
    if (outcome instanceof CredentialStore.Renaming.Duplicate) {
      moveOn(KeptOut.of(seen), deadline);
      return duplicate(account);
    }
    if (!(outcome instanceof CredentialStore.Renaming.Renamed renamed)) {
      return new LoginIdChangeResult.Unknown();
    }
    boolean cachePending = !tell(account, renamed.pending(), deadline);
    listener.on(new AuthEvent.LoginIdChanged(account, cachePending));
    return new LoginIdChangeResult.Changed(cachePending);
  }

  public AccountChangeResult invalidateCredential(AccountId account, Deadline deadline) {
    OperationId operation = OperationId.random();
    try {
      // Nothing to fence beforehand: what there is to be told of has happened already.
      CredentialStore.Change outcome =
          retries.repeatable(deadline, () -> store.renewVersion(account, operation, deadline));
      if (!(outcome instanceof CredentialStore.Change.Changed changed)) {
        return new AccountChangeResult.Unknown();
      }
      boolean cachePending = !invalidator.deliver(changed.pending(), deadline);
      listener.on(new AuthEvent.CredentialRenewed(account, cachePending));
      return new AccountChangeResult.Changed(cachePending);
    } catch (StoreException e) {
      return new AccountChangeResult.Unavailable(failed("account store", e.kind()));
    }
  }

  public AccountChangeResult delete(AccountId account, Deadline deadline) {
    try {
      Optional<Credential> seen = retries.repeatable(deadline, () -> store.find(account, deadline));
      Optional<List<Invalidation>> pending =
          fenced(
              until ->
                  seen.isPresent()
                      ? fenceCredential(account, seen.get().loginId(), seen.get().version(), until)
                      : invalidator.invalidateUser(account, until),
              seen.map(KeptOut::of),
              () -> store.delete(account, deadline),
              deadline);
      if (pending.isEmpty()) {
        return new AccountChangeResult.Unknown();
      }
      boolean cachePending = !invalidator.deliver(pending.get(), deadline);
      listener.on(new AuthEvent.AccountDeleted(account, cachePending));
      return new AccountChangeResult.Changed(cachePending);
    } catch (StoreException e) {
      return new AccountChangeResult.Unavailable(failed("account store", e.kind()));
    }
  }

  public AccountChangeResult changeRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline) {
    try {
      Optional<UserRecord> seen = retries.repeatable(deadline, () -> store.load(account, deadline));
      if (seen.isEmpty()) {
        return new AccountChangeResult.Unknown();
      }
      return changesNothing(seen.get().roles(), grant, revoke)
          ? new AccountChangeResult.Changed(!tellPresent(seen.get(), deadline))
          : replaceRoles(seen.get(), grant, revoke, deadline);
    } catch (StoreException e) {
      return new AccountChangeResult.Unavailable(failed("account store", e.kind()));
    }
  }

  private AccountChangeResult replaceRoles(
      UserRecord seen, Set<String> grant, Set<String> revoke, Deadline deadline) {
    AccountId account = seen.account();
    OperationId operation = OperationId.random();
    Optional<ProfileStore.Change> outcome =
        fenced(
            until -> invalidator.invalidateUser(account, until),
            Optional.empty(),
            () -> store.changeRoles(account, grant, revoke, operation, deadline),
            deadline);
    if (outcome.isEmpty()) {
      return new AccountChangeResult.Unknown();
    }
    ProfileStore.Change changed = outcome.get();
    boolean cachePending = !tell(account, changed.pending(), deadline);
    listener.on(new AuthEvent.RolesChanged(account, changed.user().roles(), cachePending));
    return new AccountChangeResult.Changed(cachePending);
  }

  private static boolean changesNothing(Set<String> roles, Set<String> grant, Set<String> revoke) {
    Set<String> after = new HashSet<>(roles);
    after.addAll(grant);
    after.removeAll(revoke);
    return after.equals(roles);
  }

  /**
   * Fences, commits, and fences again where it is not known whether that was committed. The first
   * fence gets half of the time, so that a cache that hangs does not keep the change from being
   * made.
   */
  private <T> T fenced(
      Fence fence, Optional<KeptOut> keptOut, Supplier<T> commit, Deadline deadline) {
    Duration half = deadline.remaining().dividedBy(2);
    boolean told = !half.isZero() && fence.tell(Deadline.after(half));
    if (!told && !degradation.changesWithoutRedis()) {
      throw new StoreException(
          StoreException.Kind.REFUSED, "the caches cannot be told of a change, so it was not made");
    }
    try {
      return retries.repeatable(deadline, commit);
    } catch (StoreException e) {
      fenceAgain(fence, keptOut, deadline);
      throw e;
    }
  }

  /** Fences after a change of which it is not known whether it was committed, later if need be. */
  private void fenceAgain(Fence fence, Optional<KeptOut> keptOut, Deadline deadline) {
    boolean inTime = !deadline.isExpired();
    if (inTime) {
      fence.tell(deadline);
    }
    if (inTime && keptOut.isEmpty()) {
      return;
    }
    boolean accepted =
        background.offer(
            until -> {
              if (!inTime) {
                fence.tell(until);
              }
              keptOut.ifPresent(credential -> moveOn(credential, until));
            });
    if (!accepted) {
      failed("background", StoreException.Kind.REFUSED);
    }
  }

  /**
   * Gives a credential another version, unless it has one by now. A change that was fenced and not
   * made leaves a floor behind that its present version does not reach: it could not be cached as
   * long as that is remembered. Sessions live on.
   */
  private void moveOn(KeptOut keptOut, Deadline deadline) {
    OperationId operation = OperationId.random();
    try {
      Optional<Credential> present =
          retries
              .repeatable(deadline, () -> store.find(keptOut.account(), deadline))
              .filter(credential -> credential.version().equals(keptOut.version()));
      if (present.isEmpty()) {
        return;
      }
      PasswordHash hash = present.get().hash();
      CredentialStore.Change moved =
          retries.repeatable(
              deadline,
              () -> store.rehash(keptOut.account(), keptOut.version(), hash, operation, deadline));
      if (moved instanceof CredentialStore.Change.Changed changed) {
        invalidator.deliver(changed.pending(), deadline);
      }
    } catch (StoreException e) {
      failed("account store", e.kind());
    }
  }

  /**
   * Tells the caches of a committed change. Where the store has nothing pending, somebody else made
   * the same change and may not have told them yet, so they are told of the present state.
   */
  private boolean tell(AccountId account, List<Invalidation> pending, Deadline deadline) {
    if (!pending.isEmpty()) {
      return invalidator.deliver(pending, deadline);
    }
    try {
      Optional<Credential> present =
          retries.repeatable(deadline, () -> store.find(account, deadline));
      return present.isPresent() && tellPresent(present.get(), deadline);
    } catch (StoreException e) {
      failed("account store", e.kind());
      return false;
    }
  }

  private boolean tellPresent(Credential present, Deadline deadline) {
    boolean told =
        invalidator.deliver(
            new Invalidation.OfLogin(0, present.loginId(), present.version().number()), deadline);
    Optional<UserRecord> user =
        retries.repeatable(deadline, () -> store.load(present.account(), deadline));
    return told && user.isPresent() && tellPresent(user.get(), deadline);
  }

  private boolean tellPresent(UserRecord present, Deadline deadline) {
    return invalidator.deliver(
        new Invalidation.OfUser(0, present.account(), present.version()), deadline);
  }

  private boolean fenceCredential(
      AccountId account, LoginId loginId, CredentialVersion seen, Deadline deadline) {
    boolean loginTold = invalidator.invalidateLogin(loginId, seen.number(), deadline);
    return invalidator.invalidateUser(account, deadline) && loginTold;
  }

  private Duration failed(String backend, StoreException.Kind kind) {
    listener.on(new AuthEvent.BackendFailed(backend, kind));
    return RETRY_AFTER;
  }

  /** A credential whose version a fence keeps out of the caches. */
  private record KeptOut(AccountId account, CredentialVersion version) {
    static KeptOut of(Credential seen) {
      return new KeptOut(seen.account(), seen.version());
    }
  }

  /** Tells the caches before or after a change; true if it binds all nodes. */
  @FunctionalInterface
  private interface Fence {
    boolean tell(Deadline deadline);
  }
}
