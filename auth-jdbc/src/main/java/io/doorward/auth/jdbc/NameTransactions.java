package io.doorward.auth.jdbc;

import io.doorward.auth.account.NameStore.NameChange;
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

/**
 * The transaction around a change of a name: its locks, and the memory of its outcome. Thread-safe.
 */
final class NameTransactions {
  /** What a change that was made answers, as long as nothing is pending of it. */
  static final NameChange DONE = new NameChange.Changed(List.of());

  private final Database database;
  private final Operations operations;

  NameTransactions(Database database, Operations operations) {
    this.database = database;
    this.operations = operations;
  }

  /** What a transaction does with an account. */
  @FunctionalInterface
  interface Step {
    NameChange run(Connection connection, StoredAccount account) throws SQLException;
  }

  NameChange run(String step, AccountId account, Deadline deadline, Step body) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    return stored.isEmpty()
        ? new NameChange.Unknown()
        : database.transaction(step, deadline, connection -> body.run(connection, stored.get()));
  }

  /** Locks the account, and makes a change unless an earlier call has made it. */
  NameChange once(
      Connection connection,
      String lockOfAccount,
      StoredAccount account,
      OperationId operation,
      Step body)
      throws SQLException {
    if (!finds(connection, lockOfAccount, account)) {
      return new NameChange.Unknown();
    }
    if (operations.findVersion(connection, account, operation).isPresent()) {
      return DONE;
    }
    NameChange outcome = body.run(connection, account);
    if (outcome instanceof NameChange.Changed) {
      operations.recordVersion(connection, account, operation);
    }
    return outcome;
  }

  static boolean finds(Connection connection, String sql, StoredAccount account)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      account.bind(statement, 1);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  /** Returns false, and leaves the transaction usable, if another account has the name. */
  static boolean updateUnlessTaken(Connection connection, PreparedStatement statement)
      throws SQLException {
    Savepoint before = connection.setSavepoint();
    try {
      statement.executeUpdate();
      return true;
    } catch (SQLException e) {
      if (!SqlFailures.isUniqueViolation(e)) {
        throw e;
      }
      connection.rollback(before);
      return false;
    }
  }
}
