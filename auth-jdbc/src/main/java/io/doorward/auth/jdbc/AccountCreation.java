package io.doorward.auth.jdbc;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.password.PasswordHash;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Inserts an account with its profile and, if it has one, its password. Thread-safe. */
final class AccountCreation {
  private static final int MAX_LOGIN_ID = 320;

  /**
   * The identifier decides whether the account is made. No conflict target: after a conflict the
   * transaction stays usable, also the host's.
   */
  private static final String INSERT_ACCOUNT =
      """
      WITH login AS (
        INSERT INTO {login_ids} (tenant, value, account_id)
        SELECT w.tenant, w.value, w.id FROM (
          SELECT ?::text AS tenant, ?::uuid AS id, ?::text AS value) AS w
        WHERE NOT EXISTS (SELECT FROM {accounts} a WHERE a.id = w.id)
        ON CONFLICT DO NOTHING
        RETURNING tenant, account_id
      )
      INSERT INTO {accounts} (tenant, id, status, operation_id)
      SELECT tenant, account_id, ?, ? FROM login
      """;

  private static final String INSERT_CREDENTIAL =
      "INSERT INTO {credentials} (account_id, secret) VALUES (?, ?)";

  private static final String INSERT_PROFILE =
      "INSERT INTO {user_profiles} (account_id) VALUES (?)";

  private static final String WHO_HAS_IT =
      """
      SELECT a.id = w.id AND a.tenant = w.tenant AND a.operation_id = w.operation
          AND l.value IS NOT NULL,
        l.value IS NOT NULL
      FROM (
        SELECT ?::text AS tenant, ?::uuid AS id, ?::text AS value, ?::text AS operation) AS w
      JOIN {accounts} a ON a.id = w.id OR a.id = (
        SELECT account_id FROM {login_ids} t WHERE t.tenant = w.tenant AND t.value = w.value)
      LEFT JOIN {login_ids} l
        ON l.tenant = w.tenant AND l.value = w.value AND l.account_id = a.id
      """;

  private final String insertAccount;
  private final String insertCredential;
  private final String insertProfile;
  private final String whoHasIt;

  AccountCreation(Database database) {
    this.insertAccount = database.sql(INSERT_ACCOUNT);
    this.insertCredential = database.sql(INSERT_CREDENTIAL);
    this.insertProfile = database.sql(INSERT_PROFILE);
    this.whoHasIt = database.sql(WHO_HAS_IT);
  }

  /** Returns whether the account exists now, created by this call or by an earlier one. */
  boolean insertOrRepeat(Connection connection, Row wanted) throws SQLException {
    if (!insert(connection, wanted)) {
      return isRepeat(connection, wanted);
    }
    if (wanted.secret() != null) {
      try (PreparedStatement statement = connection.prepareStatement(insertCredential)) {
        statement.setObject(1, wanted.account().id());
        statement.setString(2, wanted.secret());
        statement.executeUpdate();
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(insertProfile)) {
      statement.setObject(1, wanted.account().id());
      statement.executeUpdate();
    }
    return true;
  }

  private boolean insert(Connection connection, Row wanted) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insertAccount)) {
      int next = wanted.account().bind(statement, 1);
      statement.setString(next, wanted.login());
      statement.setString(next + 1, wanted.status());
      statement.setString(next + 2, wanted.operation());
      return statement.executeUpdate() > 0;
    }
  }

  private boolean isRepeat(Connection connection, Row wanted) throws SQLException {
    boolean found = false;
    boolean taken = false;
    try (PreparedStatement statement = connection.prepareStatement(whoHasIt)) {
      int next = wanted.account().bind(statement, 1);
      statement.setString(next, wanted.login());
      statement.setString(next + 1, wanted.operation());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          if (rows.getBoolean(1)) {
            return true;
          }
          found = true;
          taken |= rows.getBoolean(2);
        }
      }
    }
    if (!found) {
      throw new StoreException(
          Kind.REFUSED,
          "PostgreSQL, account creation: another account was deleted at the same moment, nothing"
              + " was done");
    }
    if (!taken) {
      throw new IllegalArgumentException("account must be a new name, it has another login");
    }
    return false;
  }

  /** Tells whether a login identifier is longer than its column takes. */
  static boolean isTooLong(String login) {
    return login.codePointCount(0, login.length()) > MAX_LOGIN_ID;
  }

  /** Returns an identifier in the form in which it is stored. */
  static String requireLogin(LoginId loginId) {
    String login = loginId.value();
    if (isTooLong(login)) {
      throw new IllegalArgumentException(
          "loginId must have at most " + MAX_LOGIN_ID + " characters, had " + login.length());
    }
    if (!StoredText.isStorable(login)) {
      throw new IllegalArgumentException(
          "loginId must have no U+0000 and no half of a surrogate pair");
    }
    return login;
  }

  /** Returns a hash in the form in which it is stored. */
  static String requireSecret(String what, PasswordHash hash) {
    String secret = hash.reveal();
    if (secret.isEmpty() || !StoredText.isStorable(secret)) {
      throw new IllegalArgumentException(what + " must be an encoded hash, was empty or no text");
    }
    return secret;
  }

  /** An account to create, checked, in the form in which it is stored. */
  record Row(
      StoredAccount account,
      String login,
      String status,
      @Nullable String secret,
      String operation) {
    static Row of(NewAccount wanted, OperationId operation) {
      StoredAccount account = StoredAccount.ofNew(wanted.account());
      AccountStatus status = wanted.status();
      return new Row(
          account,
          requireLogin(wanted.loginId()),
          StoredStatus.nameOf(status),
          wanted.hash().map(hash -> requireSecret("hash", hash)).orElse(null),
          operation.value());
    }

    /** Returns a text without identifier and secret. */
    @Override
    public String toString() {
      return "AccountCreation.Row[" + account.id() + "]";
    }
  }
}
