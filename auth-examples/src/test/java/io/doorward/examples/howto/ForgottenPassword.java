package io.doorward.examples.howto;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.doorward.auth.AuthService;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordPolicy;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.sql.DataSource;

/** What docs/howto/forgotten-password.md shows. Thread-safe. */
final class ForgottenPassword {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final AuthService auth;
  private final PasswordPolicy policy;
  private final DataSource database;

  ForgottenPassword(AuthService auth, PasswordPolicy policy, DataSource database) {
    this.auth = auth;
    this.policy = policy;
    this.database = database;
  }

  String newLink(AccountId account) throws SQLException {
    byte[] random = new byte[32];
    RANDOM.nextBytes(random);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    update(
        "INSERT INTO password_links VALUES (?, ?, now() + interval '30 minutes')"
            + " ON CONFLICT (account_id) DO UPDATE"
            + " SET token_hash = EXCLUDED.token_hash, expires_at = EXCLUDED.expires_at",
        account.value(),
        hash(token));
    return token;
  }

  int reset(String token, String field) throws SQLException {
    Optional<Password> next = Password.parse(field).filter(it -> policy.refuse(it).isEmpty());
    if (next.isEmpty()) {
      return 400; // the link stays good
    }
    Optional<AccountId> account = used(token); // committed: no second request can use it
    if (account.isEmpty()) {
      return 403; // never sent, used, expired or void; nothing was hashed
    }
    return auth.recovery()
        .setPassword(account.get(), next.get(), Deadline.after(Duration.ofSeconds(5)))
        .match(changed -> 204, unknown -> 403, passwordRefused -> 400, unavailable -> 503);
  }

  /** Makes the link of an account void, because its password has changed. */
  void forget(AccountId account) throws SQLException {
    update("DELETE FROM password_links WHERE account_id = ?", account.value());
  }

  private Optional<AccountId> used(String token) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement delete =
            connection.prepareStatement(
                "DELETE FROM password_links WHERE token_hash = ? AND expires_at > now()"
                    + " RETURNING account_id")) {
      delete.setBytes(1, hash(token));
      try (ResultSet row = delete.executeQuery()) {
        return row.next() ? AccountId.parse(row.getString(1)) : Optional.empty();
      }
    }
  }

  private void update(String sql, Object... values) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.executeUpdate();
    }
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
