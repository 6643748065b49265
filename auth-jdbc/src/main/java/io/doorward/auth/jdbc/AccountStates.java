package io.doorward.auth.jdbc;

import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Accounts in the order of their primary key, with what caches may hold of them. Thread-safe. */
final class AccountStates {
  private static final String COLUMNS =
      """
      SELECT k.tenant, k.id,
        ARRAY(
          SELECT l.value FROM {login_ids} l WHERE l.account_id = a.id
          ORDER BY l.created_at, l.value),
        a.status, a.version, a.row_tag, :user,
        EXISTS (
          SELECT FROM {outbox} o
          WHERE o.tenant = k.tenant AND o.account_id = k.id
            AND o.kind = 'fence' AND o.done_at IS NULL)
      """
          .replace(":user", UserRecordRows.COLUMNS);

  private static final String JOINS =
      """
      LEFT JOIN {accounts} a ON a.tenant = k.tenant AND a.id = k.id
      LEFT JOIN {user_profiles} p ON p.account_id = a.id
      """;

  private static final String FIRST_PAGE =
      COLUMNS
          + "FROM (SELECT tenant, id FROM {accounts} ORDER BY id LIMIT ?) k "
          + JOINS
          + "ORDER BY k.id";

  private static final String NEXT_PAGE =
      COLUMNS
          + "FROM (SELECT tenant, id FROM {accounts} WHERE id > ? ORDER BY id LIMIT ?) k "
          + JOINS
          + "ORDER BY k.id";

  private static final String STATE =
      COLUMNS + "FROM (SELECT ?::text AS tenant, ?::uuid AS id) k " + JOINS;

  private final Database database;
  private final String firstPage;
  private final String nextPage;
  private final String state;

  AccountStates(Database database) {
    this.database = database;
    this.firstPage = database.sql(FIRST_PAGE);
    this.nextPage = database.sql(NEXT_PAGE);
    this.state = database.sql(STATE);
  }

  List<AccountState> page(Optional<AccountId> after, int max, Deadline deadline) {
    JdbcOutbox.requirePositive("max", max);
    Optional<UUID> last = after.map(AccountStates::requireUuid);
    return database.statement(
        "account page",
        deadline,
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(last.isEmpty() ? firstPage : nextPage)) {
            int index = 1;
            if (last.isPresent()) {
              statement.setObject(index++, last.get());
            }
            statement.setInt(index, max);
            try (ResultSet rows = statement.executeQuery()) {
              List<AccountState> page = new ArrayList<>();
              while (rows.next()) {
                page.add(read(rows));
              }
              return page;
            }
          }
        });
  }

  AccountState state(AccountId account, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    if (stored.isEmpty()) {
      return AccountState.gone(account, false);
    }
    return database.statement(
        "account state",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(state)) {
            stored.get().bind(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              AccountState found = read(row);
              if (found.status().isEmpty()) {
                database.gate().requireAllVisible(connection);
              }
              return found;
            }
          }
        });
  }

  private static AccountState read(ResultSet row) throws SQLException {
    TenantId tenant = new TenantId(row.getString(1));
    AccountId account = AccountId.of(tenant, row.getString(2));
    @Nullable String status = row.getString(4);
    @Nullable String tag = row.getString(6);
    @Nullable Array roles = row.getArray(7);
    return new AccountState(
        account,
        loginIds(tenant, row.getArray(3)),
        status == null ? Optional.empty() : Optional.of(StoredStatus.of(status)),
        tag == null ? Optional.empty() : Optional.of(new CredentialVersion(row.getLong(5), tag)),
        roles == null ? Optional.empty() : Optional.of(UserRecordRows.read(row, 7, account)),
        row.getBoolean(14));
  }

  private static List<LoginId> loginIds(TenantId tenant, Array values) throws SQLException {
    return Arrays.stream((String[]) values.getArray())
        .map(value -> LoginId.ofStored(tenant, value))
        .toList();
  }

  static UUID requireUuid(AccountId after) {
    return StoredAccount.of(after)
        .map(StoredAccount::id)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "after must be the name of an account, its local id a UUID in canonical form: "
                        + after));
  }
}
