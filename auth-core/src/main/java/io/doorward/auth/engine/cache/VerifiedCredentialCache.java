package io.doorward.auth.engine.cache;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.Bulkhead.Lane;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

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
  private final CredentialReads reads;
  private final boolean strict;
  private final BackendCalls calls;

  /**
   * Creates a cache around another one.
   *
   * @param cache holds the entries
   * @param reads compares them with the database
   * @param strict whether a hit that the database does not confirm in time is a failure; otherwise
   *     what is cached stands then
   */
  public VerifiedCredentialCache(
      CredentialCache cache, CredentialReads reads, boolean strict, EngineContext context) {
    this.cache = requireNonNull(cache, "cache");
    this.reads = requireNonNull(reads, "reads");
    this.strict = strict;
    this.calls = context.calls(Part.ACCOUNT_STORE);
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
        // A concurrent fill replaced it; its read may be older than this look-up.
        : new Lookup.Bypass();
  }

  private ProbeResult askDatabase(Credential cached, Deadline deadline) {
    Duration half = deadline.part(2);
    return calls.orElse(
        () -> {
          deadline.check("account store: version of a cached credential");
          Deadline probe = Deadline.after(half.plusNanos(1));
          return reads.isPresent(cached, Caller.in(Lane.COMMON), probe)
              ? ProbeResult.UNCHANGED_OR_ABSENT
              : ProbeResult.CHANGED;
        },
        // Without a result the database decides, in the caller's own lane, or cannot.
        failure ->
            strict || failure == StoreException.Kind.OVERLOADED
                ? ProbeResult.UNKNOWN
                : ProbeResult.UNCHANGED_OR_ABSENT);
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

  /** The result of comparing the cached version with the database. */
  private enum ProbeResult {
    /** The cached one, or the database did not answer. */
    UNCHANGED_OR_ABSENT,
    /** Another one, or none. */
    CHANGED,
    /** It could not be asked, and without its result the entry does not count. */
    UNKNOWN
  }
}
