package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.redis.FencedEntries.Hit;
import io.doorward.auth.redis.FencedEntries.Miss;
import io.doorward.auth.redis.Wire.Reader;
import io.doorward.auth.redis.Wire.Writer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;

/**
 * Credentials in Redis, found by a keyed hash of the login identifier. Thread-safe.
 *
 * <p>Security: entries are sealed (AES-256-GCM) for their key, so who reads Redis learns neither
 * address nor hash, and who writes it can plant nothing: what does not open is a miss and an {@link
 * io.doorward.auth.event.AuthEvent.SealedValueRejected}. Who writes it can delete entries, and put
 * a genuine one back until its sealed end, one TTL after its database read.
 *
 * <p>Failure: every method throws {@link StoreException}. A server that is not a primary is {@link
 * StoreException.Kind#REFUSED}.
 */
public final class RedisCredentialCache implements CredentialCache {
  private final StoreContext context;
  private final FencedEntries<Cached> entries;

  private RedisCredentialCache(Builder builder) {
    context =
        new StoreContext(
            new RedisCalls(builder.client, "credential cache", builder.primaries),
            builder.keys,
            builder.namespace,
            builder.clock,
            builder.random,
            AuthListener.guarded(builder.listener));
    entries =
        new FencedEntries<>(
            context, "credential entry", new CachedCodec(), builder.entryTtl, builder.markerTtl);
  }

  /**
   * Starts a cache.
   *
   * @param client any Jedis client for one server, Sentinel or Cluster; stays the caller's to close
   * @param keys seal entries and hide login identifiers
   * @return a builder with the documented defaults
   */
  public static Builder builder(UnifiedJedis client, KeyRing keys) {
    return new Builder(client, keys);
  }

  @Override
  public Lookup lookup(LoginId loginId, Deadline deadline) {
    String key = key(context.keys().loginIndex().name(context.namespace(), loginId));
    FencedEntries.Found<Cached> found = entries.lookup(key, deadline);
    if (found instanceof Hit<Cached> hit) {
      return new Lookup.Hit(hit.value().toCredential(loginId), hit.readAt());
    }
    Miss<Cached> miss = (Miss<Cached>) found;
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
    return entries.fill(
        key, new Miss<>(ticket.nonce(), ticket.stamp()), Cached.of(credential), readAt, deadline);
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

  /** A credential without its identifier: the key stands for that. */
  private record Cached(
      AccountId account, AccountStatus status, PasswordHash hash, CredentialVersion version) {
    static Cached of(Credential credential) {
      return new Cached(
          credential.account(), credential.status(), credential.hash(), credential.version());
    }

    Credential toCredential(LoginId loginId) {
      return new Credential(account, loginId, status, hash, version);
    }
  }

  /** Account, status, hash, number and tag of the version. */
  private static final class CachedCodec implements FencedEntries.Codec<Cached> {
    @Override
    public String format() {
      return "entry 1";
    }

    @Override
    public long version(Cached value) {
      return value.version().number();
    }

    @Override
    public void write(Cached value, Writer out) {
      out.text(value.account().value())
          .text(value.status().name())
          .text(value.hash().reveal())
          .number(value.version().number())
          .text(value.version().tag());
    }

    @Override
    public Cached read(Reader in) {
      return new Cached(
          new AccountId(in.text()),
          AccountStatus.valueOf(in.text()),
          PasswordHash.of(in.text()),
          new CredentialVersion(in.number(), in.text()));
    }
  }

  /** Collects settings. Not thread-safe. */
  public static final class Builder {
    private final UnifiedJedis client;
    private final KeyRing keys;
    private String namespace = StoreContext.DEFAULT_NAMESPACE;
    private @Nullable PrimaryGuard primaries;
    private Duration entryTtl = Duration.ofMinutes(10);
    private Duration markerTtl = Duration.ofSeconds(15);
    private InstantSource clock = InstantSource.system();
    private RandomGenerator random = new SecureRandom();
    private AuthListener listener = AuthListener.none();

    private Builder(UnifiedJedis client, KeyRing keys) {
      this.client = requireNonNull(client, "client");
      this.keys = requireNonNull(keys, "keys");
    }

    /**
     * Keeps applications that share a Redis apart: part of every key and of every seal.
     *
     * @param name 1 to 32 characters of {@code A-Z a-z 0-9 _ -}; default {@code doorward}
     * @return this
     * @throws IllegalArgumentException if it has another form
     */
    public Builder namespace(String name) {
      this.namespace = StoreContext.requireNamespace(name);
      return this;
    }

    /**
     * Keeps this store from believing a primary that another one has taken over from. Default:
     * nobody is asked, and a node that is cut off together with an old primary believes it.
     *
     * @param guard shared by all stores of this client
     * @return this
     */
    public Builder primaries(PrimaryGuard guard) {
      this.primaries = requireNonNull(guard, "guard");
      return this;
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
     * Sets the source of the time by which ages are told.
     *
     * @param source default: the system's
     * @return this
     */
    public Builder clock(InstantSource source) {
      this.clock = requireNonNull(source, "source");
      return this;
    }

    /**
     * Sets the source of jitter; nothing secret comes from it.
     *
     * @param source thread-safe; default: a {@link SecureRandom}
     * @return this
     */
    public Builder random(RandomGenerator source) {
      this.random = requireNonNull(source, "source");
      return this;
    }

    /**
     * Sets who hears of values that did not open.
     *
     * @param who default: nobody
     * @return this
     */
    public Builder listener(AuthListener who) {
      this.listener = requireNonNull(who, "who");
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
