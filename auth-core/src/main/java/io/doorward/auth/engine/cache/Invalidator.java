package io.doorward.auth.engine.cache;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.guard.BackendCalls;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Invalidates the caches around every change of the database: before it (so that a crash leaves no
 * outdated entry), after it, and again through the outbox if that failed.
 *
 * <p>Thread-safe. It never throws {@link StoreException}: a cache that cannot be told makes a
 * change pending, not failed.
 */
public final class Invalidator {
  private final CredentialCache cache;
  private final UserFence users;
  private final Outbox outbox;
  private final BackendCalls credentialCalls;
  private final BackendCalls userCalls;
  private final BackendCalls outboxCalls;

  /**
   * Creates an invalidator.
   *
   * @param cache holds credentials
   * @param users holds user records
   * @param outbox remembers what is pending; told once, because the relay would only deliver again
   *     what is not marked
   */
  public Invalidator(CredentialCache cache, UserFence users, Outbox outbox, EngineContext context) {
    this.cache = requireNonNull(cache, "cache");
    this.users = requireNonNull(users, "users");
    this.outbox = requireNonNull(outbox, "outbox");
    this.credentialCalls = context.calls(Part.CREDENTIAL_CACHE);
    this.userCalls = context.calls(Part.USER_RECORDS);
    this.outboxCalls = context.calls(Part.OUTBOX);
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
            credentialCalls,
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
    return told(userCalls, deadline, () -> users.fenceUser(account, 0, deadline))
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
      outboxCalls.attempt(() -> outbox.done(delivered, deadline));
    }
    return delivered.size() == pending.size();
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
   * Delivers one invalidation without marking it done, and returns the detailed outcome.
   *
   * @param invalidation what to say
   * @param deadline for the call
   * @return confirmed, unsettled or failed
   */
  public Delivery tell(Invalidation invalidation, Deadline deadline) {
    if (invalidation instanceof Invalidation.OfLogin login) {
      return told(
          credentialCalls, deadline, () -> cache.fence(login.loginId(), login.floor(), deadline));
    }
    Invalidation.OfUser user = (Invalidation.OfUser) invalidation;
    return told(userCalls, deadline, () -> users.fenceUser(user.account(), user.floor(), deadline));
  }

  private static Delivery told(BackendCalls calls, Deadline deadline, Supplier<Boolean> fence) {
    return calls.orElse(
        () -> calls.call(deadline, fence) ? Delivery.CONFIRMED : Delivery.UNSETTLED,
        failure -> Delivery.FAILED);
  }

  /** The outcome of a delivery. */
  public enum Delivery {
    /** No node serves anything older from now on. */
    CONFIRMED,
    /**
     * The server became primary so recently that a node may still trust the previous one; the
     * invalidation must be delivered again later.
     */
    UNSETTLED,
    /** The backend did not confirm. */
    FAILED
  }
}
