package io.doorward;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthServiceBuilder;
import io.doorward.auth.Budgets;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.backend.StartPolicy;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.jdbc.JdbcPrimaryRegistry;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.PrimaryGuard;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.DurableTokenStore;
import io.doorward.auth.session.TokenStore;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Makes a complete {@link AuthService} of a database, a Redis and a secret: accounts and durable
 * sessions in PostgreSQL, a credential cache, a session view and an attempt limiter in Redis, and a
 * {@link PrimaryGuard} where Redis can fail over. What several parts have to agree on is said once
 * and reaches all of them.
 *
 * <p>Where an address is given, a {@link PostgresPool} or {@link BoundedRedisClient} with the
 * documented defaults is opened, and closed by {@link AuthService#close}, or at once where {@link
 * Builder#build} fails. A {@code DataSource} or client of the application's stays the application's
 * to close.
 */
public final class Doorward {
  private Doorward() {}

  /**
   * Starts to describe a service.
   *
   * @param dataSource of the PostgreSQL primary, with auto-commit on; not closed here
   * @param redis a client for one server, Sentinel or Cluster; not closed here
   * @return a builder with the documented defaults
   */
  public static Builder builder(DataSource dataSource, BoundedRedisClient redis) {
    return new Builder(Address.given(dataSource), Address.given(redis));
  }

  /**
   * Starts to describe a service.
   *
   * @param dataSource of the PostgreSQL primary, with auto-commit on; not closed here
   * @param redis one server, see {@link BoundedRedisClient#builder(URI)}
   * @return a builder with the documented defaults
   * @throws IllegalArgumentException if a part of the URI cannot be used; the message repeats none
   *     of it
   */
  public static Builder builder(DataSource dataSource, URI redis) {
    return new Builder(Address.given(dataSource), Address.client(redis));
  }

  /**
   * Starts to describe a service.
   *
   * @param dataSource of the PostgreSQL primary, with auto-commit on; not closed here
   * @param redis the URI of one server, see {@link BoundedRedisClient#builder(URI)}
   * @return a builder with the documented defaults
   * @throws IllegalArgumentException if a part of the URI cannot be used; the message repeats none
   *     of it
   */
  public static Builder builder(DataSource dataSource, String redis) {
    return new Builder(Address.given(dataSource), Address.client(redis));
  }

  /**
   * Starts to describe a service.
   *
   * @param jdbcUrl of the PostgreSQL primary, see {@link PostgresPool#builder}
   * @param redis a client for one server, Sentinel or Cluster; not closed here
   * @return a builder with the documented defaults
   * @throws IllegalArgumentException if it is no PostgreSQL URL; the message does not repeat it
   */
  public static Builder builder(String jdbcUrl, BoundedRedisClient redis) {
    return new Builder(Address.pool(jdbcUrl), Address.given(redis));
  }

  /**
   * Starts to describe a service.
   *
   * @param jdbcUrl of the PostgreSQL primary, see {@link PostgresPool#builder}
   * @param redis one server, see {@link BoundedRedisClient#builder(URI)}
   * @return a builder with the documented defaults
   * @throws IllegalArgumentException if it is no PostgreSQL URL, or a part of the URI cannot be
   *     used; the message repeats neither
   */
  public static Builder builder(String jdbcUrl, URI redis) {
    return new Builder(Address.pool(jdbcUrl), Address.client(redis));
  }

  /**
   * Starts to describe a service.
   *
   * @param jdbcUrl of the PostgreSQL primary, see {@link PostgresPool#builder}
   * @param redis the URI of one server, see {@link BoundedRedisClient#builder(URI)}
   * @return a builder with the documented defaults
   * @throws IllegalArgumentException if it is no PostgreSQL URL, or a part of the URI cannot be
   *     used; the message repeats neither
   */
  public static Builder builder(String jdbcUrl, String redis) {
    return new Builder(Address.pool(jdbcUrl), Address.client(redis));
  }

  /** Collects settings. Not thread-safe. */
  public static final class Builder {
    /** What a schema, a namespace and a token's names may all be. */
    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,30}");

    private final Function<Opened, DataSource> database;
    private final Function<Opened, BoundedRedisClient> redis;
    private @Nullable KeyRing ring;
    private KeyRing.@Nullable Builder secrets;
    private String name = "doorward";
    private @Nullable JdbcSchema schema;
    private @Nullable String namespace;
    private boolean migrates;
    private @Nullable Boolean durable;
    private AuthListener listener = AuthListener.none();
    private Budgets budgets = Budgets.defaults();
    private RoleModel roleModel = RoleModel.none();
    private StartPolicy startPolicy = StartPolicy.defaults();
    private InstantSource clock = InstantSource.system();
    private Ticker ticker = Ticker.system();
    private final List<Consumer<AuthServiceBuilder>> changes = new ArrayList<>();

    private Builder(
        Function<Opened, DataSource> database, Function<Opened, BoundedRedisClient> redis) {
      this.database = database;
      this.redis = redis;
    }

    /**
     * Adds a secret, from which keys for signing, sealing and naming are derived; see {@link
     * KeyRing.Builder#secret}. The first one is the current one. The same on every node.
     *
     * @param id names the keys: 1 to 32 characters of {@code A-Z a-z 0-9 _ -}, for instance the
     *     month
     * @param secret at least 32 random bytes, see {@link Secrets}
     * @return this
     * @throws IllegalArgumentException if the secret is too short or obviously not random, or the
     *     id is in use or has another form
     * @throws IllegalStateException after {@link #keys}
     */
    public Builder secret(String id, byte[] secret) {
      if (ring != null) {
        throw new IllegalStateException("secret and keys exclude each other: use one of them");
      }
      KeyRing.Builder all = secrets == null ? KeyRing.builder() : secrets;
      all.secret(requireNonNull(id, "id"), requireNonNull(secret, "secret"));
      secrets = all;
      return this;
    }

    /**
     * Sets a source of the keys, in place of {@link #secret}. It is read now, every 30 s while the
     * service runs, and by {@link io.doorward.auth.Operations#reloadKeys}, so that a rotation needs
     * no restart: for instance {@code () -> Secrets.ringFromFile(path)}.
     *
     * @param source reads all keys, see {@link AuthServiceBuilder#keySource(Supplier)}
     * @return this
     * @throws IllegalStateException after {@link #secret} or a ring; and what the source throws
     */
    public Builder keySource(Supplier<KeyRing> source) {
      return keys(source.get()).customize(it -> it.keySource(source));
    }

    /**
     * Sets a key ring, in place of {@link #secret}. The same on every node.
     *
     * @param ring signs, seals and names
     * @return this
     * @throws IllegalStateException after {@link #secret} or another ring
     */
    public Builder keys(KeyRing ring) {
      requireNonNull(ring, "ring");
      if (secrets != null || this.ring != null) {
        throw new IllegalStateException(
            secrets != null
                ? "secret and keys exclude each other: use one of them"
                : "keys must be called once: put all keys into one ring");
      }
      this.ring = ring;
      return this;
    }

    /**
     * Names the application: its PostgreSQL schema, its namespace in Redis, and issuer and audience
     * of its access tokens. Default: {@code doorward}. Applications that share servers need
     * different names. {@link #schema} and {@link #namespace} set theirs apart, and {@link
     * #customize} sets issuer and audience.
     *
     * @param name 1 to 31 characters of {@code a-z 0-9 _} without a leading digit; the same on
     *     every node
     * @return this
     * @throws IllegalArgumentException if it has another form
     */
    public Builder name(String name) {
      if (!NAME.matcher(requireNonNull(name, "name")).matches()) {
        throw new IllegalArgumentException("name must match " + NAME.pattern() + ": " + name);
      }
      this.name = name;
      return this;
    }

    /**
     * Sets where the tables are. Default: the schema of the {@link #name}, without a prefix.
     *
     * @param schema the schema and the prefix of the tables in it
     * @return this
     */
    public Builder schema(JdbcSchema schema) {
      this.schema = requireNonNull(schema, "schema");
      return this;
    }

    /**
     * Sets the namespace in Redis. Default: the {@link #name}.
     *
     * @param namespace 1 to 32 characters of {@code A-Z a-z 0-9 _ -}; {@link #build} refuses others
     * @return this
     */
    public Builder namespace(String namespace) {
      this.namespace = requireNonNull(namespace, "namespace");
      return this;
    }

    /**
     * Creates the tables and brings them up to date, at the start or, where PostgreSQL is away
     * then, as soon as it is there; see {@link JdbcStores.Builder#migrate}. Default: the tables
     * have to be there.
     *
     * @return this
     */
    public Builder migrate() {
      this.migrates = true;
      return this;
    }

    /**
     * Keeps sessions in PostgreSQL, where losing Redis ends none; Redis answers for them. This is
     * the default.
     *
     * @return this
     * @throws IllegalStateException after {@link #redisSessions}
     */
    public Builder durableSessions() {
      return sessions(true);
    }

    /**
     * Keeps sessions in Redis only: request checks need no PostgreSQL, and sessions end where Redis
     * loses them.
     *
     * @return this
     * @throws IllegalStateException after {@link #durableSessions}
     */
    public Builder redisSessions() {
      return sessions(false);
    }

    private Builder sessions(boolean inDatabase) {
      if (durable != null && durable != inDatabase) {
        throw new IllegalStateException(
            "durableSessions and redisSessions exclude each other: use one of them");
      }
      this.durable = inDatabase;
      return this;
    }

    /**
     * Sets the event listener of the service and its stores. Default: none.
     *
     * @param listener called on the thread on which the event occurs
     * @return this
     */
    public Builder listener(AuthListener listener) {
      this.listener = requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Sets how often passwords may be tried and accounts signed up. Default: {@link
     * Budgets#defaults()}.
     *
     * @param budgets the numbers; the same on every node
     * @return this
     */
    public Builder budgets(Budgets budgets) {
      this.budgets = requireNonNull(budgets, "budgets");
      return this;
    }

    /**
     * Sets what roles mean: which others they include, and which permissions they grant. Default:
     * {@link RoleModel#none()}; every permission is then denied.
     *
     * @param roleModel the same on every node
     * @return this
     */
    public Builder roleModel(RoleModel roleModel) {
      this.roleModel = requireNonNull(roleModel, "roleModel");
      return this;
    }

    /**
     * Sets how {@link #build} treats unavailable servers and wrong settings. Default: {@link
     * StartPolicy#defaults()}.
     *
     * @param startPolicy what prevents the start, and how long {@link #build} waits for servers
     * @return this
     */
    public Builder startPolicy(StartPolicy startPolicy) {
      this.startPolicy = requireNonNull(startPolicy, "startPolicy");
      return this;
    }

    /**
     * Sets the clocks of the service and its stores, for tests. Default: the system's.
     *
     * @param clock the time of day
     * @param ticker elapsed time
     * @return this
     */
    public Builder clocks(InstantSource clock, Ticker ticker) {
      this.clock = requireNonNull(clock, "clock");
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /**
     * Changes options that only the service has, such as policies for passwords and sessions,
     * capacity, degradation, issuer and audience. Called by {@link #build}, in the order of the
     * calls.
     *
     * @param changes calls setters; {@link #build} refuses those of cache, limiter, budgets,
     *     listener and clocks, which the stores have to know, too
     * @return this
     */
    public Builder customize(Consumer<AuthServiceBuilder> changes) {
      this.changes.add(requireNonNull(changes, "changes"));
      return this;
    }

    /**
     * Opens what was given as an address, assembles the service and starts it; see {@link
     * AuthServiceBuilder#build}. Blocks during the check of the servers, as {@link #startPolicy}
     * says, and while migrations run.
     *
     * @return the service; the caller closes it, and with it what was opened here
     * @throws IllegalArgumentException if an option is outside its range
     * @throws IllegalStateException if there is neither a secret nor a key ring, or the check of
     *     the servers prevents the start; the message says what to do. Nothing stays open
     */
    public AuthService build() {
      KeyRing keys = requireKeys();
      Opened opened = new Opened();
      try {
        AuthServiceBuilder service = assemble(keys, opened);
        service.onClose(opened::close);
        changes.forEach(service::customize);
        return service.build();
      } catch (RuntimeException | Error e) {
        try {
          opened.close();
        } catch (RuntimeException another) {
          e.addSuppressed(another);
        }
        throw e;
      }
    }

    private KeyRing requireKeys() {
      if (ring != null) {
        return ring;
      }
      if (secrets == null) {
        throw new IllegalStateException(
            "a secret is missing: call secret(id, Secrets.fromEnvironment(\"DOORWARD_SECRET\"))");
      }
      return secrets.build();
    }

    private AuthServiceBuilder assemble(KeyRing keys, Opened opened) {
      DataSource dataSource = database.apply(opened);
      BoundedRedisClient client = redis.apply(opened);
      JdbcStores postgres = postgres(dataSource);
      RedisStores.Builder onRedis =
          RedisStores.builder(client, keys)
              .namespace(namespace == null ? name : namespace)
              .clock(clock)
              .listener(listener);
      if (client.mayFailOver()) {
        onRedis.primaries(guard(client, postgres, opened));
      }
      RedisStores stores = onRedis.build();
      AccountStore accounts = postgres.accounts();
      return AuthService.builder(accounts, tokens(postgres, stores, accounts), keys)
          .credentialCache(stores.credentialCache().build())
          .attemptLimiter(stores.attemptLimiter().budgets(budgets.attempts()).build())
          .budgets(budgets)
          .roleModel(roleModel)
          .issuer(name)
          .audience(name)
          .startPolicy(startPolicy)
          .listener(listener)
          .clocks(clock, ticker);
    }

    private JdbcStores postgres(DataSource dataSource) {
      JdbcStores.Builder stores =
          JdbcStores.builder(dataSource, schema == null ? JdbcSchema.of(name) : schema);
      return (migrates ? stores.migrate() : stores).build();
    }

    private PrimaryGuard guard(BoundedRedisClient client, JdbcStores postgres, Opened opened) {
      JdbcPrimaryRegistry registry = opened.add(postgres.primaryRegistry());
      return opened.add(
          PrimaryGuard.builder(client, registry).ticker(ticker).listener(listener).build());
    }

    private TokenStore tokens(JdbcStores postgres, RedisStores stores, AccountStore accounts) {
      if (durable != null && !durable) {
        return stores.tokenStore(accounts).build();
      }
      return DurableTokenStore.builder(postgres.tokenStore(), stores.sessionView().build())
          .clock(clock)
          .listener(listener)
          .build();
    }
  }
}
