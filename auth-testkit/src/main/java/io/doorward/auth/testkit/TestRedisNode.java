package io.doorward.auth.testkit;

import io.doorward.auth.testkit.EmbeddedRedisProcess.Role;
import java.util.List;
import java.util.function.Function;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/**
 * One process of a {@link TestRedisCluster} or a {@link TestRedisSentinel}: a primary, a replica or
 * a sentinel; its role may change.
 *
 * <p>Thread rule: clients may be made by any thread; kill, pause, resume and start are for the one
 * thread that owns the group. They block until the process has done it, not until the others have
 * noticed: that is what the group's own verbs wait for.
 */
public final class TestRedisNode {
  private final EmbeddedRedisProcess process;
  private final boolean shared;

  private TestRedisNode(EmbeddedRedisProcess process, boolean shared) {
    this.process = process;
    this.shared = shared;
  }

  static TestRedisNode launch(Role role, List<String> settings, boolean shared) {
    return new TestRedisNode(EmbeddedRedisProcess.launch(role, settings), shared);
  }

  /**
   * Returns where it listens, the same for its whole life.
   *
   * @return host and port
   */
  public HostAndPort address() {
    return new HostAndPort(process.host(), process.port());
  }

  int busPort() {
    return process.busPort();
  }

  /**
   * Makes a connection to this process in its present role, for a test's setup and checks.
   *
   * @return a connection with the driver's defaults; the caller closes it
   */
  public Jedis newClient() {
    return new Jedis(address());
  }

  /**
   * Reads one field of the process's {@code INFO}.
   *
   * @param section of {@code INFO}
   * @param field its name
   * @return its value, empty if there is no such field
   */
  public String info(String section, String field) {
    return field(ask(server -> server.info(section)), field);
  }

  /** Returns the value of a line {@code field:value}, or the empty text. */
  static String field(String lines, String field) {
    return lines
        .lines()
        .filter(line -> line.startsWith(field + ":"))
        .map(line -> line.substring(field.length() + 1).strip())
        .findFirst()
        .orElse("");
  }

  <T> T ask(Function<Jedis, T> question) {
    try (Jedis server = newClient()) {
      return question.apply(server);
    }
  }

  /** Ends the process as a crash would; its data are lost. Does nothing if it has ended. */
  public void kill() {
    requireOwn("killed");
    process.kill();
  }

  /**
   * Starts the ended process again, on the same port, without data. It joins its group as what the
   * others make of it.
   *
   * @throws IllegalStateException if it runs
   */
  public void start() {
    requireOwn("started");
    process.start();
  }

  /** Freezes the process: connections are taken and stay open, nothing answers. */
  public void pause() {
    requireOwn("paused");
    process.pause();
  }

  /**
   * Thaws the process. It answers at once the commands that were sent to it meanwhile, and does not
   * know the others' decisions yet. Does nothing if it is not frozen.
   */
  public void resume() {
    requireOwn("resumed");
    process.resume();
  }

  /** Tells whether it runs and is not frozen. */
  boolean answers() {
    return process.answers();
  }

  boolean runs() {
    return process.runs();
  }

  /** Brings it back after any fault. */
  void revive() {
    process.resume();
    if (!process.runs()) {
      process.start();
    }
  }

  void close() {
    process.close();
  }

  private void requireOwn(String verb) {
    if (shared) {
      throw new UnsupportedOperationException(
          "a node of a shared group cannot be " + verb + ": use startNew()");
    }
  }

  /** Returns where it listens. */
  @Override
  public String toString() {
    return "TestRedisNode[" + address() + "]";
  }
}
