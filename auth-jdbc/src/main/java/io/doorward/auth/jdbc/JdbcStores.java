package io.doorward.auth.jdbc;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.BreakerPolicy;
import javax.sql.DataSource;

/**
 * Makes the stores on one PostgreSQL database. They share a circuit breaker, so that all of them
 * notice together when the database is away, and a check, so that none uses tables of another
 * version. Thread-safe.
 *
 * <p>Nothing here connects. The data source stays the caller's to close, after the service that
 * uses the stores.
 *
 * <p>Before the first statement of a store runs, the database's tables and triggers are verified,
 * once; until then, and if the check finds a problem, every call fails with the remedy.
 */
public final class JdbcStores {
  private final Database database;
  private final DataSource dataSource;

  private JdbcStores(Builder builder) {
    this.dataSource = builder.dataSource;
    this.database =
        Database.ofStores(builder.dataSource, builder.schema, builder.breaker, builder.migrates);
  }

  /**
   * Uses a database with the documented defaults.
   *
   * @param dataSource of the primary, with auto-commit on; not closed here
   * @param schema where the tables are
   * @return the factory of the stores
   */
  public static JdbcStores of(DataSource dataSource, JdbcSchema schema) {
    return builder(dataSource, schema).build();
  }

  /**
   * Starts to describe the stores of a database.
   *
   * @param dataSource of the primary, with auto-commit on; not closed here
   * @param schema where the tables are
   * @return a builder with the documented defaults
   */
  public static Builder builder(DataSource dataSource, JdbcSchema schema) {
    return new Builder(dataSource, schema);
  }

  /**
   * Returns the store of accounts: credentials, profiles and outbox.
   *
   * @return a store
   */
  public JdbcAccountStore accounts() {
    return new JdbcAccountStore(database);
  }

  /**
   * Returns the store of credentials alone.
   *
   * @return a store
   */
  public JdbcCredentialStore credentials() {
    return new JdbcCredentialStore(database);
  }

  /**
   * Returns the store of profiles alone.
   *
   * @return a store
   */
  public ProfileStore profiles() {
    return new JdbcProfileStore(database);
  }

  /**
   * Returns the outbox alone.
   *
   * @return an outbox
   */
  public Outbox outbox() {
    return new JdbcOutbox(database);
  }

  /**
   * Returns the store of sessions.
   *
   * @return a store
   */
  public JdbcTokenStore tokenStore() {
    return new JdbcTokenStore(database);
  }

  /**
   * Returns a registry of Redis primaries that uses a connection of its own.
   *
   * @return a registry; close it after the guard that uses it
   */
  public JdbcPrimaryRegistry primaryRegistry() {
    return primaryRegistry(dataSource);
  }

  /**
   * Returns a registry of Redis primaries that takes its connection from another data source, for
   * applications whose pool is no HikariCP and has no connection to spare.
   *
   * @param own leads to the same database; needs one connection, with auto-commit on; not closed
   *     here
   * @return a registry; close it after the guard that uses it
   */
  public JdbcPrimaryRegistry primaryRegistry(DataSource own) {
    return new JdbcPrimaryRegistry(database, requireNonNull(own, "own"));
  }

  /**
   * Returns the database as a server that may be away.
   *
   * @return always the same object
   */
  public Backend backend() {
    return database.backend();
  }

  /** Collects settings. Not thread-safe. */
  public static final class Builder {
    private final DataSource dataSource;
    private final JdbcSchema schema;
    private BreakerPolicy breaker = BreakerPolicy.defaults();
    private boolean migrates;

    private Builder(DataSource dataSource, JdbcSchema schema) {
      this.dataSource = requireNonNull(dataSource, "dataSource");
      this.schema = requireNonNull(schema, "schema");
    }

    /**
     * Sets when the circuit breaker of the database opens.
     *
     * @param policy default: {@link BreakerPolicy#defaults()}
     * @return this
     */
    public Builder breaker(BreakerPolicy policy) {
      this.breaker = requireNonNull(policy, "policy");
      return this;
    }

    /**
     * Runs the pending migrations when the service checks the server for the first time, and where
     * the server is away then, as soon as it is there; see {@link SchemaMigrator}. The user of the
     * data source needs the right to create tables. Default: the tables have to be there.
     *
     * <p>The check at the start waits for migrations that have begun, at most 5 min; later checks
     * wait for their deadline only. What prevents the migrations is reported as {@code
     * postgresql.migration}: it stops the start, or where the server came later, nothing is served
     * until it is mended.
     *
     * @return this
     */
    public Builder migrate() {
      this.migrates = true;
      return this;
    }

    /**
     * Builds the factory of the stores. Does not connect.
     *
     * @return the factory
     */
    public JdbcStores build() {
      return new JdbcStores(this);
    }
  }
}
