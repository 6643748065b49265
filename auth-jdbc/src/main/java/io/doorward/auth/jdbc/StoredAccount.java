package io.doorward.auth.jdbc;

import io.doorward.auth.base.AccountId;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/**
 * An account's id as its row has it. Statements compare both parts, so that an id with another
 * tenant names no account.
 */
record StoredAccount(String tenant, UUID id) {
  /** Parameters: those of {@link #bind}. */
  static final String ID = "(SELECT id FROM {accounts} WHERE tenant = ? AND id = ?)";

  /**
   * Returns the row's id; empty if the local id is not a UUID's canonical text: no such account.
   */
  static Optional<StoredAccount> of(AccountId account) {
    String local = account.local();
    try {
      UUID uuid = UUID.fromString(local);
      // fromString takes short and upper-case forms, which name no account of ours.
      return uuid.toString().equals(local)
          ? Optional.of(new StoredAccount(account.tenant().value(), uuid))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Does the same for an account that is to be created, whose id must be one. */
  static StoredAccount ofNew(AccountId account) {
    return of(account)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "account must be a UUID in canonical form: " + account));
  }

  /** Binds tenant and id, and returns the index behind them. */
  int bind(PreparedStatement statement, int index) throws SQLException {
    statement.setString(index, tenant);
    statement.setObject(index + 1, id);
    return index + 2;
  }
}
