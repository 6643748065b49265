package io.doorward.auth.jdbc;

import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.session.EndedSession.EndReason;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Changes of the account row: status, version, deletion. Triggers move its version. Thread-safe.
 */
final class AccountChanges {
  private static final String LOCK_STATUS =
      "SELECT status = ? FROM {accounts} WHERE tenant = ? AND id = ? FOR NO KEY UPDATE";

  private static final String CHANGE_STATUS =
      "UPDATE {accounts} SET status = ? FROM "
          + SessionEnds.because(EndReason.ADMIN)
          + " WHERE tenant = ? AND id = ?";

  static final String LOCK =
      "SELECT 1 FROM {accounts} WHERE tenant = ? AND id = ? FOR NO KEY UPDATE";

  private static final String RENEW =
      "UPDATE {accounts} SET epoch = 0 FROM "
          + SessionEnds.because(EndReason.ADMIN)
          + " WHERE tenant = ? AND id = ?";

  /** In the order of locks; the deletion itself would take the account first. */
  private static final String LOCK_CREDENTIALS =
      "SELECT 1 FROM {credentials} WHERE account_id = "
          + StoredAccount.ID
          + " ORDER BY type, id FOR UPDATE";

  private static final String DELETE = "DELETE FROM {accounts} WHERE tenant = ? AND id = ?";

  private static final String WAS_TOLD_OF =
      """
      SELECT EXISTS (
        SELECT 1 FROM {outbox} WHERE tenant = ? AND account_id = ? AND kind = 'fence')
      """;

  private final Database database;
  private final Operations operations;
  private final String lockStatus;
  private final String changeStatus;
  private final String lockLogins;
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
    this.lockLogins = database.sql(LoginIdChanges.LOCK_LOGINS);
    this.lock = database.sql(LOCK);
    this.renew = database.sql(RENEW);
    this.lockCredentials = database.sql(LOCK_CREDENTIALS);
    this.delete = database.sql(DELETE);
    this.wasToldOf = database.sql(WAS_TOLD_OF);
  }

  Change changeStatus(AccountId account, String status, OperationId operation, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return new Change.VersionConflict();
    }
    return database.transaction(
        "status change",
        deadline,
        connection -> changeStatus(connection, stored.get(), status, operation));
  }

  private Change changeStatus(
      Connection connection, StoredAccount account, String status, OperationId operation)
      throws SQLException {
    Optional<Boolean> unchanged = lockStatus(connection, account, status);
    if (unchanged.isEmpty()) {
      return new Change.VersionConflict();
    }
    Optional<CredentialVersion> first = operations.findVersion(connection, account, operation);
    if (first.isPresent()) {
      return new Change.Changed(first.get(), pending(connection, account));
    }
    if (!unchanged.get()) {
      setStatus(connection, account, status);
    }
    CredentialVersion now = operations.recordVersion(connection, account, operation);
    return new Change.Changed(now, unchanged.get() ? List.of() : pending(connection, account));
  }

  Change renewVersion(AccountId account, OperationId operation, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return new Change.VersionConflict();
    }
    return database.transaction(
        "version renewal",
        deadline,
        connection -> {
          if (!lock(connection, stored.get())) {
            return new Change.VersionConflict();
          }
          Optional<CredentialVersion> now =
              operations.findVersion(connection, stored.get(), operation);
          if (now.isEmpty()) {
            run(connection, renew, stored.get());
            now = Optional.of(operations.recordVersion(connection, stored.get(), operation));
          }
          return new Change.Changed(now.get(), pending(connection, stored.get()));
        });
  }

  Optional<List<Invalidation>> delete(AccountId account, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return Optional.empty();
    }
    return database.transaction(
        "account deletion",
        deadline,
        connection -> {
          run(connection, lockLogins, stored.get());
          run(connection, lockCredentials, stored.get());
          run(connection, delete, stored.get());
          try (PreparedStatement statement = connection.prepareStatement(wasToldOf)) {
            stored.get().bind(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return row.getBoolean(1)
                  ? Optional.of(pending(connection, stored.get()))
                  : Optional.empty();
            }
          }
        });
  }

  private boolean lock(Connection connection, StoredAccount account) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lock)) {
      account.bind(statement, 1);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  /**
   * Locks the account; returns whether it has that status, or nothing where there is no account.
   */
  private Optional<Boolean> lockStatus(Connection connection, StoredAccount account, String status)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(lockStatus)) {
      statement.setString(1, status);
      account.bind(statement, 2);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(row.getBoolean(1)) : Optional.empty();
      }
    }
  }

  private void setStatus(Connection connection, StoredAccount account, String status)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(changeStatus)) {
      statement.setString(1, status);
      account.bind(statement, 2);
      statement.executeUpdate();
    }
  }

  static void run(Connection connection, String sql, StoredAccount account) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      account.bind(statement, 1);
      statement.execute();
    }
  }

  private List<Invalidation> pending(Connection connection, StoredAccount account)
      throws SQLException {
    return OutboxRows.pending(connection, database, account);
  }
}
