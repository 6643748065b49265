package io.doorward.auth.engine.cache;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.Invalidation;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.UserFence;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.Retries;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Tells the caches what the database has changed, around every change: before it (so that a crash
 * in the middle leaves nothing old behind), after it, and again through the outbox where that did
 * not work.
 *
 * <p>Thread-safe. It never throws {@link StoreException}: a cache that cannot be told makes a
 * change pending, not failed.
 */
public final class Invalidator {
  private final CredentialCache cache;
  private final UserFence users;
  private final Outbox outbox;
  private final Retries retries;
  private final AuthListener listener;

  /**
   * Creates an invalidator.
   *
   * @param cache holds credentials
   * @param users holds user records
   * @param outbox remembers what is pending
   * @param retries for calls to the caches; the outbox is told once, because the relay would only
   *     deliver again what is not marked
   * @param listener hears of failures
   */
  public Invalidator(
      CredentialCache cache,
      UserFence users,
      Outbox outbox,
      Retries retries,
      AuthListener listener) {
    this.cache = requireNonNull(cache, "cache");
    this.users = requireNonNull(users, "users");
    this.outbox = requireNonNull(outbox, "outbox");
    this.retries = requireNonNull(retries, "retries");
    this.listener = AuthListener.guarded(listener);
  }

  /**
   * Voids what a cache holds of a credential that is about to change, or may have changed.
   *
   * @param loginId under which it is found
   * @param seen the version that must not be served any more; 0 if there is none
   * @param deadline for the call
   * @return true if the cache confirmed
   */
  public boolean invalidateLogin(LoginId loginId, long seen, Deadline deadline) {
    return told(
            Part.CREDENTIAL_CACHE,
            deadline,
            () -> cache.fence(loginId, seen == 0 ? 0 : seen + 1, deadline))
        == Delivery.CONFIRMED;
  }

  /**
   * Voids the loads of a user record that are under way, because it is about to change or may have
   * changed. The record itself stays until the change says what its version is: a change that is
   * never committed must not keep the record of that account from being cached.
   *
   * @param account whose record
   * @param deadline for the call
   * @return true if the cache confirmed
   */
  public boolean invalidateUser(AccountId account, Deadline deadline) {
    return told(Part.USER_RECORDS, deadline, () -> users.fenceUser(account, 0, deadline))
        == Delivery.CONFIRMED;
  }

  /**
   * Delivers what a committed change left pending, and marks it done. What is not delivered stays
   * in the outbox for the relay.
   *
   * @param pending as the store returned it
   * @param deadline of the operation; when it has passed nothing is tried
   * @return true if the caches confirmed all of it
   */
  public boolean deliver(List<Invalidation> pending, Deadline deadline) {
    List<Invalidation> delivered = new ArrayList<>();
    for (Invalidation invalidation : pending) {
      if (deliver(invalidation, deadline)) {
        delivered.add(invalidation);
      }
    }
    if (!delivered.isEmpty()) {
      markDone(delivered, deadline);
    }
    return delivered.size() == pending.size();
  }

  private void markDone(List<Invalidation> delivered, Deadline deadline) {
    try {
      outbox.done(delivered, deadline);
    } catch (StoreException e) {
      listener.on(new AuthEvent.BackendFailed(Part.OUTBOX, e.kind()));
    }
  }

  /**
   * Delivers one invalidation without marking it done.
   *
   * @param invalidation what to say
   * @param deadline for the call
   * @return true if the cache confirmed
   */
  public boolean deliver(Invalidation invalidation, Deadline deadline) {
    return tell(invalidation, deadline) == Delivery.CONFIRMED;
  }

  /**
   * Delivers one invalidation without marking it done, and says what is to be done next.
   *
   * @param invalidation what to say
   * @param deadline for the call
   * @return how far the word went
   */
  public Delivery tell(Invalidation invalidation, Deadline deadline) {
    if (invalidation instanceof Invalidation.OfLogin login) {
      return told(
          Part.CREDENTIAL_CACHE,
          deadline,
          () -> cache.fence(login.loginId(), login.floor(), deadline));
    }
    Invalidation.OfUser user = (Invalidation.OfUser) invalidation;
    return told(
        Part.USER_RECORDS, deadline, () -> users.fenceUser(user.account(), user.floor(), deadline));
  }

  private Delivery told(Part part, Deadline deadline, Supplier<Boolean> fence) {
    try {
      return retries.repeatable(deadline, fence) ? Delivery.CONFIRMED : Delivery.UNSETTLED;
    } catch (StoreException e) {
      listener.on(new AuthEvent.BackendFailed(part, e.kind()));
      return Delivery.FAILED;
    }
  }

  /** How far the word of a change went. */
  public enum Delivery {
    /** No node serves anything older from now on. */
    CONFIRMED,
    /**
     * The server that was told took over so recently that a node may still believe the one before:
     * it has to be told again when that has passed.
     */
    UNSETTLED,
    /** The backend did not confirm. */
    FAILED
  }
}
