package io.doorward.auth.jdbc;

import static java.util.Objects.requireNonNull;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/**
 * A HikariCP pool whose every wait is bounded, for applications that have no pool yet. The stores
 * take any {@link DataSource}; with this one a call ends at its deadline without a helper thread.
 *
 * <p>Opening it never fails for want of a server: the application starts, and calls fail until
 * PostgreSQL is there. The caller that opens it closes it. Thread-safe.
 *
 * <p>For fail-over give several hosts: {@code jdbc:postgresql://a,b/app?targetServerType=primary}.
 * With more than one host {@code targetServerType=primary} is the default here, so a connection
 * never goes to a standby.
 */
public final class PostgresPool implements AutoCloseable {
  /**
   * The server's bounds for a node that has vanished silently. The stores' transactions have a
   * shorter bound of their own; this one is for those of the host. The rest ends connections
   * without any reply, so that they do not use up max_connections for hours.
   */
  private static final String CUT_OFF =
      " -c idle_in_transaction_session_timeout=60000 -c tcp_keepalives_idle=30"
          + " -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c tcp_user_timeout=60000";

  private final HikariDataSource pool;

  private PostgresPool(HikariDataSource pool) {
    this.pool = pool;
  }

  /**
   * Starts to describe a pool.
   *
   * @param jdbcUrl {@code jdbc:postgresql://host[:port][,host...]/database}; its parameters
   *     override this class's defaults
   * @return a builder with the defaults
   * @throws IllegalArgumentException if it is no PostgreSQL URL; the message does not repeat it
   */
  public static Builder builder(String jdbcUrl) {
    return new Builder(jdbcUrl);
  }

  /**
   * Returns the pool.
   *
   * @return good until {@link #close()}
   */
  public DataSource dataSource() {
    return pool;
  }

  /** Closes all connections. Waits at most ten seconds for those in use, then cuts them. */
  @Override
  public void close() {
    pool.close();
  }

  /** Collects the settings of a pool. Not thread-safe. */
  public static final class Builder {
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(250);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration DAY = Duration.ofDays(1);

    private final String jdbcUrl;
    private @Nullable String user;
    private @Nullable String password;
    private String name = "doorward";
    private int maximumSize = 10;
    private Duration poolWait = Duration.ofMillis(500);
    private Duration connectTimeout = Duration.ofSeconds(2);
    private Duration socketTimeout = Duration.ofSeconds(15);
    private Duration statementTimeout = Duration.ofSeconds(10);
    private Duration maxLifetime = Duration.ofMinutes(10);

    private Builder(String jdbcUrl) {
      PostgresUrl.requireReadable(jdbcUrl);
      this.jdbcUrl = jdbcUrl;
    }

    /**
     * Sets the role that logs in to PostgreSQL. Default: that of the URL.
     *
     * @param value the role's name
     * @return this
     */
    public Builder user(String value) {
      this.user = requireNonNull(value, "user");
      return this;
    }

    /**
     * Sets the role's password. Default: that of the URL.
     *
     * @param value a secret
     * @return this
     */
    public Builder password(String value) {
      this.password = requireNonNull(value, "password");
      return this;
    }

    /**
     * Sets the pool's name, for logs, threads and {@code pg_stat_activity}. Default {@code
     * doorward}.
     *
     * @param value the name
     * @return this
     */
    public Builder name(String value) {
      this.name = requireNonNull(value, "name");
      return this;
    }

    /**
     * Sets the maximum number of connections. Default 10: a login holds one for a millisecond or
     * two, so more only moves the queue into PostgreSQL.
     *
     * @param value at least 1
     * @return this
     */
    public Builder maximumSize(int value) {
      this.maximumSize = value;
      return this;
    }

    /**
     * Sets how long a call waits for a connection of a full pool. Default 500 ms: a caller is
     * refused instead of waiting longer. The pool's first connection is waited for until the call's
     * deadline.
     *
     * @param value 250 ms, which is what HikariCP allows, to 1 d
     * @return this
     */
    public Builder poolWait(Duration value) {
      this.poolWait = requireNonNull(value, "poolWait");
      return this;
    }

    /**
     * Sets how long making a connection may take, per host. Default 2 s.
     *
     * @param value 1 s to 1 d, in whole seconds
     * @return this
     */
    public Builder connectTimeout(Duration value) {
      this.connectTimeout = requireNonNull(value, "connectTimeout");
      return this;
    }

    /**
     * Sets how long one read from the socket may take. Default 15 s: the last bound, after the
     * deadlines and the server's own time-out, for connections without a waiting caller.
     *
     * @param value 1 s to 1 d, in whole seconds; longer than the statement time-out
     * @return this
     */
    public Builder socketTimeout(Duration value) {
      this.socketTimeout = requireNonNull(value, "socketTimeout");
      return this;
    }

