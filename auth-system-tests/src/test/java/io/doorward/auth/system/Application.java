package io.doorward.auth.system;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthServiceBuilder;
import io.doorward.auth.Budgets;
import io.doorward.auth.Capacity;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.backend.BreakerPolicy;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.jdbc.JdbcAccountStore;
import io.doorward.auth.jdbc.JdbcPrimaryRegistry;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.jdbc.SchemaMigrator;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.PrimaryGuard;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.DurableTokenStore;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.throttle.AttemptBudgets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import redis.clients.jedis.UnifiedJedis;

/**
 * An application as a whole: a database, a Redis namespace and a key ring, which all its nodes
 * share. It has nothing in common with the application of any other test.
 */
final class Application implements AutoCloseable {
  /** A node does nothing by itself during a test, unless the test says so. */
  private static final Duration NEVER = Duration.ofHours(1);

  private static final Duration MIGRATION = Duration.ofMinutes(1);

  private static final JdbcSchema SCHEMA = JdbcSchema.defaults();

  private final TestDatabase database;
  private final TestRedis redis;
  private final String namespace;
  private final Sessions sessions;
  private final KeyRing keys;
  private final List<Node> nodes = new CopyOnWriteArrayList<>();

  private Application(
      TestDatabase database, TestRedis redis, String namespace, Sessions sessions, KeyRing keys) {
    this.database = database;
    this.redis = redis;
    this.namespace = namespace;
    this.sessions = sessions;
    this.keys = keys;
  }

  /** What a test may want otherwise for one node. */
  static final class Setup {
    private AttemptBudgets budgets = AttemptBudgets.defaults();
    private Duration redisTimeout = Duration.ofSeconds(5);
    private Duration poolWait = Duration.ofSeconds(5);
    private int postgresConnections = 4;
    private int redisConnections = 16;
    private Duration entryTtl = Duration.ofMinutes(10);
    private Duration patience = Duration.ofSeconds(30);
    private String redisHost;
    private int redisPort;
    private Supplier<UnifiedJedis> redis;
    private boolean guarded;
    private BreakerPolicy breaker = BreakerPolicy.defaults();
    private UnaryOperator<CredentialCache> cache = UnaryOperator.identity();
    private UnaryOperator<AccountStore> accounts = UnaryOperator.identity();
    private UnaryOperator<TokenStore> tokens = UnaryOperator.identity();
    private UnaryOperator<TokenStore> owner = UnaryOperator.identity();
    private UnaryOperator<SessionView> view = UnaryOperator.identity();
    private UnaryOperator<DataSource> dataSource = UnaryOperator.identity();
    private String postgresHost;
    private int postgresPort;
    private KeyRing keys;
    private InstantSource clock = InstantSource.system();
    private UnaryOperator<AuthServiceBuilder> service = UnaryOperator.identity();

    Setup budgets(AttemptBudgets value) {
      budgets = value;
      return this;
    }

    Setup patience(Duration operation) {
      patience = operation;
      return this;
    }

    /** As short as an application has them, for tests in which a server is away. */
    Setup realTimeouts(Duration operation) {
      redisTimeout = Duration.ofMillis(250);
      poolWait = Duration.ofMillis(500);
      patience = operation;
      return this;
    }

    /** How many connections this node may have at most. */
    Setup connections(int postgres, int redis) {
      postgresConnections = postgres;
      redisConnections = redis;
      return this;
    }

    /** Sees the node's connections to PostgreSQL. */
    Setup dataSource(UnaryOperator<DataSource> wrapper) {
      dataSource = wrapper;
      return this;
    }

    Setup redisTimeout(Duration value) {
      redisTimeout = value;
      return this;
    }

    /** How long this node's fills are served. */
    Setup entryTtl(Duration value) {
      entryTtl = value;
      return this;
    }

    Setup redisBehind(String host, int port) {
      redisHost = host;
      redisPort = port;
      return this;
    }

    /** A client that the node makes otherwise, for instance through sentinels. */
    Setup redis(Supplier<UnifiedJedis> client) {
      redis = client;
      return this;
    }

    /** Asks its servers again and again, however often they do not answer. */
    Setup leavingNobodyAlone() {
      breaker = new BreakerPolicy(1_000, 10_000, Duration.ofSeconds(1), Duration.ofSeconds(1));
      return this;
    }

    /** Asks PostgreSQL which Redis primary is to be believed. */
    Setup guarded() {
      guarded = true;
      return this;
    }

    Setup cache(UnaryOperator<CredentialCache> wrapper) {
      cache = wrapper;
      return this;
    }

