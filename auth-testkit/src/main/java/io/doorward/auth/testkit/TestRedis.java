package io.doorward.auth.testkit;

import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * A real Redis for tests. {@link #shared()} is one server for the whole JVM, started at first use
 * and ended with the JVM; {@link #startNew()} is a server of the caller's own, which may be
 * flushed, stopped, killed and paused.
 *
 * <p>Where servers come from: by default from a binary in a Maven artifact, with nothing installed.
 * {@code DOORWARD_TEST_BACKEND=testcontainers} takes a container. {@code DOORWARD_TEST_REDIS_URI}
 * names a server for {@link #shared()}.
 *
 * <p>Isolation: {@link #newNamespace()} gives every test class a prefix of its own.
 *
 * <p>Thread rule: namespaces and clients may be made by any thread; start, stop, kill, pause,
 * resume and what makes the server refuse are for the one thread that owns it. All verbs block
 * until they are true.
 */
public final class TestRedis implements AutoCloseable {
  private static final String URI_VARIABLE = "DOORWARD_TEST_REDIS_URI";
  private static final SecureRandom RANDOM = new SecureRandom();

  /** What no client of a test knows. */
  private static final String PASSWORD = "nobody-was-told";

  /** A port on which no Redis listens. */
  private static final int NOBODY = 1;

  private static final String BALLAST = "testkit:ballast:";
  private static final int BALLAST_KEYS = 600;
  private static final int BALLAST_BYTES = 2_048;
  private static final Duration LOAD_DELAY = Duration.ofMillis(100);

  private final ServerProcess process;
  private final URI uri;
  private final boolean shared;
  private boolean loading;

  private TestRedis(ServerProcess process, URI uri, boolean shared) {
    this.process = process;
    this.uri = uri;
    this.shared = shared;
    awaitReady();
  }

  /**
   * Returns the server that all test classes of this JVM share.
   *
   * @return the server; it cannot be flushed, stopped or paused
   */
  public static TestRedis shared() {
    return Shared.SERVER;
  }

  /**
   * Starts an empty server of the caller's own, never one named by the environment.
   *
   * @return the running server; close it
   */
  public static TestRedis startNew() {
    return launch(false);
  }

  /**
   * Starts an empty server of the caller's own, like {@link #startNew()} but always from the binary
   * in the Maven artifact: for servers that have to reach each other, as primary and replica do.
   * Those in containers do not.
   *
   * @return the running server; close it
   */
  public static TestRedis startEmbedded() {
    return of(EmbeddedRedisProcess.launch(), false);
  }

  private static TestRedis launch(boolean shared) {
    ServerProcess process =
        switch (TestBackend.fromEnvironment()) {
          case EMBEDDED -> EmbeddedRedisProcess.launch();
          case TESTCONTAINERS -> ContainerProcess.redis();
        };
    return of(process, shared);
  }

  private static TestRedis of(ServerProcess process, boolean shared) {
    URI uri = URI.create("redis://" + process.host() + ":" + process.port());
    return new TestRedis(process, uri, shared);
  }

  private static TestRedis named(URI uri) {
    if (uri.getHost() == null) {
      throw new IllegalArgumentException(
          URI_VARIABLE + " must name a host that java.net.URI can read: one without underscores");
    }
    int port = uri.getPort() < 0 ? 6379 : uri.getPort();
    return new TestRedis(new NamedServer(uri.getHost(), port), uri, true);
  }

  /**
   * Returns the server's host.
   *
   * @return a name or an address
   */
  public String host() {
    return process.host();
  }

  /**
   * Returns the server's port, the same for its whole life.
   *
   * @return a TCP port
   */
  public int port() {
    return process.port();
  }

  /**
   * Returns where the server is, with user and password if it wants any.
   *
   * @return a {@code redis:} or {@code rediss:} URI
   */
  public URI uri() {
    return uri;
  }

  /**
   * Makes a namespace that was never used: put it in front of every key.
   *
   * @return 14 characters of {@code a-z 0-9}
   */
  public String newNamespace() {
    return unusedNamespace();
  }

  static String unusedNamespace() {
    byte[] random = new byte[6];
    RANDOM.nextBytes(random);
    return "dw" + HexFormat.of().formatHex(random);
  }

  /**
   * Makes a client for a test's setup and checks outside the stores.
   *
   * @return a pooled client with the driver's defaults, whichever version of Jedis this is; the
   *     caller closes it
   */
  public UnifiedJedis newClient() {
    return PlainClient.to(uri);
  }

  /** Deletes every key; the server's identity stays. */
  public void flushAll() {
    requireOwn("flushed");
    ask(UnifiedJedis::flushAll);
  }

  /**
   * Starts the stopped server again, on the same port, empty, under a new identity.
   *
   * @throws IllegalStateException if it runs
   */
  public void start() {
    requireOwn("started");
    process.start();
    awaitReady();
  }

  /** Stops the server; its data are lost. Does nothing if it is stopped. */
  public void stop() {
    requireOwn("stopped");
    process.stop();
  }

  /** Ends the server as a crash would; its data are lost. Does nothing if it is stopped. */
  public void kill() {
    requireOwn("killed");
    process.kill();
  }

  /** Freezes the server: connections are taken and stay open, nothing answers. */
  public void pause() {
    requireOwn("paused");
    process.pause();
  }

  /** Thaws the server. Does nothing if it is not frozen. */
  public void resume() {
    requireOwn("resumed");
    process.resume();
  }

  /** Dumps the data, stops the server and starts it with them: all keys, a new identity. */
  public void restartKeepingData() {
    requireOwn("restarted");
    ask(client -> client.executeCommand(new CommandArguments(Protocol.Command.SAVE)));
    process.stop();
    process.start();
    awaitReady();
    process.forgetDump();
  }

  /**
   * Evicts every key, as a server does that is short of memory and may evict; the identity stays.
   * Afterwards there is memory again and nothing is evicted.
   */
  public void evictAll() {
    requireOwn("made to evict");
    ask(
        client -> {
          configure(client, "maxmemory-policy", "allkeys-random");
          configure(client, "maxmemory", "1");
          try {
            while (client.dbSize() > 0) {
              writeAnything(client);
            }
          } finally {
            configure(client, "maxmemory", "0");
            configure(client, "maxmemory-policy", "noeviction");
          }
          return client;
        });
  }

  /** Lets the server have no memory left: it answers reads, and writes with {@code OOM}. */
  public void exhaustMemory() {
    requireOwn("deprived of memory");
    ask(client -> configure(client, "maxmemory", "1"));
  }

  /**
   * Makes the server a replica whose primary is away: it answers reads with what it has, and writes
   * with {@code READONLY}.
   */
  public void becomeReplica() {
    requireOwn("made a replica");
    ask(client -> replicaOf(client, "127.0.0.1", Integer.toString(NOBODY)));
  }

  /**
   * Makes the server a replica that has no primary and does not answer with what is perhaps old:
   * everything is answered with {@code MASTERDOWN}.
   */
  public void becomeOrphan() {
    requireOwn("made a replica");
    ask(
        client -> {
          configure(client, "replica-serve-stale-data", "no");
          return replicaOf(client, "127.0.0.1", Integer.toString(NOBODY));
        });
  }

  /**
   * Wants a password from now on and ends all connections: commands on new ones are answered with
   * {@code NOAUTH}.
   */
  public void demandPassword() {
    requireOwn("given a password");
    ask(
        client -> {
          configure(client, "requirepass", PASSWORD);
          return client.executeCommand(
              new CommandArguments(Protocol.Command.CLIENT).add("KILL").add("TYPE").add("normal"));
        });
  }

  /** Forgets all scripts: {@code EVALSHA} is answered with {@code NOSCRIPT}. */
  public void forgetScripts() {
    requireOwn("made to forget");
    ask(
        client ->
            client.executeCommand(
                new CommandArguments(Protocol.Command.SCRIPT).add("FLUSH").add("SYNC")));
  }

  /**
   * Restarts the server with its data and has it read them as slowly as if there were very many:
   * until {@link #heal()}, at most a minute, commands are answered with {@code LOADING}.
   *
   * @throws UnsupportedOperationException if it runs in a container: use {@link #startEmbedded()}
   */
  public void restartLoading() {
    requireOwn("restarted");
    if (!(process instanceof EmbeddedRedisProcess embedded)) {
      throw new UnsupportedOperationException("only an embedded Redis loads slowly");
    }
    ask(
        client -> {
          // Loading, it looks at its connections after so many bytes: each key is to be that long.
          configure(client, "rdbcompression", "no");
          for (int i = 0; i < BALLAST_KEYS; i++) {
            client.set(BALLAST + i, "x".repeat(BALLAST_BYTES));
          }
          return client.executeCommand(new CommandArguments(Protocol.Command.SAVE));
        });
    process.stop();
    embedded.startLoading(LOAD_DELAY);
    loading = true;
  }

  /**
   * Ends what {@link #exhaustMemory}, {@link #becomeReplica}, {@link #becomeOrphan}, {@link
   * #demandPassword} and {@link #restartLoading} began. Does nothing where none of them did.
   */
  public void heal() {
    requireOwn("healed");
    if (loading) {
      Processes.awaitReady(
          "Redis", () -> ask(client -> configure(client, "key-load-delay", "0")) != null);
      awaitReady();
      ask(TestRedis::dropBallast);
      process.forgetDump();
      loading = false;
    }
    try (UnifiedJedis client = clientThatMay()) {
      configure(client, "requirepass", "");
    }
    ask(
        client -> {
          replicaOf(client, "NO", "ONE");
          configure(client, "replica-serve-stale-data", "yes");
          return configure(client, "maxmemory", "0");
        });
  }

  private UnifiedJedis clientThatMay() {
    UnifiedJedis client = newClient();
    try {
      client.ping();
      return client;
    } catch (JedisDataException e) {
      client.close();
      return PlainClient.to(host(), port(), PASSWORD);
    }
  }

  private static Object configure(UnifiedJedis client, String name, String value) {
    return client.executeCommand(
        new CommandArguments(Protocol.Command.CONFIG).add("SET").add(name).add(value));
  }

  private static Object replicaOf(UnifiedJedis client, String host, String port) {
    return client.executeCommand(
        new CommandArguments(Protocol.Command.REPLICAOF).add(host).add(port));
  }

  private static UnifiedJedis dropBallast(UnifiedJedis client) {
    for (int i = 0; i < BALLAST_KEYS; i++) {
      client.del(BALLAST + i);
    }
    return client;
  }

  /** A write makes room first, and is refused where there is none to be made. */
  private static void writeAnything(UnifiedJedis client) {
    try {
      client.set(BALLAST, "");
      client.del(BALLAST);
    } catch (JedisDataException e) {
      if (!String.valueOf(e.getMessage()).startsWith("OOM")) {
        throw e;
      }
    }
  }

  /** Ends a server of the caller's own and deletes its data. Does nothing to a shared one. */
  @Override
  public void close() {
    if (!shared) {
      process.close();
    }
  }

  /** The process that answers on a port, as it says itself. */
  static long processId(String host, int port) {
    try (UnifiedJedis client = PlainClient.to(host, port, null)) {
      return client
          .info("server")
          .lines()
          .filter(line -> line.startsWith("process_id:"))
          .mapToLong(line -> Long.parseLong(line.substring("process_id:".length()).strip()))
          .findFirst()
          .orElse(-1);
    }
  }

  private void awaitReady() {
    Processes.awaitReady("Redis", () -> ask(UnifiedJedis::ping).equals("PONG"));
  }

  private <T> T ask(Function<UnifiedJedis, T> question) {
    try (UnifiedJedis client = newClient()) {
      return question.apply(client);
    }
  }

  private void requireOwn(String verb) {
    if (shared) {
      throw new UnsupportedOperationException(
          "the shared Redis cannot be " + verb + ": use startNew()");
    }
  }

  /** Returns where the server listens. */
  @Override
  public String toString() {
    return "TestRedis[" + host() + ":" + port() + "]";
  }

  /** Starts it at first use. */
  private static final class Shared {
    static final TestRedis SERVER = start(System.getenv(URI_VARIABLE));

    private static TestRedis start(@Nullable String uri) {
      return uri == null || uri.isEmpty() ? launch(true) : named(URI.create(uri));
    }
  }
}
