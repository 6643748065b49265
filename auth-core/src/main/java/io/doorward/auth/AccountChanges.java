package io.doorward.auth;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.CacheFiller;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.Invalidator;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.Retries;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.login.AuthenticationResult;
import io.doorward.auth.login.AuthenticationResult.Authenticated;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.BoundedHasher;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionManager;
import io.doorward.auth.session.SessionOptions;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What changes an account: sign-up, password, status, roles. All follow one order: the caches are
 * fenced, the database commits, the caches are fenced again with what the commit left in the
 * outbox. A cache that cannot be told makes the change pending, never failed.
 *
 * @param fresh throttled, database only: proves the present password
 */
record AccountChanges(
    CredentialStore credentials,
    ProfileStore profiles,
    Authenticator fresh,
    SessionManager sessions,
    Invalidator invalidator,
    CacheFiller filler,
    BoundedHasher hasher,
    PasswordPolicy policy,
    AccountStatus firstStatus,
    Retries retries,
    AuthListener listener) {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  SignUpResult signUp(SignUp request, Deadline deadline) {
    Optional<PasswordPolicy.Refusal> refusal = policy.refuse(request.password());
    if (refusal.isPresent()) {
      return new SignUpResult.PasswordRefused(refusal.get());
    }
    Optional<PasswordHash> hash = hasher.hash(request.password(), deadline);
    if (hash.isEmpty()) {
      return new SignUpResult.Unavailable(failed("hashing", StoreException.Kind.REFUSED));
    }
    LoginId loginId = request.loginId();
    AccountId account = AccountId.random();
    OperationId operation = OperationId.random();
    invalidator.voidLogin(loginId, 0, deadline);
    CredentialStore.Creation creation;
    try {
      creation =
          retries.repeatable(
              deadline,
              () ->
                  credentials.create(
                      account, loginId, firstStatus, hash.get(), operation, deadline));
    } catch (StoreException e) {
      invalidator.voidLogin(loginId, 0, deadline);
      return new SignUpResult.Unavailable(failed("credential store", e.kind()));
    }
    if (!(creation instanceof CredentialStore.Creation.Created created)) {
      return new SignUpResult.Duplicate();
    }
    boolean cachePending = !invalidator.deliver(created.pending(), deadline);
    if (!cachePending) {
      filler.warm(loginId, deadline);
    }
    listener.on(new AuthEvent.SignedUp(account, cachePending));
    return new SignUpResult.Created(account, cachePending);
  }

  PasswordChangeResult changePassword(PasswordChange change, Deadline deadline) {
    Optional<PasswordPolicy.Refusal> refusal = policy.refuse(change.next());
    if (refusal.isPresent()) {
      return new PasswordChangeResult.PasswordRefused(refusal.get());
    }
    AccountId account = change.principal().account();
    Optional<Credential> found;
    try {
      found = retries.repeatable(deadline, () -> credentials.find(account, deadline));
    } catch (StoreException e) {
      return new PasswordChangeResult.Unavailable(failed("credential store", e.kind()));
    }
    if (found.isEmpty()) {
      return new PasswordChangeResult.Rejected();
    }
    LoginId loginId = found.get().loginId();
    AuthenticationResult proof =
        fresh.authenticate(new LoginAttempt(loginId, change.current(), change.client()), deadline);
    if (proof instanceof AuthenticationResult.Throttled throttled) {
      return new PasswordChangeResult.Throttled(throttled.retryAfter());
    }
    if (proof instanceof AuthenticationResult.Unavailable unavailable) {
      return new PasswordChangeResult.Unavailable(unavailable.retryAfter());
    }
    if (!(proof instanceof Authenticated proved) || !proved.account().equals(account)) {
      return new PasswordChangeResult.Rejected();
    }
    Optional<PasswordHash> hash = hasher.hash(change.next(), deadline);
    return hash.isEmpty()
        ? new PasswordChangeResult.Unavailable(failed("hashing", StoreException.Kind.REFUSED))
        : storeNewPassword(change, loginId, proved, hash.get(), deadline);
  }

  /**
   * Fence, compare-and-set, fence again: also when it is not known whether the change was
   * committed.
   */
  private PasswordChangeResult storeNewPassword(
      PasswordChange change,
      LoginId loginId,
      Authenticated proved,
      PasswordHash hash,
      Deadline deadline) {
    AccountId account = proved.account();
    long old = proved.version().number();
    OperationId operation = OperationId.random();
    invalidator.voidLogin(loginId, old, deadline);
    invalidator.voidUser(account, 0, deadline);
    CredentialStore.Change outcome;
    try {
      outcome =
          retries.repeatable(
              deadline,
              () ->
                  credentials.changePassword(account, proved.version(), hash, operation, deadline));
    } catch (StoreException e) {
      invalidator.voidLogin(loginId, old, deadline);
      invalidator.voidUser(account, 0, deadline);
      return new PasswordChangeResult.Unavailable(failed("credential store", e.kind()));
    }
    if (!(outcome instanceof CredentialStore.Change.Changed changed)) {
      return new PasswordChangeResult.Conflict();
    }
    boolean cachePending = !invalidator.deliver(changed.pending(), deadline);
    listener.on(new AuthEvent.PasswordChanged(account, cachePending));
    return new PasswordChangeResult.Changed(
        renew(change, changed.version().number(), proved.amr(), deadline), cachePending);
  }

  /**
   * Gives the caller a new session for the one that has just ended; not worth failing a committed
   * change.
   */
  private Optional<LoginResult.Success> renew(
      PasswordChange change, long version, Set<String> amr, Deadline deadline) {
    Session old = change.principal().session();
    boolean remembered =
        old.idleTimeout().equals(Duration.between(old.createdAt(), old.absoluteEnd()));
    SessionOptions options =
        new SessionOptions(old.kind(), remembered, old.device(), old.attributes());
    try {
      return sessions
          .open(change.principal().account(), version, amr, options, change.client(), deadline)
          .map(Logins::success);
    } catch (StoreException e) {
      failed("token store", e.kind());
      return Optional.empty();
    }
  }

  AccountChangeResult changeStatus(AccountId account, AccountStatus status, Deadline deadline) {
    OperationId operation = OperationId.random();
    try {
      Optional<Credential> seen =
          retries.repeatable(deadline, () -> credentials.find(account, deadline));
      if (seen.isEmpty()) {
        return new AccountChangeResult.Unknown();
      }
      if (seen.get().status() == status) {
        return new AccountChangeResult.Changed(false);
      }
      invalidator.voidLogin(seen.get().loginId(), seen.get().version().number(), deadline);
      invalidator.voidUser(account, 0, deadline);
      CredentialStore.Change change =
          retries.repeatable(
              deadline, () -> credentials.changeStatus(account, status, operation, deadline));
      if (!(change instanceof CredentialStore.Change.Changed changed)) {
        return new AccountChangeResult.Unknown();
      }
      boolean cachePending = !invalidator.deliver(changed.pending(), deadline);
      listener.on(new AuthEvent.StatusChanged(account, status.name(), cachePending));
      return new AccountChangeResult.Changed(cachePending);
    } catch (StoreException e) {
      invalidator.voidUser(account, 0, deadline);
      return new AccountChangeResult.Unavailable(failed("credential store", e.kind()));
    }
  }

  AccountChangeResult changeRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline) {
    OperationId operation = OperationId.random();
    try {
      Optional<UserRecord> seen =
          retries.repeatable(deadline, () -> profiles.load(account, deadline));
      if (seen.isEmpty()) {
        return new AccountChangeResult.Unknown();
      }
      if (changesNothing(seen.get().roles(), grant, revoke)) {
        return new AccountChangeResult.Changed(false);
      }
      invalidator.voidUser(account, seen.get().version(), deadline);
      Optional<ProfileStore.Change> change =
          retries.repeatable(
              deadline, () -> profiles.changeRoles(account, grant, revoke, operation, deadline));
      if (change.isEmpty()) {
        return new AccountChangeResult.Unknown();
      }
      boolean cachePending = !invalidator.deliver(change.get().pending(), deadline);
      listener.on(new AuthEvent.RolesChanged(account, change.get().user().roles(), cachePending));
      return new AccountChangeResult.Changed(cachePending);
    } catch (StoreException e) {
      invalidator.voidUser(account, 0, deadline);
      return new AccountChangeResult.Unavailable(failed("profile store", e.kind()));
    }
  }

  private static boolean changesNothing(Set<String> roles, Set<String> grant, Set<String> revoke) {
    Set<String> after = new HashSet<>(roles);
    after.addAll(grant);
    after.removeAll(revoke);
    return after.equals(roles);
  }

  private Duration failed(String backEnd, StoreException.Kind kind) {
    listener.on(new AuthEvent.BackEndFailed(backEnd, kind));
    return RETRY_AFTER;
  }
}
