package io.doorward.auth.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.embedded.RedisExecProvider;

/**
 * Redis out of a Maven artifact, as a child process. Its settings lie in a file, because a sentinel
 * keeps there what it has learned; so does a server that a sentinel makes a replica.
 */
final class EmbeddedRedisProcess implements ServerProcess {
  private static final int ATTEMPTS = 3;

  /** The mode of a process. */
  enum Role {
    SERVER,
    /** A server with a second port, on which the nodes of a cluster talk. */
    CLUSTER_NODE,
    SENTINEL
  }

  private final Path data = Processes.newDirectory("redis");
  private final Path settings = data.resolve("redis.conf");
  private final File executable = Executable.FILE;
  private final Role role;
  private int port;
  private int busPort;
  private @Nullable Process running;
  private boolean paused;

  private EmbeddedRedisProcess(Role role) {
    this.role = role;
  }

  /** Starts an empty server on a port of its own. */
  static EmbeddedRedisProcess launch() {
    return launch(Role.SERVER, List.of());
  }

  /** Starts an empty process on ports of its own, with some settings besides the usual ones. */
  static EmbeddedRedisProcess launch(Role role, List<String> more) {
    EmbeddedRedisProcess process = new EmbeddedRedisProcess(role);
    Processes.closeAtExit(process);
    for (int attempt = 1; ; attempt++) {
      process.port = TestPorts.take();
      process.busPort = TestPorts.take();
      try {
        process.write(more);
        process.start();
        return process;
      } catch (IllegalStateException e) {
        // Another process may have taken the port meanwhile.
        process.stop();
        if (attempt == ATTEMPTS) {
          process.close();
          throw e;
        }
      }
    }
  }

  @Override
  public String host() {
    return "127.0.0.1";
  }

  @Override
  public int port() {
    return port;
  }

  /** Where the other nodes of a cluster reach it. */
  int busPort() {
    return busPort;
  }

  boolean runs() {
    return running != null;
  }

  /** Tells whether it runs and is not frozen. */
  boolean answers() {
    return runs() && !paused;
  }

  private void write(List<String> more) {
    List<String> lines = new ArrayList<>();
    lines.add("port " + port);
    lines.add("bind " + host());
    lines.add("dir \"" + data + "\"");
    if (role != Role.SENTINEL) {
      lines.add("save \"\"");
      lines.add("appendonly no");
    }
    if (role == Role.CLUSTER_NODE) {
      lines.add("cluster-enabled yes");
      lines.add("cluster-port " + busPort);
    }
    lines.addAll(more);
    try {
      Files.write(settings, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void start() {
    start(List.of());
  }

  /** Starts it with its dump, which it reads so slowly: this long for each key. */
  void startLoading(Duration each) {
    start(
        List.of(
            "--key-load-delay",
            Long.toString(each.toNanos() / 1_000),
            "--loading-process-events-interval-bytes",
            "1024"));
  }

  private void start(List<String> more) {
    if (running != null) {
      throw new IllegalStateException("this Redis runs already");
    }
    List<String> command = new ArrayList<>(List.of(executable.getPath(), settings.toString()));
    if (role == Role.SENTINEL) {
      command.add("--sentinel");
    }
    command.addAll(more);
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(data.resolve("server.log").toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("Redis did not start", e);
    }
    running = process;
    Processes.awaitReady(
        "Redis", () -> !process.isAlive() || TestRedis.processId(host(), port) == process.pid());
    if (!process.isAlive()) {
      running = null;
      throw new IllegalStateException("Redis ended at once on port " + port);
    }
  }

  @Override
  public void stop() {
    Process process = running;
    if (process == null) {
      return;
    }
    resume();
    running = null;
    process.destroy();
    Processes.awaitEnd(process.toHandle());
  }

  @Override
  public void kill() {
    Process process = running;
    if (process == null) {
      return;
    }
    running = null;
    paused = false;
    process.destroyForcibly();
    Processes.awaitEnd(process.toHandle());
  }

  @Override
  public void pause() {
    if (running != null) {
      Processes.signal("STOP", running.toHandle());
      paused = true;
    }
  }

  @Override
  public void resume() {
    if (running != null) {
      Processes.signal("CONT", running.toHandle());
      paused = false;
    }
  }

  @Override
  public void forgetDump() {
    try {
      Files.deleteIfExists(data.resolve("dump.rdb"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      stop();
    } finally {
      Processes.closed(this);
      Processes.deleteDirectory(data);
    }
  }

  /** Unpacked once a JVM. */
  private static final class Executable {
    static final File FILE = unpack();

    private static File unpack() {
      try {
        return RedisExecProvider.defaultProvider().get();
      } catch (IOException e) {
        throw new UncheckedIOException("the Redis binary could not be unpacked", e);
      }
    }
  }
}
