package io.doorward.auth.system;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Somebody with psql: reads and changes accounts without the library. For one thread. */
final class Administrator implements AutoCloseable {
  private static final FastHasher HASHER = new FastHasher();

  private static final String ROW =
      """
      SELECT l.value, a.status, c.secret, a.version, a.row_tag, p.roles
      FROM {accounts} a JOIN {credentials} c ON c.account_id = a.id AND c.type = 'password'
      JOIN {user_profiles} p ON p.account_id = a.id
      JOIN {login_ids} l ON l.account_id = a.id WHERE a.id = ?
      """;

  private final Connection connection;

  Administrator(Application application) {
    try {
      connection = application.connect();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An account as the database has it. */
  record Row(
      String loginId,
      boolean active,
      PasswordHash hash,
      long version,
      String rowTag,
      Set<String> roles) {}

  Optional<Row> read(AccountId account) {
    try (PreparedStatement select = Application.prepare(connection, ROW, account);
        ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        return Optional.empty();
      }
      Array roles = row.getArray(6);
      return Optional.of(
          new Row(
              row.getString(1),
              row.getString(2).equals("active"),
              PasswordHash.of(row.getString(3)),
              row.getLong(4),
              row.getString(5),
              new HashSet<>(List.of((String[]) roles.getArray()))));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Replaces a hash by another password's, if it still is the one that was read. */
  boolean setPassword(AccountId account, Row read, Password next) {
    return update(
        "UPDATE {credentials} SET secret = ? WHERE account_id = ? AND secret = ?",
        HASHER.hash(next).reveal(),
        account,
        read.hash().reveal());
  }

  boolean setActive(AccountId account, boolean active) {
    return update(
        "UPDATE {accounts} SET status = ? WHERE id = ?", active ? "active" : "disabled", account);
  }

  /** Of whom the cache still has to be told. */
  Set<String> pending() {
    try (PreparedStatement select =
            Application.prepare(
                connection, "SELECT DISTINCT account_id FROM {outbox} WHERE done_at IS NULL");
        ResultSet rows = select.executeQuery()) {
      Set<String> accounts = new HashSet<>();
      while (rows.next()) {
        accounts.add(rows.getString(1));
      }
      return accounts;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean update(String sql, Object... values) {
    try (PreparedStatement update = Application.prepare(connection, sql, values)) {
      return update.executeUpdate() == 1;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
