package io.doorward.auth.jdbc;

import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads fences from the outbox. The columns are id, tenant, account_id, login_id, floor, in this
 * order.
 */
final class OutboxRows {
  /**
   * The newest rows are enough for the caller, which delivers them at once: floors of one name grow
   * with the row's number. The relay delivers older rows of a long outage of Redis.
   */
  private static final String PENDING =
      """
      SELECT id, tenant, account_id, login_id, floor FROM {outbox}
      WHERE tenant = ? AND account_id = ? AND kind = 'fence' AND done_at IS NULL
      ORDER BY id DESC LIMIT 32
      """;

  private OutboxRows() {}

  /** Reads the pending invalidations of one account, inside the transaction that changed it. */
  static List<Invalidation> pending(Connection connection, Database database, StoredAccount account)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(database.sql(PENDING))) {
      int unused = account.bind(statement, 1);
      try (ResultSet rows = statement.executeQuery()) {
        return readAll(rows);
      }
    }
  }

  private static List<Invalidation> readAll(ResultSet rows) throws SQLException {
    List<Invalidation> all = new ArrayList<>();
    while (rows.next()) {
      all.add(read(rows));
    }
    return all;
  }

  static Invalidation read(ResultSet row) throws SQLException {
    long id = row.getLong(1);
    TenantId tenant = new TenantId(row.getString(2));
    @Nullable String loginId = row.getString(4);
    long floor = row.getLong(5);
    return loginId == null
        ? new Invalidation.OfUser(id, AccountId.of(tenant, row.getString(3)), floor)
        : new Invalidation.OfLogin(id, LoginId.ofStored(tenant, loginId), floor);
  }
}
