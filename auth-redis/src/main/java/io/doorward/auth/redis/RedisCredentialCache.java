package io.doorward.auth.redis;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendAware;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.redis.FencedEntries.Hit;
import io.doorward.auth.redis.FencedEntries.Miss;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Credentials in Redis, found by a keyed hash of the login identifier. Thread-safe.
 *
 * <p>Security: entries are sealed (AES-256-GCM) for their key, so an attacker that reads Redis
 * learns neither address nor hash, and one that writes it can plant nothing: what does not open is
 * a miss and an {@link io.doorward.auth.event.ServiceEvent.SealedValueRejected}. An attacker that
 * writes it can delete entries, and put a genuine one back until its sealed end, one TTL after its
 * database read.
 *
 * <p>Failure: every method throws {@link StoreException}. A server that is not a primary is {@link
 * StoreException.Kind#REFUSED}.
 */
public final class RedisCredentialCache implements CredentialCache, BackendAware {
  /** To open an entry takes microseconds, to verify a password milliseconds; and it is a secret. */
  private static final int NOTHING_REMEMBERED = 0;

  private final StoreContext context;
  private final FencedEntries<CachedCredential> entries;

  private RedisCredentialCache(Builder builder) {
    context = builder.context;
    entries =
        new FencedEntries<>(
            context,
            "credential entry",
            new CachedCredential.Codec(),
            builder.entryTtl,
            builder.markerTtl,
            NOTHING_REMEMBERED);
  }

  @Override
  public Collection<Backend> backends() {
    return List.of(context.server());
  }

  @Override
  public Lookup lookup(LoginId loginId, Deadline deadline) {
    String key = key(context.keys().loginIndex().name(context.namespace(), loginId));
    FencedEntries.Found<CachedCredential> found = entries.lookup(key, deadline);
    if (found instanceof Hit<CachedCredential> hit) {
      return new Lookup.Hit(hit.value().toCredential(loginId), hit.readAt());
    }
    Miss<CachedCredential> miss = (Miss<CachedCredential>) found;
    return new Lookup.Miss(new Ticket(loginId, miss.nonce(), miss.stamp()));
  }

  @Override
  public List<Credential> peek(LoginId loginId, Deadline deadline) {
    List<Credential> found = new ArrayList<>();
    for (String name : context.keys().loginIndex().names(context.namespace(), loginId)) {
      entries.peek(key(name), deadline).ifPresent(it -> found.add(it.toCredential(loginId)));
    }
    return List.copyOf(found);
  }

  @Override
  public boolean fill(Ticket ticket, Credential credential, Instant readAt, Deadline deadline) {
    if (!ticket.loginId().equals(credential.loginId())) {
      return false;
    }
    String key = key(context.keys().loginIndex().name(context.namespace(), ticket.loginId()));
    Miss<CachedCredential> miss = new Miss<>(ticket.nonce(), ticket.stamp());
    return entries.fill(key, miss, CachedCredential.of(credential), readAt, deadline).stored();
  }

  @Override
  public boolean fence(LoginId loginId, long floor, Deadline deadline) {
    boolean told = true;
    // A node that does not have the newest index key yet serves under an older one.
    for (String name : context.keys().loginIndex().names(context.namespace(), loginId)) {
      told &= entries.fence(key(name), floor, deadline);
    }
    return told;
  }

  private String key(String name) {
    return context.key(name, "credential");
  }

  /** Collects settings; starts at {@link RedisStores}. Not thread-safe. */
  public static final class Builder {
    private final StoreContext context;
    private Duration entryTtl = Duration.ofMinutes(10);
    private Duration markerTtl = Duration.ofSeconds(15);

    Builder(StoreContext context) {
      this.context = context;
    }

    /**
     * Sets how long an entry is served after its database read, give or take a tenth. It is also
     * the longest that an old credential may live where Redis could not be told of a change.
     *
     * @param ttl 1 s to 1 d; default 10 min
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder entryTtl(Duration ttl) {
      this.entryTtl =
          StoreContext.requireBetween("entryTtl", ttl, Duration.ofSeconds(1), Duration.ofDays(1));
      return this;
    }

    /**
     * Sets how long a ticket is good at least. It has to cover reading the database and hashing.
     *
     * @param ttl 1 s to 10 min; default 15 s
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder markerTtl(Duration ttl) {
      this.markerTtl =
          StoreContext.requireBetween(
              "markerTtl", ttl, Duration.ofSeconds(1), Duration.ofMinutes(10));
      return this;
    }

    /**
     * Makes the cache. Does not connect.
     *
     * @return the cache
     */
    public RedisCredentialCache build() {
      return new RedisCredentialCache(this);
    }
  }
}
