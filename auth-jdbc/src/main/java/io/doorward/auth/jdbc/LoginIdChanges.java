package io.doorward.auth.jdbc;

import io.doorward.auth.account.NameStore;
import io.doorward.auth.account.NameStore.NameChange;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.jdbc.NameTransactions.Step;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes of login identifiers. Triggers move the account and write the outbox. Thread-safe.
 *
 * <p>Each locks the account's login identifiers and the account, and reads afterwards what is
 * there: it decides on what no other call of the library can change meanwhile.
 */
final class LoginIdChanges {

  /** In one order everywhere, so that no two calls wait for each other. */
  static final String LOCK_LOGINS =
      "SELECT 1 FROM {login_ids} WHERE tenant = ? AND account_id = ? ORDER BY value FOR UPDATE";

  /** Of several, the one that the account has had longest comes first. */
  private static final String LOGINS =
      """
      SELECT value, created_at FROM {login_ids} WHERE tenant = ? AND account_id = ?
      ORDER BY created_at, value
      """;

  /** Later than the others also if the clock of the server was put back. */
  private static final String ADD_LOGIN =
      """
      INSERT INTO {login_ids} (tenant, account_id, value, created_at)
      SELECT w.tenant, w.id, w.value, greatest(now(), (
        SELECT max(created_at) + interval '1 microsecond' FROM {login_ids} l
        WHERE l.account_id = w.id))
      FROM (SELECT ?::text AS tenant, ?::uuid AS id, ?::text AS value) AS w
      ON CONFLICT DO NOTHING
      """;

  private static final String MOVE_LOGIN =
      """
      UPDATE {login_ids} SET value = ?, created_at = ?
      WHERE tenant = ? AND account_id = ? AND value = ?
      """;

  private static final String REMOVE_LOGIN =
      "DELETE FROM {login_ids} WHERE tenant = ? AND account_id = ? AND value = ?";

  private static final NameChange DONE = NameTransactions.DONE;

  private final Database database;
  private final NameTransactions transactions;
  private final String lockLogins;
  private final String lock;
  private final String logins;
  private final String addLogin;
  private final String moveLogin;
  private final String removeLogin;

  LoginIdChanges(Database database, NameTransactions transactions) {
    this.database = database;
    this.transactions = transactions;
    this.lockLogins = database.sql(LOCK_LOGINS);
    this.lock = database.sql(AccountChanges.LOCK);
    this.logins = database.sql(LOGINS);
    this.addLogin = database.sql(ADD_LOGIN);
    this.moveLogin = database.sql(MOVE_LOGIN);
    this.removeLogin = database.sql(REMOVE_LOGIN);
  }

  /** A login identifier of an account, and its place. */
  private record Login(String value, OffsetDateTime since) {}

  NameChange change(AccountId account, LoginId next, OperationId operation, Deadline deadline) {
    String login = requireLogin(account, next);
    return changeLogins(
        "login identifier change",
        account,
        operation,
        deadline,
        (connection, stored) -> replaceFirst(connection, stored, login));
  }

  private NameChange replaceFirst(Connection connection, StoredAccount account, String next)
      throws SQLException {
    List<Login> present = logins(connection, account);
    if (present.isEmpty()) {
      return insert(connection, account, next);
    }
    Login first = present.get(0);
    if (first.value().equals(next)) {
      return DONE;
    }
    String from = first.value();
    if (has(present, next)) {
      deleteLogin(connection, account, from);
      from = next;
    }
    return moveLogin(connection, account, from, next, place(present, next))
        ? DONE
        : new NameChange.Taken();
  }

  /** The first place; where others have the same time, a moment before them. */
  private static OffsetDateTime place(List<Login> present, String next) {
    OffsetDateTime first = present.get(0).since();
    boolean alone =
        present.stream()
            .skip(1)
            .allMatch(it -> it.value().equals(next) || it.since().isAfter(first));
    return alone ? first : first.minus(1, ChronoUnit.MICROS);
  }

  NameChange add(AccountId account, LoginId further, OperationId operation, Deadline deadline) {
    String login = requireLogin(account, further);
    return changeLogins(
        "login identifier addition",
        account,
        operation,
        deadline,
        (connection, stored) -> {
          List<Login> present = logins(connection, stored);
          if (has(present, login)) {
            return DONE;
          }
          return present.size() >= NameStore.maxOfAccount()
              ? new NameChange.Full()
              : insert(connection, stored, login);
        });
  }

  private NameChange insert(Connection connection, StoredAccount account, String login)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(addLogin)) {
      statement.setString(account.bind(statement, 1), login);
      return statement.executeUpdate() > 0 ? DONE : new NameChange.Taken();
    }
  }

  NameChange remove(AccountId account, LoginId loginId, OperationId operation, Deadline deadline) {
    account.requireSame(loginId.tenant(), "loginId");
    String login = loginId.value();
    return changeLogins(
        "login identifier removal",
        account,
        operation,
        deadline,
        (connection, stored) -> {
          List<Login> present = logins(connection, stored);
          if (!has(present, login)) {
            return new NameChange.Absent();
          }
          if (present.size() == 1) {
            return new NameChange.Last();
          }
          deleteLogin(connection, stored, login);
          return DONE;
        });
  }

  private static String requireLogin(AccountId account, LoginId loginId) {
    account.requireSame(loginId.tenant(), "loginId");
    return AccountCreation.requireLogin(loginId);
  }

  private static boolean has(List<Login> present, String login) {
    return present.stream().anyMatch(it -> it.value().equals(login));
  }

  private List<Login> logins(Connection connection, StoredAccount account) throws SQLException {
    List<Login> present = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(logins)) {
      account.bind(statement, 1);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          present.add(new Login(rows.getString(1), rows.getObject(2, OffsetDateTime.class)));
        }
      }
    }
    return present;
  }

  /** Returns false, and leaves the transaction usable, if another account has the new value. */
  private boolean moveLogin(
      Connection connection, StoredAccount account, String from, String to, OffsetDateTime place)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(moveLogin)) {
      statement.setString(1, to);
      statement.setObject(2, place);
      statement.setString(account.bind(statement, 3), from);
      return NameTransactions.updateUnlessTaken(connection, statement);
    }
  }

  private void deleteLogin(Connection connection, StoredAccount account, String login)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(removeLogin)) {
      statement.setString(account.bind(statement, 1), login);
      statement.executeUpdate();
    }
  }

  /** Changes login identifiers, and says what is pending. */
  private NameChange changeLogins(
      String step, AccountId account, OperationId operation, Deadline deadline, Step body) {
    return transactions.run(
        step,
        account,
        deadline,
        (connection, stored) -> {
          NameTransactions.finds(connection, lockLogins, stored);
          NameChange outcome = transactions.once(connection, lock, stored, operation, body);
          return outcome instanceof NameChange.Changed
              ? new NameChange.Changed(OutboxRows.pending(connection, database, stored))
              : outcome;
        });
  }
}