    /** Gives the node wrappers around all its stores and its cache. */
    Setup stores(
        UnaryOperator<AccountStore> accounts,
        UnaryOperator<TokenStore> tokens,
        UnaryOperator<CredentialCache> cache) {
      this.accounts = accounts;
      this.tokens = tokens;
      this.cache = cache;
      return this;
    }

    /** Gives the node wrappers around the two halves of durable sessions. */
    Setup durable(UnaryOperator<TokenStore> owner, UnaryOperator<SessionView> view) {
      this.owner = owner;
      this.view = view;
      return this;
    }

    Setup postgresBehind(String host, int port, UnaryOperator<DataSource> wrapper) {
      postgresHost = host;
      postgresPort = port;
      dataSource = wrapper;
      return this;
    }

    /** Gives the node a clock that is ahead by so much, or behind where it is negative. */
    Setup ahead(Duration by) {
      clock = () -> InstantSource.system().instant().plus(by);
      return this;
    }

    /** For a node that has not heard of a rotation yet, or that already has. */
    Setup keys(KeyRing ring) {
      keys = ring;
      return this;
    }

    Setup accounts(UnaryOperator<AccountStore> wrapper) {
      accounts = wrapper;
      return this;
    }

    Setup service(UnaryOperator<AuthServiceBuilder> more) {
      service = more;
      return this;
    }
  }

  /** Defaults, but for what a test of attempts counts. */
  static AttemptBudgets budgets(int accountFailures, Duration firstWait) {
    return new AttemptBudgets(
        accountFailures,
        firstWait,
        Duration.ofMinutes(15),
        10_000,
        Duration.ofMinutes(10),
        Duration.ofMinutes(1));
  }

  /** What a node of these tests may use, where a test does not choose. */
  static Capacity capacity() {
    return Capacity.defaults().withHashing(2, 512).withBackground(Duration.ofSeconds(20), 64);
  }

  /** An application on the servers that all tests share. */
  static Application shared(Sessions sessions) {
    return on(TestPostgres.shared(), TestRedis.shared(), sessions);
  }

  static Application on(TestPostgres postgres, TestRedis redis, Sessions sessions) {
    return on(postgres, redis, sessions, KeyRing.ofSecret("system", TestSecrets.newKey()));
  }

  /** An application with keys that a test has, too. */
  static Application on(TestPostgres postgres, TestRedis redis, Sessions sessions, KeyRing keys) {
    return postgres == TestPostgres.shared()
        ? new Application(Migrated.DATABASE.copy(), redis, redis.newNamespace(), sessions, keys)
        : on(postgres.newDatabase(), redis, sessions, keys);
  }

  /** Made once: the migrations take longer than a copy. */
  private static final class Migrated {
    static final TestDatabase DATABASE = TestPostgres.shared().newDatabase();

    static {
      migrate(DATABASE);
    }
  }

  /** An application whose database is made otherwise. */
  static Application on(TestDatabase database, TestRedis redis, Sessions sessions, KeyRing keys) {
    migrate(database);
    return new Application(database, redis, redis.newNamespace(), sessions, keys);
  }

  private static void migrate(TestDatabase database) {
    try (PostgresPool pool =
        PostgresPool.builder(database.jdbcUrl()).maximumSize(1).poolWait(MIGRATION).open()) {
      SchemaMigrator.of(pool.dataSource(), SCHEMA).migrate(Deadline.after(MIGRATION));
    }
  }

  /** An application with the same keys on the same Redis, and nothing else in common. */
  Application sibling(TestPostgres postgres) {
    Application fresh = on(postgres, redis, sessions);
    return new Application(fresh.database, redis, fresh.namespace, sessions, keys);
  }

  String namespace() {
    return namespace;
  }

  KeyRing keys() {
    return keys;
  }

  TestDatabase database() {
    return database;
  }

  String jdbcUrl() {
    return database.jdbcUrl();
  }

  /** Starts a node that waits for its servers as long as it takes. */
  Node node() {
    return node(new Setup());
  }

