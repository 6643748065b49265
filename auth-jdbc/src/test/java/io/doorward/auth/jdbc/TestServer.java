package io.doorward.auth.jdbc;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A real PostgreSQL. One is shared by all test classes of a JVM, each of which takes a database of
 * its own; tests that pause or stop a server start their own.
 */
final class TestServer implements AutoCloseable {
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private final EmbeddedPostgres postgres;
  private final Path data;

  private TestServer(EmbeddedPostgres postgres, Path data) {
    this.postgres = postgres;
    this.data = data;
  }

  private static final class Shared {
    static final TestServer SERVER = start();
  }

  /** Returns the server that all test classes share. */
  static TestServer shared() {
    return Shared.SERVER;
  }

  /** Starts one on a free port. */
  static TestServer start() {
    return start(0);
  }

  /** Starts one on a port that was free a moment ago. */
  static TestServer start(int port) {
    try {
      Path data = Files.createTempDirectory("doorward-pg");
      EmbeddedPostgres.Builder builder =
          EmbeddedPostgres.builder().setDataDirectory(data).setCleanDataDirectory(true);
      return new TestServer((port == 0 ? builder : builder.setPort(port)).start(), data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return postgres.getPort();
  }

  /** Creates an empty database and returns its URL, user and password included. */
  String freshDatabase() {
    String name = "t" + DATABASES.incrementAndGet();
    try (Connection connection = DriverManager.getConnection(url("postgres"));
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return url(name);
  }

  String url(String database) {
    return postgres.getJdbcUrl("postgres", database);
  }

  /** Stops all processes of the server (SIGSTOP): connections stay open and nothing answers. */
  void pause() {
    signal("-STOP");
  }

  /** Lets them go on. */
  void resume() {
    signal("-CONT");
  }

  private void signal(String signal) {
    try {
      long postmaster =
          Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
      ProcessHandle handle = ProcessHandle.of(postmaster).orElseThrow();
      List<String> pids =
          Stream.concat(Stream.of(handle), handle.descendants())
              .map(process -> Long.toString(process.pid()))
              .toList();
      int exit =
          new ProcessBuilder(Stream.concat(Stream.of("kill", signal), pids.stream()).toList())
              .inheritIO()
              .start()
              .waitFor();
      if (exit != 0) {
        throw new IllegalStateException("kill " + signal + " exited with " + exit);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      postgres.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
