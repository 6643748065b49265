package io.doorward.auth.testkit;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/** A database of a {@link TestPostgres}, for one test class. Immutable and thread-safe. */
public final class TestDatabase implements AutoCloseable {
  private final TestPostgres server;
  private final String name;
  private final @Nullable String user;
  private final @Nullable String password;

  TestDatabase(TestPostgres server, PGSimpleDataSource template, String name) {
    this.server = server;
    this.name = name;
    this.user = template.getUser();
    this.password = template.getPassword();
  }

  /**
   * Returns the database's name.
   *
   * @return a plain SQL identifier
   */
  public String name() {
    return name;
  }

  /**
   * Returns a URL that holds everything, user and password included.
   *
   * @return a JDBC URL straight to the server
   */
  public String jdbcUrl() {
    return jdbcUrl(server.host(), server.port());
  }

  /**
   * Returns a URL that leads to this database by way of a proxy.
   *
   * @param host where the proxy listens
   * @param port where the proxy listens
   * @return a JDBC URL, user and password included
   */
  public String jdbcUrl(String host, int port) {
    return "jdbc:postgresql://"
        + host
        + ":"
        + port
        + "/"
        + name
        + "?user="
        + encoded(user)
        + "&password="
        + encoded(password);
  }

  /**
   * Returns a source of fresh connections, without a pool.
   *
   * @return connections straight to the server
   */
  public DataSource dataSource() {
    return dataSource(jdbcUrl());
  }

  /**
   * Returns a source of fresh connections by way of a proxy, without a pool.
   *
   * @param host where the proxy listens
   * @param port where the proxy listens
   * @return connections through the proxy
   */
  public DataSource dataSource(String host, int port) {
    return dataSource(jdbcUrl(host, port));
  }

  /**
   * Runs SQL unchanged, for a test's setup outside the stores.
   *
   * @param sql one or more statements
   */
  public void execute(String sql) {
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("the test's database refused its SQL", e);
    }
  }

  /**
   * Creates another database with the same tables and rows, which is quicker than making them
   * again. No connection to this one may be open.
   *
   * @return the copy; it ends with the server, or when it is closed
   */
  public TestDatabase copy() {
    return server.copyOf(this);
  }

  /** Drops the database and cuts its connections. Does nothing if it is gone. */
  @Override
  public void close() {
    server.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
  }

  private static DataSource dataSource(String url) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setURL(url);
    return source;
  }

  private static String encoded(@Nullable String text) {
    return text == null ? "" : URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** Returns the name. */
  @Override
  public String toString() {
    return "TestDatabase[" + name + "]";
  }
}