    /**
     * Sets how long the server works on a statement whose caller has given up. Default 10 s.
     *
     * @param value 1 s to 1 d
     * @return this
     */
    public Builder statementTimeout(Duration value) {
      this.statementTimeout = requireNonNull(value, "statementTimeout");
      return this;
    }

    /**
     * Sets how old a connection may become. Default 10 min, so that after a fail-over or a change
     * of DNS all connections soon lead to the right server.
     *
     * @param value 30 s, which is what HikariCP allows, to 1 d
     * @return this
     */
    public Builder maxLifetime(Duration value) {
      this.maxLifetime = requireNonNull(value, "maxLifetime");
      return this;
    }

    /**
     * Opens the pool. Connects in the background and does not wait for it.
     *
     * @return the pool; close it
     * @throws IllegalArgumentException if a value is outside its setter's range
     */
    public PostgresPool open() {
      check();
      PostgresUrl url = PostgresUrl.of(jdbcUrl);
      HikariConfig config = new QuietConfig(url.sslPassword());
      config.setPoolName(name);
      // By name, so that it is found from every class loader and module layer.
      config.setDriverClassName(Driver.class.getName());
      config.setJdbcUrl(url.text());
      config.setUsername(user == null ? url.user() : user);
      config.setPassword(password == null ? url.password() : password);
      config.setMaximumPoolSize(maximumSize);
      config.setConnectionTimeout(poolWait.toMillis());
      config.setValidationTimeout(SHORTEST_WAIT.toMillis());
      config.setMaxLifetime(maxLifetime.toMillis());
      config.setInitializationFailTimeout(-1);
      // The level that the statements are made for. Said here, too, because a pool that has to ask
      // never makes another connection if its first one dies while it is being asked.
      config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
      set(config, "ApplicationName", name);
      set(config, "connectTimeout", seconds(connectTimeout));
      set(config, "loginTimeout", seconds(connectTimeout.plus(SECOND)));
      set(config, "socketTimeout", seconds(socketTimeout));
      set(config, "tcpKeepAlive", "true");
      // Keeps bound values out of the texts of the driver's exceptions.
      set(config, "logServerErrorDetail", "false");
      set(config, "options", "-c statement_timeout=" + statementTimeout.toMillis() + CUT_OFF);
      if (hasSeveralHosts()) {
        set(config, "targetServerType", "primary");
        set(config, "hostRecheckSeconds", "2");
      }
      return new PostgresPool(new HikariDataSource(config));
    }

    private boolean hasSeveralHosts() {
      int query = jdbcUrl.indexOf('?');
      return (query < 0 ? jdbcUrl : jdbcUrl.substring(0, query)).indexOf(',') >= 0;
    }

    private void check() {
      if (maximumSize < 1) {
        throw new IllegalArgumentException("maximumSize must be at least 1: " + maximumSize);
      }
      if (name.isBlank()) {
        throw new IllegalArgumentException("name must not be blank");
      }
      requireInRange("poolWait", poolWait, SHORTEST_WAIT);
      requireInRange("connectTimeout", connectTimeout, SECOND);
      requireInRange("statementTimeout", statementTimeout, SECOND);
      requireInRange("maxLifetime", maxLifetime, Duration.ofSeconds(30));
      if (socketTimeout.compareTo(statementTimeout) <= 0) {
        throw new IllegalArgumentException(
            "socketTimeout must be longer than statementTimeout "
                + statementTimeout
                + ": "
                + socketTimeout);
      }
      requireInRange("socketTimeout", socketTimeout, SECOND);
    }

    /** Servers and drivers read some of these as 32 bits of milliseconds. */
    private static void requireInRange(String what, Duration value, Duration least) {
      if (value.compareTo(least) < 0 || value.compareTo(DAY) > 0) {
        throw new IllegalArgumentException(
            what + " must be " + least + " to " + DAY + ": " + value);
      }
    }

    private static void set(HikariConfig config, String property, String value) {
      config.addDataSourceProperty(property, value);
    }

    private static String seconds(Duration value) {
      return Long.toString(value.toSeconds() + (value.toNanosPart() > 0 ? 1 : 0));
    }
  }

  /**
   * Gives the driver the password of the client's key only after HikariCP has checked the
   * configuration: that is when it writes the driver's properties to its log, at DEBUG.
   */
  private static final class QuietConfig extends HikariConfig {
    private final @Nullable String sslPassword;

    QuietConfig(@Nullable String sslPassword) {
      this.sslPassword = sslPassword;
    }

    @Override
    public void validate() {
      super.validate();
      if (sslPassword != null) {
        addDataSourceProperty("sslpassword", sslPassword);
      }
    }
  }
}
