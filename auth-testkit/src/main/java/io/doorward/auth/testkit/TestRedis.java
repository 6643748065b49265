package io.doorward.auth.testkit;

import java.net.URI;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;

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
 * <p>Thread rule: namespaces and clients may be made by any thread; start, stop, kill, pause and
 * resume are for the one thread that owns the server. All verbs block until they are true.
 */
public final class TestRedis implements AutoCloseable {
  private static final String URI_VARIABLE = "DOORWARD_TEST_REDIS_URI";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ServerProcess process;
  private final URI uri;
  private final boolean shared;

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
   * Makes a client for what a test has to arrange or to look at behind a store's back.
   *
   * @return a pooled client with the driver's defaults; the caller closes it
   */
  public RedisClient newClient() {
    return RedisClient.create(uri);
  }

  /** Deletes every key; the server's identity stays. */
  public void flushAll() {
    requireOwn("flushed");
    ask(RedisClient::flushAll);
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

  /** Ends a server of the caller's own and deletes its data. Does nothing to a shared one. */
  @Override
  public void close() {
    if (!shared) {
      process.close();
    }
  }

  /** The process that answers on a port, as it says itself. */
  static long processId(String host, int port) {
    try (RedisClient client = RedisClient.create(host, port)) {
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
    Processes.awaitReady("Redis", () -> ask(RedisClient::ping).equals("PONG"));
  }

  private <T> T ask(Function<RedisClient, T> question) {
    try (RedisClient client = newClient()) {
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
