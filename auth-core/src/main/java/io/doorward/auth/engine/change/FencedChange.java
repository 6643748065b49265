package io.doorward.auth.engine.change;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Background;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Changes an account in the database so that no cache serves its old state afterwards. Every change
 * (password, status, identifier, roles, deletion) is a few lines on this class. Thread-safe.
 *
 * <h2>Invariants</h2>
 *
 * <ol>
 *   <li>Once a change is confirmed, no node accepts what it has replaced.
 *   <li>After a commit nothing turns the result into a failure: a cache that cannot be told makes
 *       the change <em>pending</em>, and the outbox row of its transaction finishes the job.
 *   <li>A change of which nothing is known but that it was tried is treated as made and as not
 *       made: its old state is not served, and its present state can be cached.
 * </ol>
 *
 * <h2>Protocol</h2>
 *
 * <pre>
 *   1. fence     raise the floor above the version seen, drop the entry, void tickets
 *   2. commit    compare-and-set in the database; a trigger writes the outbox row
 *   3. deliver   fence again with the version of the commit, then mark the outbox row as done
 * </pre>
 *
 * <p>Without step 1 a login that read the row before the commit could fill the cache after step 3
 * of a crashed node, and would be served until the relay comes. Without step 3 a login that took
 * its ticket between 1 and 2 could fill the old row after the commit. Step 1 gets half of the time,
 * so that a cache that hangs does not keep the change from being made; whether a change is made at
 * all where step 1 failed is {@link Degradation#changesWithoutRedis()}.
 *
 * <p>Where the outcome of step 2 is <em>unknown</em> (the answer to COMMIT was lost), step 1 is
 * repeated: the commit may have happened. It may also not have happened, and then the floor of step
 * 1 would keep a valid credential out of the cache for as long as the floor is remembered. So the
 * credential is given another version, by a rehash with its own hash, unless it has one by now.
 * Sessions live on, because a rehash begins no epoch.
 *
 * <p>A fence confirms for all nodes only if the primary that it met is the present one; see {@link
 * Invalidator.Delivery#UNSETTLED}. {@code docs/consistency.md} has the failures and the proofs.
 */
public final class FencedChange {
  private final AccountStore store;
  private final Invalidator caches;
  private final Degradation degradation;
  private final Background background;
  private final BackendCalls calls;

  public FencedChange(AccountStore store, Invalidator caches, EngineContext context) {
    this.store = requireNonNull(store, "store");
    this.caches = requireNonNull(caches, "caches");
    this.degradation = context.degradation();
    this.background = context.background();
    this.calls = context.calls(Part.ACCOUNT_STORE);
  }

  /**
   * What of an account a change replaces.
   *
   * @param logins the identifiers whose entries and tickets end
   * @param user the account whose user record ends; empty if it does not change
   * @param keptOut the credential that the fences keep out of the caches; empty if there is none
   */
  record Scope(List<FencedLogin> logins, Optional<AccountId> user, Optional<KeptOut> keptOut) {
    Scope {
      logins = List.copyOf(logins);
    }

    /**
     * The credential, under every identifier, and the user record of an account, as the database
     * has just shown them. An identifier that is added begins another version, so a change that
     * compares the version has seen them all.
     */
    static Scope of(AccountState seen) {
      if (seen.version().isEmpty()) {
        return ofUser(seen.account());
      }
      CredentialVersion version = seen.version().get();
      return new Scope(
          seen.loginIds().stream().map(it -> new FencedLogin(it, version.number())).toList(),
          Optional.of(seen.account()),
          Optional.of(new KeptOut(seen.account(), version)));
    }

    static Scope ofUser(AccountId account) {
      return new Scope(List.of(), Optional.of(account), Optional.empty());
    }

    /** An identifier that has no account: nothing old lies there, but a read may be under way. */
    static Scope ofNew(LoginId loginId) {
      return new Scope(List.of(new FencedLogin(loginId, 0)), Optional.empty(), Optional.empty());
    }

    /** Adds an identifier that the account is about to get, unless it has it. */
    Scope andNew(LoginId next) {
      if (logins.stream().anyMatch(it -> it.loginId().equals(next))) {
        return this;
      }
      List<FencedLogin> all = new ArrayList<>();
      all.add(new FencedLogin(next, 0));
      all.addAll(logins);
      return new Scope(all, user, keptOut);
    }
  }

  /** An identifier, and the number of the version that must not be served; 0 if there is none. */
  record FencedLogin(LoginId loginId, long seen) {}

  /** A credential, by the version that a fence keeps out of the caches. */
  record KeptOut(AccountId account, CredentialVersion version) {}

  /**
   * Makes a change: fences, commits, and fences again where the outcome is unknown.
   *
   * @param scope what the change replaces
   * @param commit the change, by an operation id: it may be tried more than once
   * @param deadline of the operation
   * @return what the store answered; the caller {@linkplain #deliver delivers} what is pending
   * @throws StoreException if nothing was changed, or nothing is known of it
   */
  <T> T commit(Scope scope, Supplier<T> commit, Deadline deadline) {
    Duration half = deadline.part(2);
    Told told = half.isZero() ? Told.NONE : fence(scope, Deadline.after(half));
    if (!told.all() && !degradation.changesWithoutRedis()) {
      // A fence that is up would keep the present credential out of the caches.
      if (told.logins() > 0 && scope.keptOut().isPresent()) {
        later(until -> abandon(scope, until));
      }
      throw new StoreException(
          StoreException.Kind.REFUSED, "the caches cannot be told of a change, so it was not made");
    }
    return commitUnfenced(scope, commit, deadline);
  }

  /**
   * Makes a change that has nothing old to fence off, such as a sign-up: fences only where the
   * outcome is unknown. So a change that is refused leaves no trace in the caches.
   */
  <T> T commitUnfenced(Scope scope, Supplier<T> commit, Deadline deadline) {
    try {
      return calls.call(deadline, commit);
    } catch (RuntimeException e) {
      // Also where the store refuses an argument: the fences must not outlast the attempt.
      fenceAgain(scope, deadline);
      throw e;
    }
  }

  /**
   * Tells the caches of a committed change. Where the store has nothing pending, another call made
   * the same change and may not have told them yet: they are told of the present state.
   *
   * @return true if all nodes are bound by it; false if it is pending
   */
  boolean deliver(AccountId account, List<Invalidation> pending, Deadline deadline) {
    if (!pending.isEmpty()) {
      return caches.deliver(pending, deadline);
    }
    return calls.orElse(
        () -> {
          AccountState present = calls.call(deadline, () -> store.state(account, deadline));
          return deliverPresent(present, deadline);
        },
        kind -> false);
  }

  /** Tells the caches what an outbox holds of a change; true if all nodes are bound by it. */
  boolean deliver(List<Invalidation> pending, Deadline deadline) {
    return caches.deliver(pending, deadline);
  }

  /**
   * Tells the caches that this is the state of an account, whatever they hold.
   *
   * @return true if all nodes are bound by it; false also if the account is gone
   */
  boolean deliverPresent(AccountState present, Deadline deadline) {
    if (present.version().isEmpty() || present.user().isEmpty()) {
      return false;
    }
    long floor = present.version().get().number();
    boolean told = true;
    for (LoginId loginId : present.loginIds()) {
      told &= caches.deliver(new Invalidation.OfLogin(0, loginId, floor), deadline);
    }
    return deliverPresent(present.user().get(), deadline) && told;
  }

  /** Tells the caches that a user record is present, whatever they hold. */
  boolean deliverPresent(UserRecord present, Deadline deadline) {
    return caches.deliver(
        new Invalidation.OfUser(0, present.account(), present.version()), deadline);
  }

  /**
   * Undoes the fences of a change that was not made: gives the credential another version, unless
   * it has one by now. Its present version is below the floor and could not be cached.
   */
  void abandon(Scope scope, Deadline deadline) {
    scope.keptOut().ifPresent(keptOut -> renew(keptOut, deadline));
  }

  /** Returns how the store is called: for what a change reads, and for its answer. */
  BackendCalls calls() {
    return calls;
  }

  /**
   * What fences have come to.
   *
   * @param logins how many of those of identifiers bind all nodes
   * @param all whether every fence does
   */
  private record Told(int logins, boolean all) {
    static final Told NONE = new Told(0, false);
  }

  private Told fence(Scope scope, Deadline deadline) {
    int logins = 0;
    for (FencedLogin login : scope.logins()) {
      if (caches.invalidateLogin(login.loginId(), login.seen(), deadline)) {
        logins++;
      }
    }
    boolean user =
        scope.user().map(account -> caches.invalidateUser(account, deadline)).orElse(true);
    return new Told(logins, user && logins == scope.logins().size());
  }

  /** Fences after a change whose outcome is unknown; in the background once time is up. */
  private void fenceAgain(Scope scope, Deadline deadline) {
    boolean inTime = !deadline.isExpired();
    if (inTime) {
      fence(scope, deadline);
    }
    if (inTime && scope.keptOut().isEmpty()) {
      return;
    }
    later(
        until -> {
          if (!inTime) {
            fence(scope, until);
          }
          abandon(scope, until);
        });
  }

  private void later(Consumer<Deadline> work) {
    if (!background.offer(work)) {
      calls.as(Part.BACKGROUND).failed(StoreException.Kind.REFUSED);
    }
  }

  private void renew(KeptOut keptOut, Deadline deadline) {
    OperationId operation = OperationId.random();
    calls.attempt(
        () ->
            calls
                .call(deadline, () -> store.find(keptOut.account(), deadline))
                .filter(credential -> credential.version().equals(keptOut.version()))
                .ifPresent(present -> renew(present, operation, deadline)));
  }

  private void renew(Credential present, OperationId operation, Deadline deadline) {
    CredentialStore.Change renewed =
        calls.call(
            deadline,
            () ->
                store.rehash(
                    present.account(), present.version(), present.hash(), operation, deadline));
    if (renewed instanceof CredentialStore.Change.Changed changed) {
      caches.deliver(changed.pending(), deadline);
    }
  }
}
