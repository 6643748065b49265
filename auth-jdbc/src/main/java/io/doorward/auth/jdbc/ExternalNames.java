package io.doorward.auth.jdbc;

import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.NameStore;
import io.doorward.auth.account.NameStore.NameChange;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.jdbc.NameTransactions.Step;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Changes of names that open no account, and so are in no cache. Thread-safe. */
final class ExternalNames {

  /** The external id is a key of the row. */
  private static final String LOCK_KEYS =
      "SELECT 1 FROM {accounts} WHERE tenant = ? AND id = ? FOR UPDATE";

  private static final String SET_EXTERNAL_ID =
      "UPDATE {accounts} SET external_id = ? WHERE tenant = ? AND id = ?";

  private static final String CLEAR_EXTERNAL_ID =
      """
      UPDATE {accounts} SET external_id = NULL
      WHERE tenant = ? AND id = ? AND external_id IS NOT NULL
      """;

  private static final String IDENTITIES =
      """
      SELECT count(*), count(*) FILTER (WHERE issuer = ? AND subject = ?)
      FROM {external_identities} WHERE tenant = ? AND account_id = ?
      """;

  private static final String LINK =
      """
      INSERT INTO {external_identities} (issuer, subject, tenant, account_id) VALUES (?, ?, ?, ?)
      ON CONFLICT DO NOTHING
      """;

  private static final String UNLINK =
      """
      DELETE FROM {external_identities}
      WHERE issuer = ? AND subject = ? AND tenant = ? AND account_id = ?
      """;

  private static final NameChange DONE = NameTransactions.DONE;

  private final NameTransactions transactions;
  private final String lock;
  private final String lockKeys;
  private final String setExternalId;
  private final String clearExternalId;
  private final String identities;
  private final String link;
  private final String unlink;

  ExternalNames(Database database, NameTransactions transactions) {
    this.transactions = transactions;
    this.lock = database.sql(AccountChanges.LOCK);
    this.lockKeys = database.sql(LOCK_KEYS);
    this.setExternalId = database.sql(SET_EXTERNAL_ID);
    this.clearExternalId = database.sql(CLEAR_EXTERNAL_ID);
    this.identities = database.sql(IDENTITIES);
    this.link = database.sql(LINK);
    this.unlink = database.sql(UNLINK);
  }

  NameChange setExternalId(
      AccountId account, ExternalId externalId, OperationId operation, Deadline deadline) {
    account.requireSame(externalId.tenant(), "externalId");
    requireStorable("externalId", externalId.value());
    return change(
        "external id change",
        lockKeys,
        account,
        operation,
        deadline,
        (connection, stored) -> {
          try (PreparedStatement statement = connection.prepareStatement(setExternalId)) {
            statement.setString(1, externalId.value());
            stored.bind(statement, 2);
            return NameTransactions.updateUnlessTaken(connection, statement)
                ? DONE
                : new NameChange.Taken();
          }
        });
  }

  NameChange clearExternalId(AccountId account, OperationId operation, Deadline deadline) {
    return change(
        "external id removal",
        lockKeys,
        account,
        operation,
        deadline,
        (connection, stored) -> {
          try (PreparedStatement statement = connection.prepareStatement(clearExternalId)) {
            stored.bind(statement, 1);
            return statement.executeUpdate() > 0 ? DONE : new NameChange.Absent();
          }
        });
  }

  NameChange linkIdentity(
      AccountId account, ExternalIdentity identity, OperationId operation, Deadline deadline) {
    account.requireSame(identity.tenant(), "identity");
    requireStorable("subject", identity.subject());
    return change(
        "external identity addition",
        lock,
        account,
        operation,
        deadline,
        (connection, stored) -> {
          try (PreparedStatement statement = prepare(connection, identities, identity, stored);
              ResultSet row = statement.executeQuery()) {
            row.next();
            if (row.getInt(2) > 0) {
              return DONE;
            }
            if (row.getInt(1) >= NameStore.maxOfAccount()) {
              return new NameChange.Full();
            }
          }
          return update(connection, link, identity, stored) ? DONE : new NameChange.Taken();
        });
  }

  NameChange unlinkIdentity(
      AccountId account, ExternalIdentity identity, OperationId operation, Deadline deadline) {
    account.requireSame(identity.tenant(), "identity");
    boolean storable = StoredText.isStorable(identity.subject());
    return change(
        "external identity removal",
        lock,
        account,
        operation,
        deadline,
        (connection, stored) ->
            storable && update(connection, unlink, identity, stored)
                ? DONE
                : new NameChange.Absent());
  }

  private static boolean update(
      Connection connection, String sql, ExternalIdentity identity, StoredAccount account)
      throws SQLException {
    try (PreparedStatement statement = prepare(connection, sql, identity, account)) {
      return statement.executeUpdate() > 0;
    }
  }

  private static PreparedStatement prepare(
      Connection connection, String sql, ExternalIdentity identity, StoredAccount account)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setString(1, identity.issuer());
    statement.setString(2, identity.subject());
    account.bind(statement, 3);
    return statement;
  }

  private static void requireStorable(String what, String text) {
    if (!StoredText.isStorable(text)) {
      throw new IllegalArgumentException(
          what + " must have no U+0000 and no half of a surrogate pair");
    }
  }

  private NameChange change(
      String step,
      String lockOfAccount,
      AccountId account,
      OperationId operation,
      Deadline deadline,
      Step body) {
    return transactions.run(
        step,
        account,
        deadline,
        (connection, stored) ->
            transactions.once(connection, lockOfAccount, stored, operation, body));
  }
}
