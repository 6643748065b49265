package io.doorward.auth.jdbc;

import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * Remembers what changes led to, so that a call that is repeated after a lost answer gets the first
 * outcome. Runs inside the change's transaction, once the changed row is locked: of two equal calls
 * the second sees what the first has recorded. Thread-safe.
 */
final class Operations {
  private static final String FIND =
      """
      SELECT roles, version, row_tag, epoch, epoch_tag, key_epoch, key_epoch_tag FROM {operations}
      WHERE account_id = :account AND operation_id = ?
      """
          .replace(":account", StoredAccount.ID);

  /** The account's version is read here: triggers have moved it. */
  private static final String RECORD_VERSION =
      """
      INSERT INTO {operations} (account_id, operation_id, version, row_tag)
      SELECT id, ?, version, row_tag FROM {accounts} WHERE tenant = ? AND id = ?
      RETURNING version, row_tag
      """;

  private static final String RECORD_USER =
      """
      INSERT INTO {operations} (account_id, operation_id, version, row_tag, epoch, epoch_tag,
        key_epoch, key_epoch_tag, roles)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """;

  /** Lets one node delete at a time, because the others would find the same rows. */
  private static final String REMOVE =
      """
      DELETE FROM {operations} WHERE (account_id, operation_id) IN (
        SELECT account_id, operation_id FROM {operations}
        WHERE done_at < now() - ? * interval '1 millisecond'
          AND (SELECT pg_try_advisory_xact_lock(hashtextextended('{operations}', 0)))
        ORDER BY done_at LIMIT ?
        FOR UPDATE SKIP LOCKED)
      """;

  private final Database database;
  private final String find;
  private final String recordVersion;
  private final String recordUser;
  private final String remove;

  Operations(Database database) {
    this.database = database;
    this.find = database.sql(FIND);
    this.recordVersion = database.sql(RECORD_VERSION);
    this.recordUser = database.sql(RECORD_USER);
    this.remove = database.sql(REMOVE);
  }

  /** Forgets up to so many outcomes that are older than that; a statement of its own. */
  int remove(Duration age, int max, Deadline deadline) {
    JdbcOutbox.requirePositive("max", max);
    JdbcOutbox.requireNotNegative("age", age);
    return database.statement(
        "operation clean-up",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(remove)) {
            statement.setLong(1, age.toMillis());
            statement.setInt(2, max);
            return statement.executeUpdate();
          }
        });
  }

  /** Returns the version that a change of the account or a credential led to. */
  Optional<CredentialVersion> findVersion(
      Connection connection, StoredAccount account, OperationId operation) throws SQLException {
    try (PreparedStatement statement = prepareFind(connection, account, operation);
        ResultSet row = statement.executeQuery()) {
      return row.next() && row.getArray(1) == null
          ? Optional.of(new CredentialVersion(row.getLong(2), row.getString(3)))
          : Optional.empty();
    }
  }

  /** Returns the state that a change of roles led to. */
  Optional<UserRecord> findUser(
      Connection connection, AccountId owner, StoredAccount account, OperationId operation)
      throws SQLException {
    try (PreparedStatement statement = prepareFind(connection, account, operation);
        ResultSet row = statement.executeQuery()) {
      return row.next() && row.getArray(1) != null
          ? Optional.of(UserRecordRows.read(row, 1, owner))
          : Optional.empty();
    }
  }

  private PreparedStatement prepareFind(
      Connection connection, StoredAccount account, OperationId operation) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(find);
    statement.setString(account.bind(statement, 1), operation.value());
    return statement;
  }

  /** Remembers the account's version, to which the change has led, and returns it. */
  CredentialVersion recordVersion(
      Connection connection, StoredAccount account, OperationId operation) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(recordVersion)) {
      statement.setString(1, operation.value());
      int unused = account.bind(statement, 2);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new CredentialVersion(row.getLong(1), row.getString(2));
      }
    }
  }

  void recordUser(
      Connection connection, StoredAccount account, OperationId operation, UserRecord outcome)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(recordUser)) {
      statement.setObject(1, account.id());
      statement.setString(2, operation.value());
      statement.setLong(3, outcome.version());
      statement.setString(4, outcome.tag());
      statement.setLong(5, outcome.epoch().number());
      statement.setString(6, outcome.epoch().tag());
      statement.setLong(7, outcome.keyEpoch().number());
      statement.setString(8, outcome.keyEpoch().tag());
      statement.setArray(9, connection.createArrayOf("text", outcome.roles().toArray()));
      statement.executeUpdate();
    }
  }
}
