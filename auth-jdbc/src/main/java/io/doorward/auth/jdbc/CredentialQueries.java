package io.doorward.auth.jdbc;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.password.PasswordHash;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads credentials and versions: one statement each, by an index. Thread-safe. */
final class CredentialQueries {
  /** What was counted in another epoch counts for nothing. */
  private static final String SELECT =
      """
      SELECT a.tenant, a.id, l.value, a.status, c.secret, a.version, a.row_tag, a.epoch, a.epoch_tag,
        c.known_devices_only AND c.failures_epoch = a.epoch AS known_devices_only,
        ARRAY(
          SELECT DISTINCT f.type FROM {credentials} f
          WHERE f.account_id = a.id AND f.type <> 'password') AS factors
      FROM {accounts} a
      JOIN {credentials} c ON c.account_id = a.id AND c.type = 'password' AND c.id = ''
      """;

  private static final String BY_LOGIN =
      """
      JOIN {login_ids} l ON l.tenant = a.tenant AND l.account_id = a.id
      WHERE l.tenant = ? AND l.value = ?
      """;

  /** Of several login identifiers, the one that the account has had longest. */
  private static final String BY_ACCOUNT =
      """
      JOIN LATERAL (
        SELECT value FROM {login_ids} WHERE account_id = a.id
        ORDER BY created_at, value LIMIT 1) l ON true
      WHERE a.tenant = ? AND a.id = ?
      """;

  /** Always a row: an unknown login identifier takes no trip more than a known one. */
  private static final String FIND_BY_LOGIN =
      """
      SELECT found.*, CASE
        WHEN row_security_active('{accounts}') THEN 'accounts'
        WHEN row_security_active('{login_ids}') THEN 'login_ids'
        WHEN row_security_active('{credentials}') THEN 'credentials' END AS filtered
      FROM (VALUES (1)) AS always LEFT JOIN (
      """
          + SELECT
          + BY_LOGIN
          + ") AS found ON true";

  private static final String FIND_BY_ACCOUNT = SELECT + BY_ACCOUNT;

  private static final String VERSION =
      "SELECT version, row_tag FROM {accounts} WHERE tenant = ? AND id = ?";

  private final Database database;
  private final String findByLogin;
  private final String findByAccount;
  private final String versionOf;

  CredentialQueries(Database database) {
    this.database = database;
    this.findByLogin = database.sql(FIND_BY_LOGIN);
    this.findByAccount = database.sql(FIND_BY_ACCOUNT);
    this.versionOf = database.sql(VERSION);
  }

  Optional<Credential> find(LoginId loginId, Deadline deadline) {
    String login = loginId.value();
    if (!StoredText.isStorable(login)) {
      return Optional.empty();
    }
    return database.selfEvident(
        "credential look-up by login",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(findByLogin)) {
            statement.setString(1, loginId.tenant().value());
            statement.setString(2, login);
            return readByLogin(statement);
          } catch (SQLException e) {
            if (SqlFailures.isUnstorable(e)) {
              // An identifier that cannot be stored has no account.
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  private Optional<Credential> readByLogin(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      row.next();
      @Nullable String filtered = row.getString("filtered");
      if (filtered != null) {
        throw database.gate().filtered(filtered);
      }
      return row.getString(1) == null ? Optional.empty() : Optional.of(credential(row));
    }
  }

  Optional<Credential> find(AccountId account, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return Optional.empty();
    }
    return database.statement(
        "credential look-up by account", deadline, connection -> read(connection, stored.get()));
  }

  /** Reads the credential of an account inside a transaction. */
  Optional<Credential> read(Connection connection, StoredAccount account) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(findByAccount)) {
      account.bind(statement, 1);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(credential(row)) : Optional.empty();
      }
    }
  }

  Optional<CredentialVersion> version(AccountId account, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return Optional.empty();
    }
    return database.statement(
        "account version",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(versionOf)) {
            stored.get().bind(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
              return row.next()
                  ? Optional.of(new CredentialVersion(row.getLong(1), row.getString(2)))
                  : Optional.empty();
            }
          }
        });
  }

  private static Credential credential(ResultSet row) throws SQLException {
    TenantId tenant = new TenantId(row.getString(1));
    return new Credential(
        AccountId.of(tenant, row.getString(2)),
        LoginId.ofStored(tenant, row.getString(3)),
        StoredStatus.of(row.getString(4)),
        PasswordHash.of(row.getString(5)),
        new CredentialVersion(row.getLong(6), row.getString(7)),
        new Epoch(row.getLong(8), row.getString(9)),
        row.getBoolean(10),
        JdbcProfileStore.readTexts(row.getArray(11)));
  }
}
