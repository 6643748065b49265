package io.doorward.examples;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import redis.embedded.RedisServer;

/**
 * PostgreSQL and Redis out of Maven artifacts, each on a free port, with nothing installed. Real
 * servers, which end with the demonstration.
 */
final class Servers implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";

  private final EmbeddedPostgres postgres;
  private final int redisPort = freePort();
  private final RedisServer redis = newRedis(redisPort);

  private Servers() throws IOException {
    File binaries =
        new File(
            System.getProperty("java.io.tmpdir"),
            "doorward-postgres-binaries-" + System.getProperty("user.name"));
    postgres =
        EmbeddedPostgres.builder()
            .setOverrideWorkingDirectory(binaries)
            .setDataDirectory(Files.createTempDirectory("doorward-postgres-"))
            .setServerConfig("unix_socket_directories", "")
            .setPGStartupWait(Duration.ofMinutes(1))
            .start();
  }

  static Servers start() {
    try {
      Servers servers = new Servers();
      servers.startRedis();
      return servers;
    } catch (IOException e) {
      throw new UncheckedIOException("PostgreSQL did not start", e);
    }
  }

  String jdbcUrl() {
    return postgres.getJdbcUrl("postgres", "postgres");
  }

  URI redisUri() {
    return URI.create("redis://" + LOOPBACK + ":" + redisPort);
  }

  void stopRedis() {
    redis.stop();
  }

  /** Starts Redis on its old port, empty. */
  void startRedis() {
    redis.start();
  }

  @Override
  public void close() {
    try (postgres) {
      redis.stop();
    } catch (IOException e) {
      throw new UncheckedIOException("PostgreSQL did not stop", e);
    }
  }

  /** Nothing is written to disk, so a restart begins with nothing. */
  private static RedisServer newRedis(int port) {
    return RedisServer.builder().port(port).bind(LOOPBACK).setting("save \"\"").build();
  }

  /**
   * A free port below those that the system gives to connections: nothing else takes it while Redis
   * is down.
   */
  private static int freePort() {
    SecureRandom random = new SecureRandom();
    while (true) {
      int port = random.nextInt(20_000, 32_000);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException e) {
        // Something listens there: another one.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
