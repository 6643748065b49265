package io.doorward.auth.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.embedded.RedisExecProvider;

/** Redis out of a Maven artifact, as a child process. */
final class EmbeddedRedisProcess implements ServerProcess {
  private static final int ATTEMPTS = 3;

  private final Path data = Processes.newDirectory("redis");
  private final File executable;
  private int port;
  private @Nullable Process running;

  private EmbeddedRedisProcess() {
    executable = Executable.FILE;
  }

  /** Starts an empty server on a port of its own. */
  static EmbeddedRedisProcess launch() {
    EmbeddedRedisProcess process = new EmbeddedRedisProcess();
    Processes.closeAtExit(process);
    for (int attempt = 1; ; attempt++) {
      process.port = Processes.freePort();
      try {
        process.start();
        return process;
      } catch (IllegalStateException e) {
        // Somebody else may have taken the port meanwhile.
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

  @Override
  public void start() {
    if (running != null) {
      throw new IllegalStateException("this Redis runs already");
    }
    List<String> command =
        List.of(
            executable.getPath(),
            "--port",
            Integer.toString(port),
            "--bind",
            host(),
            "--dir",
            data.toString(),
            "--save",
            "",
            "--appendonly",
            "no");
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
    process.destroyForcibly();
    Processes.awaitEnd(process.toHandle());
  }

  @Override
  public void pause() {
    if (running != null) {
      Processes.signal("STOP", running.toHandle());
    }
  }

  @Override
  public void resume() {
    if (running != null) {
      Processes.signal("CONT", running.toHandle());
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
