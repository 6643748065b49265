package io.doorward.auth.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** PostgreSQL out of a Maven artifact, as a child process. */
final class EmbeddedPostgresProcess implements ServerProcess {
  private static final int ATTEMPTS = 3;

  private final Path data = Processes.newDirectory("postgres");
  private final Path copy = data.resolveSibling(data.getFileName() + "-copy");
  private int port;
  private @Nullable EmbeddedPostgres running;

  /** Initialises the data and starts the server on a port of its own. */
  static EmbeddedPostgresProcess launch() {
    EmbeddedPostgresProcess process = new EmbeddedPostgresProcess();
    Processes.closeAtExit(process);
    for (int attempt = 1; ; attempt++) {
      process.port = TestPorts.take();
      try {
        process.start();
        return process;
      } catch (UncheckedIOException e) {
        // Another process may have taken the port meanwhile.
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
      throw new IllegalStateException("this PostgreSQL runs already");
    }
    try {
      running =
          EmbeddedPostgres.builder()
              .setDataDirectory(data)
              .setCleanDataDirectory(false)
              .setRegisterShutdownHook(false)
              .setOverrideWorkingDirectory(binaries())
              .setPort(port)
              .setPGStartupWait(Duration.ofSeconds(60))
              // Committed data survives a kill.
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("unix_socket_directories", "")
              .setServerConfig("max_prepared_transactions", "10")
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("PostgreSQL did not start on port " + port, e);
    }
    if (postmaster().isEmpty()) {
      running = null;
      throw new UncheckedIOException(
          new IOException("another server answers on port " + port + ", ours did not start"));
    }
  }

  @Override
  public void stop() {
    EmbeddedPostgres server = running;
    if (server == null) {
      return;
    }
    running = null;
    resume();
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void kill() {
    if (running == null) {
      return;
    }
    List<ProcessHandle> all = processes();
    all.forEach(process -> Processes.signal("KILL", process));
    all.forEach(Processes::awaitEnd);
    stop();
  }

  @Override
  public void pause() {
    // The postmaster first: its child processes are found afterwards.
    postmaster().ifPresent(master -> Processes.signal("STOP", master));
    processes().forEach(process -> Processes.signal("STOP", process));
  }

  @Override
  public void resume() {
    processes().forEach(process -> Processes.signal("CONT", process));
  }

  /** Keeps a copy of the data of the stopped server, in place of the one before. */
  void keepCopy() {
    Processes.deleteDirectory(copy);
    Processes.copyDirectory(data, copy);
  }

  void requireCopy() {
    if (!Files.exists(copy)) {
      throw new IllegalStateException("there is nothing to fail over to: call keepStandby() first");
    }
  }

  /** Goes on with the copy, as a standby; the server must be down. */
  void startFromCopy() {
    Processes.deleteDirectory(data);
    Processes.copyDirectory(copy, data);
    try {
      Files.createFile(data.resolve("standby.signal"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start();
  }

  @Override
  public void close() {
    try {
      stop();
    } finally {
      Processes.closed(this);
      Processes.deleteDirectory(data);
      Processes.deleteDirectory(copy);
    }
  }

  /** The postmaster first: frozen, it starts no further children. */
  private List<ProcessHandle> processes() {
    return postmaster()
        .map(master -> Stream.concat(Stream.of(master), master.descendants()).toList())
        .orElse(List.of());
  }

  private Optional<ProcessHandle> postmaster() {
    Path file = data.resolve("postmaster.pid");
    try {
      return Files.exists(file)
          ? ProcessHandle.of(Long.parseLong(Files.readAllLines(file).get(0).strip()))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One directory a user: another user's unpacked binaries may not be written beside. */
  private static File binaries() {
    return new File(
        System.getProperty("java.io.tmpdir"),
        "doorward-postgres-binaries-" + System.getProperty("user.name"));
  }
}
