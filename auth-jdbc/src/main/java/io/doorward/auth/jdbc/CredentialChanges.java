package io.doorward.auth.jdbc;

import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
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
 * Changes of the password row. Triggers move the account. Thread-safe.
 *
 * <p>Each but {@link #setPassword} is a compare-and-set on the account's version or epoch, in one
 * statement. All lock the credential and then the account. An administrator's {@code UPDATE} of the
 * credential takes its locks in the same order. {@link #setPassword} locks the identifiers first,
 * so that two calls for an account without a password run one after the other.
 */
final class CredentialChanges {
  private static final String HELD =
      """
      WITH held AS (
        SELECT account_id, failures, known_devices_only, failures_epoch FROM {credentials}
        WHERE account_id = :account
          AND type = 'password' AND id = '' FOR NO KEY UPDATE
      ), seen AS (
        SELECT a.id, a.version, a.epoch,
          CASE WHEN held.failures_epoch = a.epoch THEN held.failures ELSE 0 END AS failures,
          held.failures_epoch = a.epoch AND held.known_devices_only AS known_devices_only
        FROM held JOIN {accounts} a ON a.id = held.account_id
      """
          .replace(":account", StoredAccount.ID);

  private static final String AT_VERSION =
      HELD + "  WHERE a.version = ? AND a.row_tag = ? FOR NO KEY UPDATE OF a)\n";

  private static final String IN_EPOCH =
      HELD + "  WHERE a.epoch = ? AND a.epoch_tag = ? FOR NO KEY UPDATE OF a)\n";

  private static final String IS_SEEN =
      " WHERE c.account_id = seen.id AND c.type = 'password' AND c.id = ''";

  private static final String OF_SEEN = " FROM seen" + IS_SEEN;

  /** The zero says that it is another password, also where the hash is equal. */
  private static final String CHANGE_PASSWORD =
      AT_VERSION
          + "UPDATE {credentials} c SET secret = ?, rehashed_from = 0 FROM "
          + SessionEnds.because(EndReason.PASSWORD_CHANGE)
          + ", seen"
          + IS_SEEN;

  /** The locks of {@link #HELD}, in its order, also where there is no password to lock. */
  private static final String LOCK_PASSWORD =
      "SELECT 1 FROM {credentials} WHERE account_id = "
          + StoredAccount.ID
          + " AND type = 'password' AND id = '' FOR NO KEY UPDATE";

  /** Under the lock of the account. The zero as above. */
  private static final String SET_PASSWORD =
      "INSERT INTO {credentials} (account_id, secret) SELECT a.id, ? FROM "
          + SessionEnds.because(EndReason.PASSWORD_CHANGE)
          + """
          , {accounts} a WHERE a.tenant = ? AND a.id = ?
          ON CONFLICT (account_id, type, id)
          DO UPDATE SET secret = EXCLUDED.secret, rehashed_from = 0
          """;

  private static final String REHASH =
      AT_VERSION + "UPDATE {credentials} c SET secret = ?, rehashed_from = seen.version" + OF_SEEN;

  private static final String COUNT_FAILURE =
      IN_EPOCH
          + """
          UPDATE {credentials} c SET failures = least(seen.failures, 1000000) + 1,
            known_devices_only = seen.known_devices_only OR seen.failures + 1 >= ?,
            failures_epoch = seen.epoch
          """
          + OF_SEEN
          + " RETURNING c.failures = ?";

  /** The trigger forgets the failures. */
  private static final String FORGIVE_FAILURES =
      IN_EPOCH
          + "UPDATE {credentials} c SET known_devices_only = false"
          + OF_SEEN
          + " AND seen.known_devices_only";

  private final Database database;
  private final Operations operations;
  private final String changePassword;
  private final String lockLogins;
  private final String lockPassword;
  private final String lock;
  private final String setPassword;
  private final String rehash;
  private final String countFailure;
  private final String forgiveFailures;

  CredentialChanges(Database database, Operations operations) {
    this.database = database;
    this.operations = operations;
    this.changePassword = database.sql(CHANGE_PASSWORD);
    this.lockLogins = database.sql(LoginIdChanges.LOCK_LOGINS);
    this.lockPassword = database.sql(LOCK_PASSWORD);
    this.lock = database.sql(AccountChanges.LOCK);
    this.setPassword = database.sql(SET_PASSWORD);
    this.rehash = database.sql(REHASH);
    this.countFailure = database.sql(COUNT_FAILURE);
    this.forgiveFailures = database.sql(FORGIVE_FAILURES);
  }

  Change changePassword(
      AccountId account,
      CredentialVersion expected,
      String secret,
      OperationId operation,
      Deadline deadline) {
    return compareAndSet(
        "password change", changePassword, account, expected, secret, operation, deadline);
  }

  Change setPassword(AccountId account, String secret, OperationId operation, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return new Change.VersionConflict();
    }
    return database.transaction(
        "password setting",
        deadline,
        connection -> setPassword(connection, stored.get(), secret, operation));
  }

  private Change setPassword(
      Connection connection, StoredAccount account, String secret, OperationId operation)
      throws SQLException {
    // Locks the identifiers first, so that two calls for an account without a password run one
    // after the other: the second one locks the row that the first one has inserted.
    AccountChanges.run(connection, lockLogins, account);
    AccountChanges.run(connection, lockPassword, account);
    if (!NameTransactions.finds(connection, lock, account)) {
      return new Change.VersionConflict();
    }
    Optional<CredentialVersion> now = operations.findVersion(connection, account, operation);
    if (now.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(setPassword)) {
        statement.setString(1, secret);
        int unused = account.bind(statement, 2);
        statement.executeUpdate();
      }
      now = Optional.of(operations.recordVersion(connection, account, operation));
    }
    return new Change.Changed(now.get(), pending(connection, account));
  }

  Change rehash(
      AccountId account,
      CredentialVersion expected,
      String secret,
      OperationId operation,
      Deadline deadline) {
    return compareAndSet("rehash", rehash, account, expected, secret, operation, deadline);
  }

  private Change compareAndSet(
      String step,
      String sql,
      AccountId account,
      CredentialVersion expected,
      String secret,
      OperationId operation,
      Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return new Change.VersionConflict();
    }
    return database.transaction(
        step,
        deadline,
        connection -> {
          boolean changed;
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int next = stored.get().bind(statement, 1);
            statement.setLong(next, expected.number());
            statement.setString(next + 1, expected.tag());
            statement.setString(next + 2, secret);
            changed = statement.executeUpdate() > 0;
          }
          Optional<CredentialVersion> now =
              changed
                  ? Optional.of(operations.recordVersion(connection, stored.get(), operation))
                  : operations.findVersion(connection, stored.get(), operation);
          return now.isEmpty()
              ? new Change.VersionConflict()
              : new Change.Changed(now.get(), pending(connection, stored.get()));
        });
  }

  Optional<List<Invalidation>> countFailure(
      AccountId account, Epoch epoch, int limit, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return Optional.empty();
    }
    return database.transaction(
        "failure count",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(countFailure)) {
            int next = bind(statement, stored.get(), epoch);
            statement.setInt(next, limit);
            statement.setInt(next + 1, limit);
            try (ResultSet row = statement.executeQuery()) {
              return row.next() && row.getBoolean(1)
                  ? Optional.of(pending(connection, stored.get()))
                  : Optional.empty();
            }
          }
        });
  }

  List<Invalidation> forgiveFailures(AccountId account, Epoch epoch, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return List.of();
    }
    return database.transaction(
        "forgiveness of failures",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(forgiveFailures)) {
            int unused = bind(statement, stored.get(), epoch);
            return statement.executeUpdate() == 0 ? List.of() : pending(connection, stored.get());
          }
        });
  }

  private static int bind(PreparedStatement statement, StoredAccount account, Epoch epoch)
      throws SQLException {
    int next = account.bind(statement, 1);
    statement.setLong(next, epoch.number());
    statement.setString(next + 1, epoch.tag());
    return next + 2;
  }

  private List<Invalidation> pending(Connection connection, StoredAccount account)
      throws SQLException {
    return OutboxRows.pending(connection, database, account);
  }
}
