package io.doorward.auth.jdbc;

import static java.util.Objects.requireNonNull;

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

  private JdbcStores(DataSource dataSource, JdbcSchema schema, BreakerPolicy breaker) {
    this.dataSource = dataSource;
    this.database = Database.ofStores(dataSource, schema, breaker);
  }

  /**
   * Uses a database with the documented defaults.
   *
   * @param dataSource of the primary, with auto-commit on; not closed here
   * @param schema where the tables are
   * @return the factory of the stores
   */
  public static JdbcStores of(DataSource dataSource, JdbcSchema schema) {
    return of(dataSource, schema, BreakerPolicy.defaults());
  }

  /**
   * Uses a database.
   *
   * @param dataSource of the primary, with auto-commit on; not closed here
   * @param schema where the tables are
   * @param breaker when the circuit breaker of the database opens
   * @return the factory of the stores
   */
  public static JdbcStores of(DataSource dataSource, JdbcSchema schema, BreakerPolicy breaker) {
    return new JdbcStores(
        requireNonNull(dataSource, "dataSource"),
        requireNonNull(schema, "schema"),
        requireNonNull(breaker, "breaker"));
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
  public JdbcProfileStore profiles() {
    return new JdbcProfileStore(database);
  }

  /**
   * Returns the outbox alone.
   *
   * @return an outbox
   */
  public JdbcOutbox outbox() {
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
}