  Node node(Setup setup) {
    String jdbcUrl =
        setup.postgresHost == null
            ? database.jdbcUrl()
            : database.jdbcUrl(setup.postgresHost, setup.postgresPort);
    PostgresPool pool =
        PostgresPool.builder(jdbcUrl)
            .maximumSize(setup.postgresConnections)
            .poolWait(setup.poolWait)
            .open();
    DataSource dataSource = setup.dataSource.apply(pool.dataSource());
    KeyRing keys = setup.keys == null ? this.keys : setup.keys;
    UnifiedJedis client = setup.redis == null ? bounded(setup) : setup.redis.get();
    Events events = new Events();
    ProbedHasher hasher = new ProbedHasher();
    JdbcStores onPostgres = JdbcStores.builder(dataSource, SCHEMA).breaker(setup.breaker).build();
    AccountStore accounts = setup.accounts.apply(onPostgres.accounts());
    RedisStores.Builder onRedis =
        RedisStores.builder(client, keys)
            .namespace(namespace)
            .breaker(setup.breaker)
            .clock(setup.clock)
            .listener(events);
    List<AutoCloseable> open = new ArrayList<>();
    if (setup.guarded) {
      JdbcPrimaryRegistry registry = onPostgres.primaryRegistry();
      PrimaryGuard guard = PrimaryGuard.builder(client, registry).listener(events).build();
      onRedis.primaries(guard);
      open.addAll(List.of(guard, registry));
    }
    open.addAll(List.of(client, pool));
    RedisStores stores = onRedis.build();
    CredentialCache cache =
        setup.cache.apply(stores.credentialCache().entryTtl(setup.entryTtl).build());
    TokenStore store =
        switch (sessions) {
          case IN_POSTGRES -> onPostgres.tokenStore();
          case IN_REDIS -> stores.tokenStore(accounts).build();
          case DURABLE ->
              DurableTokenStore.builder(
                      setup.owner.apply(onPostgres.tokenStore()),
                      setup.view.apply(stores.sessionView().build()))
                  .concurrentReads(2, 256)
                  .clock(setup.clock)
                  .listener(events)
                  .build();
        };
    TokenStore tokens = setup.tokens.apply(store);
    AuthServiceBuilder builder =
        AuthService.builder(accounts, tokens, keys)
            .credentialCache(cache)
            .attemptLimiter(stores.attemptLimiter().budgets(setup.budgets).build())
            .budgets(Budgets.defaults().withAttempts(setup.budgets))
            .passwordHasher(hasher)
            .capacity(capacity())
            .cacheFill(CacheFill.BLOCKING)
            .relayInterval(NEVER)
            .clocks(setup.clock, Ticker.system())
            .listener(events);
    Node node =
        new Node(
            setup.service.apply(builder).build(),
            cache,
            tokens,
            hasher,
            events,
            setup.patience,
            List.copyOf(open));
    nodes.add(node);
    return node;
  }

  private BoundedRedisClient bounded(Setup setup) {
    String host = setup.redisHost == null ? redis.host() : setup.redisHost;
    int port = setup.redisHost == null ? redis.port() : setup.redisPort;
    return BoundedRedisClient.builder(host, port)
        .connectTimeout(setup.redisTimeout)
        .commandTimeout(setup.redisTimeout)
        .poolWait(setup.redisTimeout)
        .connections(setup.redisConnections)
        .build();
  }

  /** What a node has of accounts, with connections of its own. */
  JdbcAccountStore accounts() {
    return JdbcStores.of(database.dataSource(), SCHEMA).accounts();
  }

  /** Does what an administrator does with psql; {@code {table}} names one of Doorward's tables. */
  int sql(String statement, Object... values) {
    try (Connection connection = connect();
        PreparedStatement prepared = prepare(connection, statement, values)) {
      return prepared.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Asks for one text. */
  String text(String statement, Object... values) {
    try (Connection connection = connect();
        PreparedStatement prepared = prepare(connection, statement, values);
        ResultSet row = prepared.executeQuery()) {
      row.next();
      return row.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Asks for one number. */
  long count(String statement, Object... values) {
    try (Connection connection = connect();
        PreparedStatement prepared = prepare(connection, statement, values);
        ResultSet row = prepared.executeQuery()) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns of how many changes of an account the caches still have to be told. */
  long pending(AccountId account) {
    return count("SELECT count(*) FROM {outbox} WHERE account_id = ? AND done_at IS NULL", account);
  }

  Connection connect() throws SQLException {
    return database.dataSource().getConnection();
  }

  static PreparedStatement prepare(Connection connection, String statement, Object... values)
      throws SQLException {
    PreparedStatement prepared =
        connection.prepareStatement(statement.replaceAll("\\{([a-z_]+)}", "\"doorward\".\"$1\""));
    for (int i = 0; i < values.length; i++) {
      prepared.setObject(
          i + 1,
          values[i] instanceof AccountId account
              ? java.util.UUID.fromString(account.value())
              : values[i]);
    }
    return prepared;
  }

  RedisView redis() {
    return new RedisView(redis, namespace, keys);
  }

  /** Ends a node for good, so that nothing is left of it. */
  void forget(Node node) {
    nodes.remove(node);
    node.close();
  }

  /** Ends all nodes, then drops the database. */
  @Override
  public void close() {
    nodes.forEach(Node::close);
    database.close();
  }
}
