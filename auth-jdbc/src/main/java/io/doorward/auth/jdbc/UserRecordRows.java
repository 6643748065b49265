package io.doorward.auth.jdbc;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Reads user records: the roles of a profile, its version, and the epochs of its account. */
final class UserRecordRows {
  /** What {@link #read} reads, of an account called a and its profile called p. */
  static final String COLUMNS =
      "p.roles, p.version, p.row_tag, a.epoch, a.epoch_tag, a.key_epoch, a.key_epoch_tag";

  /** How many columns these are. */
  static final int COUNT = 7;

  private UserRecordRows() {}

  /**
   * Reads a user record.
   *
   * @param first the column with the roles; the others follow in the order of {@link #COLUMNS}
   */
  static UserRecord read(ResultSet row, int first, AccountId account) throws SQLException {
    return new UserRecord(
        account,
        JdbcProfileStore.readTexts(row.getArray(first)),
        row.getLong(first + 1),
        row.getString(first + 2),
        new Epoch(row.getLong(first + 3), row.getString(first + 4)),
        new Epoch(row.getLong(first + 5), row.getString(first + 6)));
  }
}
