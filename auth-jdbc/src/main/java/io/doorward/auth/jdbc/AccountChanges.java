package io.doorward.auth.jdbc;

import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.CredentialStore.Renaming;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Changes of the account row: status, login identifier, version, deletion. Triggers move its
 * version. Thread-safe.
 */
final class AccountChanges {
  private static final String LOCK_STATUS =
      "SELECT status = ? FROM {accounts} WHERE id = ? FOR NO KEY UPDATE";

  private static final String CHANGE_STATUS = "UPDATE {accounts} SET status = ? WHERE id = ?";

  private static final String LOCK_LOGIN =
      "SELECT login_id = ? FROM {accounts} WHERE id = ? FOR NO KEY UPDATE";

  private static final String CHANGE_LOGIN = "UPDATE {accounts} SET login_id = ? WHERE id = ?";

  private static final String LOCK = "SELECT 1 FROM {accounts} WHERE id = ? FOR NO KEY UPDATE";

  private static final String RENEW = "UPDATE {accounts} SET epoch = 0 WHERE id = ?";

  /** In the order of locks; the deletion itself would take the account first. */
  private static final String LOCK_CREDENTIALS =
      "SELECT 1 FROM {credentials} WHERE account_id = ? ORDER BY type, id FOR UPDATE";

  private static final String DELETE = "DELETE FROM {accounts} WHERE id = ?";

  private static final String WAS_TOLD_OF =
      "SELECT EXISTS (SELECT 1 FROM {outbox} WHERE account_id = ? AND kind = 'fence')";

  private final Database database;
  private final Operations operations;
  private final String lockStatus;
  private final String changeStatus;
  private final String lockLogin;
  private final String changeLogin;
  private final String lock;
  private final String renew;
  private final String lockCredentials;
  private final String delete;
  private final String wasToldOf;

  AccountChanges(Database database, Operations operations) {
    this.database = database;
    this.operations = operations;
    this.lockStatus = database.sql(LOCK_STATUS);
    this.changeStatus = database.sql(CHANGE_STATUS);
    this.lockLogin = database.sql(LOCK_LOGIN);
    this.changeLogin = database.sql(CHANGE_LOGIN);
    this.lock = database.sql(LOCK);
    this.renew = database.sql(RENEW);
    this.lockCredentials = database.sql(LOCK_CREDENTIALS);
    this.delete = database.sql(DELETE);
    this.wasToldOf = database.sql(WAS_TOLD_OF);
  }

  Change changeStatus(AccountId account, String status, OperationId operation, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return new Change.VersionConflict();
    }
    return database.transaction(
        "status change",
        deadline,
        connection -> changeStatus(connection, uuid.get(), status, operation));
  }

  private Change changeStatus(
      Connection connection, UUID account, String status, OperationId operation)
      throws SQLException {
    Optional<Boolean> unchanged = lockAndCompare(connection, lockStatus, status, account);
    if (unchanged.isEmpty()) {
      return new Change.VersionConflict();
    }
    Optional<CredentialVersion> first = operations.findVersion(connection, account, operation);
    if (first.isPresent()) {
      return new Change.Changed(first.get(), pending(connection, account));
    }
    if (!unchanged.get()) {
      set(connection, changeStatus, status, account);
    }
    CredentialVersion now = operations.recordVersion(connection, account, operation);
    return new Change.Changed(now, unchanged.get() ? List.of() : pending(connection, account));
  }

  Renaming changeLoginId(
      AccountId account, String login, OperationId operation, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return new Renaming.Unknown();
    }
    return database.transaction(
        "login identifier change",
        deadline,
        connection -> changeLoginId(connection, uuid.get(), login, operation));
  }

  private Renaming changeLoginId(
      Connection connection, UUID account, String login, OperationId operation)
      throws SQLException {
    Optional<Boolean> unchanged = lockAndCompare(connection, lockLogin, login, account);
    if (unchanged.isEmpty()) {
      return new Renaming.Unknown();
    }
    if (operations.findVersion(connection, account, operation).isPresent()) {
      return new Renaming.Renamed(pending(connection, account));
    }
    if (!unchanged.get() && !takeLogin(connection, account, login)) {
      return new Renaming.Duplicate();
    }
    operations.recordVersion(connection, account, operation);
    return new Renaming.Renamed(unchanged.get() ? List.of() : pending(connection, account));
  }

  /** Returns false, and leaves the transaction usable, if another account has it. */
  private boolean takeLogin(Connection connection, UUID account, String login) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try {
      set(connection, changeLogin, login, account);
      return true;
    } catch (SQLException e) {
      if (!SqlFailures.isUniqueViolation(e)) {
        throw e;
      }
      connection.rollback(before);
      return false;
    }
  }

  Change renewVersion(AccountId account, OperationId operation, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return new Change.VersionConflict();
    }
    return database.transaction(
        "version renewal",
        deadline,
        connection -> {
          if (!lock(connection, uuid.get())) {
            return new Change.VersionConflict();
          }
          Optional<CredentialVersion> now =
              operations.findVersion(connection, uuid.get(), operation);
          if (now.isEmpty()) {
            run(connection, renew, uuid.get());
            now = Optional.of(operations.recordVersion(connection, uuid.get(), operation));
          }
          return new Change.Changed(now.get(), pending(connection, uuid.get()));
        });
  }

  Optional<List<Invalidation>> delete(AccountId account, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return Optional.empty();
    }
    return database.transaction(
        "account deletion",
        deadline,
        connection -> {
          run(connection, lockCredentials, uuid.get());
          run(connection, delete, uuid.get());
          try (PreparedStatement statement = connection.prepareStatement(wasToldOf)) {
            statement.setObject(1, uuid.get());
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return row.getBoolean(1)
                  ? Optional.of(pending(connection, uuid.get()))
                  : Optional.empty();
            }
          }
        });
  }

  private boolean lock(Connection connection, UUID account) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lock)) {
      statement.setObject(1, account);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  /** Locks the account; returns whether it has that value, or nothing where there is no account. */
  private static Optional<Boolean> lockAndCompare(
      Connection connection, String sql, String value, UUID account) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, value);
      statement.setObject(2, account);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(row.getBoolean(1)) : Optional.empty();
      }
    }
  }

  private static void set(Connection connection, String sql, String value, UUID account)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, value);
      statement.setObject(2, account);
      statement.executeUpdate();
    }
  }

  private static void run(Connection connection, String sql, UUID account) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setObject(1, account);
      statement.execute();
    }
  }

  private List<Invalidation> pending(Connection connection, UUID account) throws SQLException {
    return OutboxRows.pending(connection, database, account);
  }
}
