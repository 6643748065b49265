package io.doorward.auth.system;

import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A real PgBouncer before a test's database, which hands its few sessions round: each transaction
 * may be given another one. The program is the one of the operating system's package. Not
 * thread-safe.
 */
final class PgBouncer implements AutoCloseable {
  private static final String PROGRAM = "/usr/sbin/pgbouncer";

  /** As which user it runs where a test runs as root, as whom it refuses to run. */
  private static final String USER = "nobody";

  private static final int ATTEMPTS = 3;

  private static final String SETTINGS =
      """
      [databases]
      * = host={host} port={server} user='{user}' password='{password}'
      [pgbouncer]
      listen_addr = 127.0.0.1
      listen_port = {port}
      unix_socket_dir =
      auth_type = any
      pool_mode = transaction
      default_pool_size = {sessions}
      max_client_conn = 200
      ignore_startup_parameters = extra_float_digits, options
      """;

  private final TestDatabase database;
  private final Path directory;
  private final Process process;
  private final int port;
  private final Thread exit;

  private PgBouncer(TestDatabase database, int sessions) throws IOException {
    this.database = database;
    directory = Files.createTempDirectory("doorward-pgbouncer-");
    port = TestPorts.take();
    Path settings = directory.resolve("pgbouncer.ini");
    Files.writeString(settings, settings(database, port, sessions));
    List<String> command = new ArrayList<>(List.of(PROGRAM));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", USER));
    }
    command.add(settings.toString());
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    exit = new Thread(process::destroyForcibly, "doorward-pgbouncer-exit");
    Runtime.getRuntime().addShutdownHook(exit);
  }

  /** Starts one that has so many sessions of the server's. */
  static PgBouncer before(TestDatabase database, int sessions) {
    for (int attempt = 1; ; attempt++) {
      try {
        PgBouncer bouncer = new PgBouncer(database, sessions);
        if (bouncer.listens()) {
          return bouncer;
        }
        String log = Files.readString(bouncer.directory.resolve("log"));
        bouncer.close();
        // Another process may have taken the port meanwhile.
        if (attempt == ATTEMPTS) {
          throw new IllegalStateException("PgBouncer did not start: " + log);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static String settings(TestDatabase database, int port, int sessions) {
    URI server = URI.create(database.jdbcUrl().substring("jdbc:".length()));
    Map<String, String> login = new HashMap<>();
    for (String parameter : server.getRawQuery().split("&", -1)) {
      int equals = parameter.indexOf('=');
      login.put(
          parameter.substring(0, equals),
          URLDecoder.decode(parameter.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return SETTINGS
        .replace("{host}", server.getHost())
        .replace("{server}", Integer.toString(server.getPort()))
        .replace("{port}", Integer.toString(port))
        .replace("{sessions}", Integer.toString(sessions))
        .replace("{user}", quoted(login.get("user")))
        .replace("{password}", quoted(login.get("password")));
  }

  private static String quoted(String value) {
    return value.replace("'", "''");
  }

  private boolean listens() {
    Awaitility.await("PgBouncer to listen or to end")
        .atMost(Duration.ofSeconds(30))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> !process.isAlive() || accepts());
    return process.isAlive();
  }

  private boolean accepts() {
    try (Socket socket = new Socket(host(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  String host() {
    return "127.0.0.1";
  }

  int port() {
    return port;
  }

  /** A URL through it, with nothing that says so. */
  String jdbcUrl() {
    return database.jdbcUrl(host(), port);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      Runtime.getRuntime().removeShutdownHook(exit);
      for (String file : List.of("pgbouncer.ini", "log")) {
        Files.deleteIfExists(directory.resolve(file));
      }
      Files.deleteIfExists(directory);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
