package io.doorward.auth.engine.cache;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.guard.Retries;
import io.doorward.auth.guard.SharedReads;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A cache whose every hit is compared with the database before it counts: one read of a version by
 * primary key. So not even a change that no cache was told of leaves an old password good, as long
 * as the database answers. While it does not, what is cached stands, unless strictness was chosen.
 * Where only this node is full the entry is left aside, so that no storm makes an entry count that
 * was not compared.
 *
 * <p>Thread-safe. The database gets half of the time that is left: if it hangs, the other half is
 * for the login.
 */
public final class VerifiedCredentialCache implements CredentialCache {
  private final CredentialCache cache;
  private final CredentialStore store;
  private final Bulkhead probes;
  private final boolean strict;
  private final Retries storeRetries;
  private final AuthListener listener;
  private final SharedReads<AccountId, Optional<CredentialVersion>> versions =
      new SharedReads<>("account store");

  /**
   * Creates a cache around another one.
   *
   * @param cache holds the entries
   * @param store the truth
   * @param probes bounds the comparisons
   * @param strict whether a hit that the database does not confirm in time is a failure; otherwise
   *     what is cached stands then
   * @param storeRetries for calls to the store
   * @param listener hears of a store that does not answer
   */
  public VerifiedCredentialCache(
      CredentialCache cache,
      CredentialStore store,
      Bulkhead probes,
      boolean strict,
      Retries storeRetries,
      AuthListener listener) {
    this.cache = requireNonNull(cache, "cache");
    this.store = requireNonNull(store, "store");
    this.probes = requireNonNull(probes, "probes");
    this.strict = strict;
    this.storeRetries = requireNonNull(storeRetries, "storeRetries");
    this.listener = AuthListener.guarded(listener);
  }

  @Override
  public Lookup lookup(LoginId loginId, Deadline deadline) {
    Lookup found = cache.lookup(loginId, deadline);
    if (!(found instanceof Lookup.Hit hit)) {
      return found;
    }
    ProbeResult result = askDatabase(hit.credential(), deadline);
    if (result != ProbeResult.CHANGED) {
      return result == ProbeResult.UNKNOWN ? new Lookup.Bypass() : found;
    }
    cache.fence(loginId, hit.credential().version().number() + 1, deadline);
    return cache.lookup(loginId, deadline) instanceof Lookup.Miss miss
        ? miss
        // Somebody has filled it again: what was read for that may be older than this look-up.
        : new Lookup.Bypass();
  }

  private ProbeResult askDatabase(Credential cached, Deadline deadline) {
    Duration half = deadline.remaining().dividedBy(2);
    AccountId account = cached.account();
    try {
      deadline.check("account store: version of a cached credential");
      Deadline probe = Deadline.after(half.plusNanos(1));
      Optional<CredentialVersion> present =
          storeRetries.repeatable(
              probe,
              () ->
                  versions.read(
                      account,
                      probe,
                      () -> probes.call(probe, () -> store.version(account, probe))));
      return present.filter(cached.version()::equals).isPresent()
          ? ProbeResult.UNCHANGED_OR_ABSENT
          : ProbeResult.CHANGED;
    } catch (StoreException e) {
      listener.on(new AuthEvent.BackendFailed(Part.ACCOUNT_STORE, e.kind()));
      // Without a result the database decides, in the caller's own lane, or cannot.
      return strict || e.kind() == StoreException.Kind.OVERLOADED
          ? ProbeResult.UNKNOWN
          : ProbeResult.UNCHANGED_OR_ABSENT;
    }
  }

  @Override
  public List<Credential> peek(LoginId loginId, Deadline deadline) {
    return cache.peek(loginId, deadline);
  }

  @Override
  public boolean fill(Ticket ticket, Credential credential, Instant readAt, Deadline deadline) {
    return cache.fill(ticket, credential, readAt, deadline);
  }

  @Override
  public boolean fence(LoginId loginId, long floor, Deadline deadline) {
    return cache.fence(loginId, floor, deadline);
  }

  /** What came of asking the database which version is the present one. */
  private enum ProbeResult {
    /** The cached one, or the database did not answer. */
    UNCHANGED_OR_ABSENT,
    /** Another one, or none. */
    CHANGED,
    /** It could not be asked, and without its result the entry does not count. */
    UNKNOWN
  }
}
