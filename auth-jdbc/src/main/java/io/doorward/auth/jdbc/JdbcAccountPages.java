package io.doorward.auth.jdbc;

import io.doorward.auth.account.AccountPages;
import io.doorward.auth.account.AccountPages.AccountState;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Accounts in the order of their primary key, with what caches may hold of them. Thread-safe. */
final class JdbcAccountPages implements AccountPages {
  private static final String COLUMNS =
      """
      SELECT k.id, a.login_id, a.status, a.version, a.row_tag, p.roles, p.version, p.row_tag,
        a.epoch, a.epoch_tag, a.key_epoch, a.key_epoch_tag,
        EXISTS (
          SELECT FROM {outbox} o
          WHERE o.account_id = k.id AND o.kind = 'fence' AND o.done_at IS NULL)
      """;

  private static final String JOINS =
      """
      LEFT JOIN {accounts} a ON a.id = k.id
      LEFT JOIN {user_profiles} p ON p.account_id = k.id
      """;

  private static final String FIRST_PAGE =
      COLUMNS + "FROM (SELECT id FROM {accounts} ORDER BY id LIMIT ?) k " + JOINS + "ORDER BY k.id";

  private static final String NEXT_PAGE =
      COLUMNS
          + "FROM (SELECT id FROM {accounts} WHERE id > ? ORDER BY id LIMIT ?) k "
          + JOINS
          + "ORDER BY k.id";

  private static final String STATE = COLUMNS + "FROM (SELECT ?::uuid AS id) k " + JOINS;

  private final Database database;
  private final String firstPage;
  private final String nextPage;
  private final String state;

  JdbcAccountPages(Database database) {
    this.database = database;
    this.firstPage = database.sql(FIRST_PAGE);
    this.nextPage = database.sql(NEXT_PAGE);
    this.state = database.sql(STATE);
  }

  @Override
  public List<AccountState> page(Optional<AccountId> after, int max, Deadline deadline) {
    JdbcOutbox.requirePositive("max", max);
    Optional<UUID> last = after.map(JdbcAccountPages::requireUuid);
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

  @Override
  public AccountState state(AccountId account, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return AccountState.gone(account, false);
    }
    return database.statement(
        "account state",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(state)) {
            statement.setObject(1, uuid.get());
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              AccountState found = read(row);
              if (found.loginId().isEmpty()) {
                database.gate().requireAllVisible(connection);
              }
              return found;
            }
          }
        });
  }

  private static AccountState read(ResultSet row) throws SQLException {
    AccountId account = new AccountId(row.getString(1));
    @Nullable String login = row.getString(2);
    @Nullable String status = row.getString(3);
    @Nullable String tag = row.getString(5);
    @Nullable Array roles = row.getArray(6);
    return new AccountState(
        account,
        login == null ? Optional.empty() : Optional.of(LoginId.ofStored(TenantId.DEFAULT, login)),
        status == null ? Optional.empty() : Optional.of(StoredStatus.of(status)),
        tag == null ? Optional.empty() : Optional.of(new CredentialVersion(row.getLong(4), tag)),
        roles == null
            ? Optional.empty()
            : Optional.of(
                new UserRecord(
                    account,
                    JdbcProfileStore.readTexts(roles),
                    row.getLong(7),
                    row.getString(8),
                    new Epoch(row.getLong(9), row.getString(10)),
                    new Epoch(row.getLong(11), row.getString(12)))),
        row.getBoolean(13));
  }

  private static UUID requireUuid(AccountId after) {
    return StoredText.uuid(after)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "after must be the name of an account, a UUID in canonical form: " + after));
  }
}
