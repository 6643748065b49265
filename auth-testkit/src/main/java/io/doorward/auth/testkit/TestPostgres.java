package io.doorward.auth.testkit;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A real PostgreSQL for tests. {@link #shared()} is one server for the whole JVM, started at first
 * use and ended with the JVM; {@link #startNew()} is a server of the caller's own, which may be
 * stopped, killed and paused.
 *
 * <p>Where servers come from: by default from binaries in Maven artifacts, with nothing installed.
 * {@code DOORWARD_TEST_BACKEND=testcontainers} takes containers. {@code DOORWARD_TEST_JDBC_URL}
 * names a server for {@link #shared()}; its user must be allowed to create databases.
 *
 * <p>Isolation: {@link #newDatabase()} gives every test class an empty database.
 *
 * <p>Thread rule: databases may be created by any thread; start, stop, kill, pause and resume are
 * for the one thread that owns the server. All verbs block until they are true.
 */
public final class TestPostgres implements AutoCloseable {
  private static final String URL_VARIABLE = "DOORWARD_TEST_JDBC_URL";
  private static final String USER = "postgres";
  private static final String PASSWORD = "testkit";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ServerProcess process;
  private final PGSimpleDataSource template;
  private final boolean shared;

  private TestPostgres(ServerProcess process, PGSimpleDataSource template, boolean shared) {
    this.process = process;
    this.template = template;
    this.shared = shared;
    Processes.awaitReady("PostgreSQL", this::answers);
  }

  /**
   * Returns the server that all test classes of this JVM share.
   *
   * @return the server; it cannot be stopped or paused
   */
  public static TestPostgres shared() {
    return Shared.SERVER;
  }

  /**
   * Starts a server of the caller's own, never one named by the environment.
   *
   * @return the running server; close it
   */
  public static TestPostgres startNew() {
    return launch(false);
  }

  /**
   * Starts a server of the caller's own, like {@link #startNew()} but always from the binary in the
   * Maven artifact: for tests that change what lies on its disk.
   *
   * @return the running server; close it
   */
  public static TestPostgres startEmbedded() {
    return of(EmbeddedPostgresProcess.launch(), false);
  }

  private static TestPostgres launch(boolean shared) {
    return switch (TestBackend.fromEnvironment()) {
      case EMBEDDED -> of(EmbeddedPostgresProcess.launch(), shared);
      case TESTCONTAINERS -> of(ContainerProcess.postgres(PASSWORD), shared);
    };
  }

  private static TestPostgres of(ServerProcess process, boolean shared) {
    PGSimpleDataSource template = new PGSimpleDataSource();
    template.setServerNames(new String[] {process.host()});
    template.setPortNumbers(new int[] {process.port()});
    template.setDatabaseName("postgres");
    template.setUser(USER);
    template.setPassword(PASSWORD);
    return new TestPostgres(process, template, shared);
  }

  private static TestPostgres named(String url) {
    PGSimpleDataSource template = new PGSimpleDataSource();
    template.setURL(url);
    ServerProcess process =
        new NamedServer(template.getServerNames()[0], template.getPortNumbers()[0]);
    return new TestPostgres(process, template, true);
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
   * Creates an empty database with a name that was never used.
   *
   * @return the database; it ends with the server, or when it is closed
   */
  public TestDatabase newDatabase() {
    return newDatabase("");
  }

  /**
   * Creates an empty database in which text has another encoding than UTF-8.
   *
   * @param encoding as PostgreSQL names it: {@code LATIN1}, {@code WIN1252}, {@code SQL_ASCII}
   * @return the database; it ends with the server, or when it is closed
   */
  public TestDatabase newDatabaseIn(String encoding) {
    return newDatabase(" TEMPLATE template0 LOCALE 'C' ENCODING '" + encoding + "'");
  }

  TestDatabase copyOf(TestDatabase original) {
    return newDatabase(" TEMPLATE " + original.name());
  }

  private TestDatabase newDatabase(String options) {
    byte[] random = new byte[6];
    RANDOM.nextBytes(random);
    String name = "doorward_" + HexFormat.of().formatHex(random);
    execute("CREATE DATABASE " + name + options);
    TestDatabase database = new TestDatabase(this, template, name);
    if (process instanceof NamedServer) {
      Processes.closeAtExit(database);
    }
    return database;
  }

  /** Starts the stopped server again, on the same port and with the same data. */
  public void start() {
    requireOwn("started");
    process.start();
    Processes.awaitReady("PostgreSQL", this::answers);
  }

  /** Stops the server in good order; its data stay. Does nothing if it is stopped. */
  public void stop() {
    requireOwn("stopped");
    process.stop();
  }

  /** Ends the server as a crash would; what was committed is there after {@link #start()}. */
  public void kill() {
    requireOwn("killed");
    process.kill();
  }

  /**
   * Restarts the server and keeps its present state for {@link #failOver()}, as a standby does that
   * receives nothing after this. All connections end.
   *
   * @throws UnsupportedOperationException if it runs in a container: use {@link #startEmbedded()}
   */
  public void keepStandby() {
    EmbeddedPostgresProcess embedded = requireEmbedded();
    embedded.stop();
    embedded.keepCopy();
    start();
  }

  /**
   * Kills the server and promotes what {@link #keepStandby()} has kept, on the same port: what was
   * committed since is lost, sequences go back, and the timeline is another one.
   *
   * @throws IllegalStateException if nothing was kept
   * @throws UnsupportedOperationException if it runs in a container: use {@link #startEmbedded()}
   */
  public void failOver() {
    EmbeddedPostgresProcess embedded = requireEmbedded();
    embedded.requireCopy();
    embedded.kill();
    embedded.startFromCopy();
    Processes.awaitReady("PostgreSQL", this::answers);
    execute("SELECT pg_promote()");
  }

  private EmbeddedPostgresProcess requireEmbedded() {
    requireOwn("failed over");
    if (process instanceof EmbeddedPostgresProcess embedded) {
      return embedded;
    }
    throw new UnsupportedOperationException("only an embedded PostgreSQL can fail over");
  }

  /** Freezes the server with all its connections: nothing answers and nothing is refused. */
  public void pause() {
    requireOwn("paused");
    process.pause();
  }

  /** Thaws the server. Does nothing if it is not frozen. */
  public void resume() {
    requireOwn("resumed");
    process.resume();
  }

  /** Ends a server of the caller's own and deletes its data. Does nothing to a shared one. */
  @Override
  public void close() {
    if (!shared) {
      process.close();
    }
  }

  void execute(String sql) {
    try (Connection connection = template.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("the test's PostgreSQL refused: " + sql, e);
    }
  }

  private boolean answers() throws SQLException {
    try (Connection connection = template.getConnection()) {
      return connection.isValid(5);
    }
  }

  private void requireOwn(String verb) {
    if (shared) {
      throw new UnsupportedOperationException(
          "the shared PostgreSQL cannot be " + verb + ": use startNew()");
    }
  }

  /** Returns where the server listens. */
  @Override
  public String toString() {
    return "TestPostgres[" + host() + ":" + port() + "]";
  }

  /** Starts it at first use. */
  private static final class Shared {
    static final TestPostgres SERVER = start(System.getenv(URL_VARIABLE));

    private static TestPostgres start(@Nullable String url) {
      return url == null || url.isEmpty() ? launch(true) : named(url);
    }
  }
}
