package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.BreakerPolicy;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.server.JedisLibrary;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.UnifiedJedis;

/**
 * One Redis, and all that the stores on it have in common. From here every store starts, so that
 * none of them has another namespace or goes without the guard, and all notice together when Redis
 * is away. Thread-safe.
 *
 * <p>Nothing here connects. The client stays the caller's to close, after the service that uses the
 * stores.
 */
public final class RedisStores {
  private static final Logger LOG = LoggerFactory.getLogger(RedisStores.class);
  private static final String NAME = "Redis";

  private final UnifiedJedis client;
  private final KeyRing keys;
  private final String namespace;
  private final @Nullable PrimaryGuard primaries;
  private final RedisConfigCheck configCheck;
  private final Backend server;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final AuthListener listener;

  private RedisStores(Builder builder) {
    client = builder.client;
    keys = builder.keys;
    namespace = builder.namespace;
    primaries = builder.primaries == null ? null : builder.primaries.requireFor(client);
    clock = builder.clock;
    configCheck = new RedisConfigCheck(client, namespace, primaries, clock);
    server = Backend.of(NAME, builder.breaker, configCheck::inspect);
    configCheck.through(new Scripts(client, server, "config_check", null));
    random = builder.random;
    listener = AuthListener.guarded(builder.listener);
    if (primaries == null && client instanceof BoundedRedisClient own && !own.mayFailOver()) {
      LOG.info(
          "Redis: one server and no PrimaryGuard: should the server be made a replica,"
              + " request checks go on believing it for up to {} s",
          Scripts.BELIEVED_FOR.toSeconds());
    }
  }

  /**
   * Uses a Redis with the documented defaults.
   *
   * @param client any Jedis client for one server, Sentinel or Cluster
   * @param keys seal what lies in Redis, and hide login identifiers and networks
   * @return what the stores start from
   * @throws IllegalStateException if the Jedis on the class path is older than 7.0.0
   */
  public static RedisStores of(UnifiedJedis client, KeyRing keys) {
    return builder(client, keys).build();
  }

  /**
   * Starts a builder.
   *
   * @param client any Jedis client for one server, Sentinel or Cluster
   * @param keys seal what lies in Redis, and hide login identifiers and networks
   * @return a builder with the documented defaults
   */
  public static Builder builder(UnifiedJedis client, KeyRing keys) {
    return new Builder(client, keys);
  }

  /**
   * Starts a cache of credentials.
   *
   * @return a builder with the documented defaults
   */
  public RedisCredentialCache.Builder credentialCache() {
    return new RedisCredentialCache.Builder(context(Part.CREDENTIAL_CACHE));
  }

  /**
   * Starts a view of sessions that a database owns.
   *
   * @return a builder with the documented defaults
   */
  public RedisSessionView.Builder sessionView() {
    return new RedisSessionView.Builder(context(Part.SESSION_VIEW));
  }

  /**
   * Starts a store of sessions that are kept in Redis only.
   *
   * @param profiles read when Redis does not have a user record
   * @return a builder with the documented defaults
   */
  public RedisTokenStore.Builder tokenStore(ProfileStore profiles) {
    configCheck.keepsSessions();
    return new RedisTokenStore.Builder(context(Part.TOKEN_STORE), profiles);
  }

  /**
   * Starts a limiter of attempts.
   *
   * @return a builder with the documented defaults
   */
  public RedisAttemptLimiter.Builder attemptLimiter() {
    return new RedisAttemptLimiter.Builder(context(Part.ATTEMPT_LIMITER));
  }

  /**
   * Returns the Redis server with its circuit breaker and its health.
   *
   * @return always the same object
   */
  public Backend backend() {
    return server;
  }

  private StoreContext context(Part part) {
    Scripts scripts = new Scripts(client, server, part.text(), primaries);
    StoreReports reports = new StoreReports(part, listener);
    return new StoreContext(scripts, keys, namespace, clock, random, reports);
  }

  /** Collects settings. Not thread-safe. */
  public static final class Builder {
    private final UnifiedJedis client;
    private final KeyRing keys;
    private String namespace = StoreContext.DEFAULT_NAMESPACE;
    private @Nullable PrimaryGuard primaries;
    private BreakerPolicy breaker = BreakerPolicy.defaults();
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
     * Keeps the stores from believing a primary that another one has taken over from. Default: no
     * guard, so a node that is cut off together with an old primary believes it.
     *
     * @param guard made for the same client
     * @return this
     */
    public Builder primaries(PrimaryGuard guard) {
      this.primaries = requireNonNull(guard, "guard");
      return this;
    }

    /**
     * Sets when the circuit breaker of Redis opens.
     *
     * @param policy default: {@link BreakerPolicy#defaults()}
     * @return this
     */
    public Builder breaker(BreakerPolicy policy) {
      this.breaker = requireNonNull(policy, "policy");
      return this;
    }

    /**
     * Sets the clock for ages and ends. Attempts are counted by the Redis server's clock.
     *
     * @param clock default: the system's
     * @return this
     */
    public Builder clock(InstantSource clock) {
      this.clock = requireNonNull(clock, "clock");
      return this;
    }

    /**
     * Sets the random numbers for jitter; nothing secret comes from them.
     *
     * @param source thread-safe; default: a {@link SecureRandom}
     * @return this
     */
    public Builder random(RandomGenerator source) {
      this.random = requireNonNull(source, "source");
      return this;
    }

    /**
     * Sets the listener for values that did not open and for a database that could not be read.
     *
     * @param listener default: none
     * @return this
     */
    public Builder listener(AuthListener listener) {
      this.listener = requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Builds the stores' common part. Does not connect.
     *
     * @return what the stores start from
     * @throws IllegalArgumentException if the guard was made for another client
     * @throws IllegalStateException if the Jedis on the class path is older than 7.0.0
     */
    public RedisStores build() {
      JedisLibrary.requireSupported();
      return new RedisStores(this);
    }
  }
}
