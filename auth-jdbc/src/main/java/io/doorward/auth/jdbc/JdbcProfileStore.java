package io.doorward.auth.jdbc;

import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The profiles table. Thread-safe: one instance serves all threads.
 *
 * <p>An account whose profile row is missing is treated as no account: no request passes on a
 * guess.
 *
 * <p>A repeated {@link #changeRoles} is recognised for a day.
 *
 * <p>Failure: every method throws {@link io.doorward.auth.base.StoreException} when PostgreSQL
 * cannot answer before the deadline; nothing is retried here.
 */
final class JdbcProfileStore implements ProfileStore {
  private static final String LOAD =
      """
      SELECT :user
      FROM {user_profiles} p JOIN {accounts} a ON a.id = p.account_id
      WHERE a.tenant = ? AND a.id = ?
      """
          .replace(":user", UserRecordRows.COLUMNS);

  private static final String LOCK =
      "SELECT version, roles FROM {user_profiles} WHERE account_id = "
          + StoredAccount.ID
          + " FOR NO KEY UPDATE";

  private static final String CHANGE =
      """
      UPDATE {user_profiles} SET
        roles = ARRAY(
          SELECT r COLLATE "C" FROM (
            SELECT unnest(roles) UNION SELECT unnest(?::text[]) EXCEPT SELECT unnest(?::text[])
          ) AS granted (r) ORDER BY 1)
      WHERE account_id = ?
      """;

  /**
   * In the order of locks, and before the row of the era: a transaction that begins one may hold
   * these locks already.
   */
  private static final List<String> LOCKS =
      List.of("SELECT 1 FROM {accounts} WHERE tenant = ? AND id = ? FOR NO KEY UPDATE", LOCK);

  /** The first call in another history of the server begins its era. */
  private static final String NOTICE_ERA = "SELECT {next_version}()";

  /** Begins no epoch: nothing has changed. */
  private static final String OUTGROW_ACCOUNT =
      """
      UPDATE {accounts} SET version = 0
      WHERE tenant = ? AND id = ? AND version < {era_began}() AND ? < {era_began}()
      """;

  private static final String OUTGROW_PROFILE =
      "UPDATE {user_profiles} SET version = 0 WHERE account_id = "
          + StoredAccount.ID
          + " AND version < ? AND ? < {era_began}()";

  private final Database database;
  private final Operations operations;
  private final String load;
  private final String lock;
  private final String change;

  JdbcProfileStore(Database database) {
    this.database = database;
    this.operations = new Operations(database);
    this.load = database.sql(LOAD);
    this.lock = database.sql(LOCK);
    this.change = database.sql(CHANGE);
  }

  @Override
  public Optional<UserRecord> load(AccountId account, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return Optional.empty();
    }
    return database.statement(
        "profile load", deadline, connection -> read(connection, account, stored.get()));
  }

  private Optional<UserRecord> read(Connection connection, AccountId account, StoredAccount stored)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(load)) {
      stored.bind(statement, 1);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(UserRecordRows.read(row, 1, account)) : Optional.empty();
      }
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a role's name has another form than the type says
   */
  @Override
  public Change changeRoles(
      AccountId account,
      Set<String> grant,
      Set<String> revoke,
      OperationId operation,
      Deadline deadline) {
    grant.forEach(role -> requireRole("grant", role));
    revoke.forEach(role -> requireRole("revoke", role));
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return new Change.Unknown();
    }
    return database.transaction(
        "role change",
        deadline,
        connection -> {
          Optional<Locked> before = lock(connection, stored.get());
          if (before.isEmpty()) {
            return new Change.Unknown();
          }
          Optional<UserRecord> first =
              operations.findUser(connection, account, stored.get(), operation);
          if (first.isPresent()) {
            return new Change.Changed(first.get(), pending(connection, stored.get()));
          }
          Set<String> roles = before.get().roles();
          if (ProfileStore.areTooMany(roles, ProfileStore.rolesAfter(roles, grant, revoke))) {
            return new Change.Full();
          }
          update(connection, stored.get().id(), grant, revoke);
          UserRecord after = read(connection, account, stored.get()).orElseThrow();
          operations.recordUser(connection, stored.get(), operation, after);
          boolean unchanged = after.version() == before.get().version();
          return new Change.Changed(
              after, unchanged ? List.of() : pending(connection, stored.get()));
        });
  }

  /** A profile that no other transaction changes now. */
  private record Locked(long version, Set<String> roles) {}

  @Override
  public boolean outgrow(AccountId account, long number, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return false;
    }
    return database.transaction(
        "outgrowing a lost history",
        deadline,
        connection -> {
          for (String each : LOCKS) {
            try (PreparedStatement statement = connection.prepareStatement(database.sql(each))) {
              stored.get().bind(statement, 1);
              statement.execute();
            }
          }
          try (PreparedStatement statement =
              connection.prepareStatement(database.sql(NOTICE_ERA))) {
            statement.execute();
          }
          try (PreparedStatement statement =
              connection.prepareStatement(database.sql(OUTGROW_ACCOUNT))) {
            statement.setLong(stored.get().bind(statement, 1), number);
            statement.executeUpdate();
          }
          try (PreparedStatement statement =
              connection.prepareStatement(database.sql(OUTGROW_PROFILE))) {
            int next = stored.get().bind(statement, 1);
            statement.setLong(next, number);
            statement.setLong(next + 1, number);
            return statement.executeUpdate() > 0;
          }
        });
  }

  private Optional<Locked> lock(Connection connection, StoredAccount account) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lock)) {
      account.bind(statement, 1);
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(new Locked(row.getLong(1), readTexts(row.getArray(2))))
            : Optional.empty();
      }
    }
  }

  private void update(Connection connection, UUID uuid, Set<String> grant, Set<String> revoke)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(change)) {
      statement.setArray(1, connection.createArrayOf("text", grant.toArray()));
      statement.setArray(2, connection.createArrayOf("text", revoke.toArray()));
      statement.setObject(3, uuid);
      statement.executeUpdate();
    }
  }

  private List<Invalidation> pending(Connection connection, StoredAccount account)
      throws SQLException {
    return OutboxRows.pending(connection, database, account);
  }

  static Set<String> readTexts(Array array) throws SQLException {
    return Set.copyOf(List.of((String[]) array.getArray()));
  }

  private static void requireRole(String what, String role) {
    if (!ProfileStore.isRole(role)) {
      throw new IllegalArgumentException(
          what + " must have roles of 1 to 64 characters of A-Z a-z 0-9 _ - . :");
    }
  }
}
