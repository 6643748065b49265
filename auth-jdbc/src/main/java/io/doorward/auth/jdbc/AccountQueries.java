package io.doorward.auth.jdbc;

import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Accounts as administrators see them: one statement each, by an index. Thread-safe. */
final class AccountQueries {
  /** Chooses accounts first, so that what belongs to them is read for them only. */
  private static final String SELECT =
      """
      SELECT a.tenant, a.id, a.status, a.external_id, a.created_at, p.roles,
        logins.names, logins.added, logins.verified, identities.issuers, identities.subjects,
        ARRAY(SELECT DISTINCT type FROM {credentials} c WHERE c.account_id = a.id)
      FROM (CHOSEN) a
      LEFT JOIN {user_profiles} p ON p.account_id = a.id
      CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(value ORDER BY created_at, value), '{}') AS names,
          coalesce(array_agg(created_at ORDER BY created_at, value), '{}') AS added,
          coalesce(array_agg(verified_at ORDER BY created_at, value), '{}') AS verified
        FROM {login_ids} WHERE account_id = a.id) logins
      CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(issuer ORDER BY issuer, subject), '{}') AS issuers,
          coalesce(array_agg(subject ORDER BY issuer, subject), '{}') AS subjects
        FROM {external_identities} WHERE account_id = a.id) identities
      ORDER BY a.id
      """;

  private static final String BY_ID = "SELECT * FROM {accounts} WHERE tenant = ? AND id = ?";

  private static final String BY_LOGIN =
      """
      SELECT b.* FROM {accounts} b
      JOIN {login_ids} n ON n.tenant = b.tenant AND n.account_id = b.id
      WHERE n.tenant = ? AND n.value = ?
      """;

  private static final String BY_EXTERNAL_ID =
      "SELECT * FROM {accounts} WHERE tenant = ? AND external_id = ?";

  private static final String BY_IDENTITY =
      """
      SELECT b.* FROM {accounts} b
      JOIN {external_identities} n ON n.tenant = b.tenant AND n.account_id = b.id
      WHERE n.tenant = ? AND n.issuer = ? AND n.subject = ?
      """;

  private static final String FIRST_PAGE =
      "SELECT * FROM {accounts} WHERE tenant = ? ORDER BY id LIMIT ?";

  private static final String NEXT_PAGE =
      "SELECT * FROM {accounts} WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?";

  private final Database database;
  private final String byId;
  private final String byLogin;
  private final String byExternalId;
  private final String byIdentity;
  private final String firstPage;
  private final String nextPage;

  AccountQueries(Database database) {
    this.database = database;
    this.byId = database.sql(SELECT.replace("CHOSEN", BY_ID));
    this.byLogin = database.sql(SELECT.replace("CHOSEN", BY_LOGIN));
    this.byExternalId = database.sql(SELECT.replace("CHOSEN", BY_EXTERNAL_ID));
    this.byIdentity = database.sql(SELECT.replace("CHOSEN", BY_IDENTITY));
    this.firstPage = database.sql(SELECT.replace("CHOSEN", FIRST_PAGE));
    this.nextPage = database.sql(SELECT.replace("CHOSEN", NEXT_PAGE));
  }

  Optional<Account> lookUp(AccountId account, Deadline deadline) {
    Optional<StoredAccount> stored = StoredAccount.of(account);
    return stored.isEmpty()
        ? Optional.empty()
        : first(read("account look-up", byId, deadline, stored.get().tenant(), stored.get().id()));
  }

  Optional<Account> lookUp(LoginId loginId, Deadline deadline) {
    return first(
        read(
            "account look-up by login",
            byLogin,
            deadline,
            loginId.tenant().value(),
            loginId.value()));
  }

  Optional<Account> lookUp(ExternalId externalId, Deadline deadline) {
    return first(
        read(
            "account look-up by external id",
            byExternalId,
            deadline,
            externalId.tenant().value(),
            externalId.value()));
  }

  Optional<Account> lookUp(ExternalIdentity identity, Deadline deadline) {
    return first(
        read(
            "account look-up by external identity",
            byIdentity,
            deadline,
            identity.tenant().value(),
            identity.issuer(),
            identity.subject()));
  }

  List<Account> list(TenantId tenant, Optional<AccountId> after, int max, Deadline deadline) {
    JdbcOutbox.requirePositive("max", max);
    if (after.isEmpty()) {
      return read("account list", firstPage, deadline, tenant.value(), max);
    }
    AccountId last = after.get();
    if (!last.isIn(tenant)) {
      throw new IllegalArgumentException("after must be of the tenant " + tenant + ": " + last);
    }
    UUID id = AccountStates.requireUuid(last);
    return read("account list", nextPage, deadline, tenant.value(), id, max);
  }

  private static Optional<Account> first(List<Account> found) {
    return found.stream().findFirst();
  }

  private List<Account> read(String step, String sql, Deadline deadline, Object... parameters) {
    for (Object parameter : parameters) {
      if (parameter instanceof String text && !StoredText.isStorable(text)) {
        // A text that cannot be stored names no account.
        return List.of();
      }
    }
    return database.statement(
        step,
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
              statement.setObject(i + 1, parameters[i]);
            }
            return read(statement);
          } catch (SQLException e) {
            if (SqlFailures.isUnstorable(e)) {
              return List.of();
            }
            throw e;
          }
        });
  }

  private static List<Account> read(PreparedStatement statement) throws SQLException {
    List<Account> accounts = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        accounts.add(account(row));
      }
    }
    return accounts;
  }

  private static Account account(ResultSet row) throws SQLException {
    TenantId tenant = new TenantId(row.getString(1));
    @Nullable String externalId = row.getString(4);
    @Nullable Array roles = row.getArray(6);
    return new Account(
        AccountId.of(tenant, row.getString(2)),
        StoredStatus.of(row.getString(3)),
        logins(tenant, row),
        externalId == null ? Optional.empty() : Optional.of(new ExternalId(tenant, externalId)),
        identities(tenant, row),
        JdbcProfileStore.readTexts(row.getArray(12)),
        roles == null ? Set.of() : JdbcProfileStore.readTexts(roles),
        row.getObject(5, OffsetDateTime.class).toInstant());
  }

  private static List<Account.Login> logins(TenantId tenant, ResultSet row) throws SQLException {
    String[] values = (String[]) row.getArray(7).getArray();
    Timestamp[] added = (Timestamp[]) row.getArray(8).getArray();
    Timestamp[] verified = (Timestamp[]) row.getArray(9).getArray();
    List<Account.Login> logins = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      Optional<Instant> verifiedAt = Optional.ofNullable(verified[i]).map(Timestamp::toInstant);
      logins.add(
          new Account.Login(LoginId.ofStored(tenant, values[i]), added[i].toInstant(), verifiedAt));
    }
    return logins;
  }

  private static Set<ExternalIdentity> identities(TenantId tenant, ResultSet row)
      throws SQLException {
    String[] issuers = (String[]) row.getArray(10).getArray();
    String[] subjects = (String[]) row.getArray(11).getArray();
    Set<ExternalIdentity> identities = new HashSet<>();
    for (int i = 0; i < issuers.length; i++) {
      identities.add(new ExternalIdentity(tenant, issuers[i], subjects[i]));
    }
    return identities;
  }
}
