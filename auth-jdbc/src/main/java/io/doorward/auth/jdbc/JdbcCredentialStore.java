package io.doorward.auth.jdbc;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.jdbc.SqlFailures.Phase;
import io.doorward.auth.password.PasswordHash;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The tables of accounts and credentials. Thread-safe: one instance serves all threads.
 *
 * <p>Versions, row tags and outbox rows are written by the tables' triggers, so changes that come
 * from elsewhere (an administrator's {@code UPDATE}) keep the promises too.
 *
 * <p>An {@link AccountId} is the canonical text of the row's UUID; any other text names no account.
 * A repeat of {@link #create} is recognised as long as the account exists, one of a change for a
 * day.
 *
 * <p>Failure: every method with a deadline throws {@link StoreException} when PostgreSQL cannot
 * answer before it; nothing is retried here. Messages and causes hold SQLStates, never values.
 */
public final class JdbcCredentialStore implements CredentialStore {
  private static final int MAX_LOGIN_ID = 320;

  private static final String SELECT =
      """
      SELECT a.id, a.login_id, a.status, c.secret, c.version, c.row_tag, c.min_version,
        c.epoch_tag, c.known_devices_only
      FROM {accounts} a JOIN {credentials} c ON c.account_id = a.id AND c.type = 'password'
      """;

  /** Always a row: an unknown login identifier takes no trip more than a known one. */
  private static final String FIND_BY_LOGIN =
      """
      SELECT found.*, CASE
        WHEN row_security_active('{accounts}') THEN 'accounts'
        WHEN row_security_active('{credentials}') THEN 'credentials' END AS filtered
      FROM (VALUES (1)) AS always LEFT JOIN (
      """
          + SELECT
          + "WHERE a.login_id = ?) AS found ON true";

  private static final String FIND_BY_ACCOUNT = SELECT + "WHERE a.id = ?";

  private static final String VERSION =
      "SELECT version, row_tag FROM {credentials} WHERE account_id = ? AND type = 'password'";

  /** No conflict target: after any conflict the transaction stays usable, also the host's. */
  private static final String INSERT_ACCOUNT =
      """
      INSERT INTO {accounts} (id, login_id, status, operation_id) VALUES (?, ?, ?, ?)
      ON CONFLICT DO NOTHING
      """;

  private static final String INSERT_CREDENTIAL =
      "INSERT INTO {credentials} (account_id, secret) VALUES (?, ?)";

  private static final String INSERT_PROFILE =
      "INSERT INTO {user_profiles} (account_id) VALUES (?)";

  private static final String WHO_HAS_IT =
      """
      SELECT id = ? AND login_id = ? AND operation_id = ?, login_id = ?
      FROM {accounts} WHERE id = ? OR login_id = ?
      """;

  /** The version is written only so that the trigger fires for an equal hash too. */
  private static final String CHANGE_PASSWORD =
      """
      UPDATE {credentials} SET secret = ?, version = 0
      WHERE account_id = ? AND type = 'password' AND version = ? AND row_tag = ?
      RETURNING version, row_tag
      """;

  private static final String REHASH =
      """
      UPDATE {credentials} SET secret = ?, rehashed_from = version
      WHERE account_id = ? AND type = 'password' AND version = ? AND row_tag = ?
      RETURNING version, row_tag
      """;

  private static final String LOCK_ACCOUNT =
      "SELECT status = ? FROM {accounts} WHERE id = ? FOR NO KEY UPDATE";

  private static final String CHANGE_STATUS = "UPDATE {accounts} SET status = ? WHERE id = ?";

  private static final String LOCK_LOGIN =
      "SELECT login_id = ? FROM {accounts} WHERE id = ? FOR NO KEY UPDATE";

  private static final String LOCK = "SELECT 1 FROM {accounts} WHERE id = ? FOR NO KEY UPDATE";

  private static final String CHANGE_LOGIN = "UPDATE {accounts} SET login_id = ? WHERE id = ?";

  private static final String RENEW =
      """
      UPDATE {credentials} SET version = 0
      WHERE account_id = ? AND type = 'password'
      RETURNING version, row_tag
      """;

  private static final String COUNT_FAILURE =
      """
      UPDATE {credentials} SET failures = least(failures, 1000000) + 1,
        known_devices_only = known_devices_only OR failures + 1 >= ?
      WHERE account_id = ? AND type = 'password' AND min_version = ? AND epoch_tag = ?
      RETURNING failures = ?
      """;

  /** The trigger forgets the failures. */
  private static final String FORGIVE_FAILURES =
      """
      UPDATE {credentials} SET known_devices_only = false
      WHERE account_id = ? AND type = 'password' AND min_version = ? AND epoch_tag = ?
        AND known_devices_only
      """;

  private static final String DELETE = "DELETE FROM {accounts} WHERE id = ?";

  private static final String WAS_TOLD_OF =
      "SELECT EXISTS (SELECT 1 FROM {outbox} WHERE account_id = ?)";

  private static final String PROFILE_VERSION =
      "SELECT version FROM {user_profiles} WHERE account_id = ?";

  private final Database database;
  private final Operations operations;
  private final String findByLogin;
  private final String findByAccount;
  private final String versionOf;

  JdbcCredentialStore(Database database) {
    this.database = database;
    this.operations = new Operations(database);
    this.findByLogin = database.sql(FIND_BY_LOGIN);
    this.findByAccount = database.sql(FIND_BY_ACCOUNT);
    this.versionOf = database.sql(VERSION);
  }

  @Override
  public Optional<Credential> find(LoginId loginId, Deadline deadline) {
    String login = loginId.value();
    if (!StoredText.isStorable(login)) {
      return Optional.empty();
    }
    return database.selfEvident(
        "credential look-up by login",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(findByLogin)) {
            statement.setString(1, login);
            return readByLogin(statement);
          } catch (SQLException e) {
            if (SqlFailures.isUnstorable(e)) {
              // An identifier that cannot be stored has no account.
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  @Override
  public Optional<Credential> find(AccountId account, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return Optional.empty();
    }
    return database.statement(
        "credential look-up by account",
        deadline,
        connection -> readByAccount(connection, uuid.get()));
  }

  @Override
  public Optional<CredentialVersion> version(AccountId account, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return Optional.empty();
    }
    return database.statement(
        "credential version", deadline, connection -> readVersion(connection, uuid.get()));
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the account's id is not a UUID's canonical text or names
   *     another account already, its login identifier is longer than 320 characters or cannot be
   *     stored, or the text of its hash is empty
   */
  @Override
  public Creation create(NewAccount wanted, OperationId operation, Deadline deadline) {
    AccountRow row = AccountRow.of(wanted, operation);
    return database.transaction(
        "account creation",
        deadline,
        connection ->
            insertOrRepeat(connection, row)
                ? new Creation.Created(
                    readByAccount(connection, row.uuid()), pending(connection, row.uuid()))
                : new Creation.Duplicate());
  }

  /**
   * Creates an account inside the host's own transaction, on the host's connection: it exists if
   * and when the host commits. Commits nothing, closes nothing, and leaves the transaction usable
   * after every result. The outbox delivers the change to the caches after the commit, so no
   * delivery is reported as pending.
   *
   * <p>The wait has no deadline of its own: the host's transaction has its time-outs. Where another
   * transaction is creating the same login identifier, this one waits for its end.
   *
   * @param host the host's connection, with auto-commit off
   * @param wanted see {@link #create}
   * @param operation see {@link #create}
   * @return created, or a duplicate
   * @throws IllegalArgumentException see {@link #create}
   * @throws IllegalStateException if auto-commit is on
   * @throws StoreException if PostgreSQL cannot answer
   */
  public Creation signUp(Connection host, NewAccount wanted, OperationId operation) {
    AccountRow row = AccountRow.of(wanted, operation);
    try {
      if (host.getAutoCommit()) {
        throw new IllegalStateException(
            "host must have auto-commit off: an account is three rows, use create() otherwise");
      }
      return database.gate().believe(host, insertOrRepeat(host, row))
          ? new Creation.Created(readByAccount(host, row.uuid()), List.of())
          : new Creation.Duplicate();
    } catch (SQLException e) {
      throw database
          .failures()
          .of("account creation in the host's transaction", Phase.BEFORE_COMMIT, e);
    }
  }

  @Override
  public Change changePassword(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline) {
    return compareAndSet(
        "password change", CHANGE_PASSWORD, account, expected, next, operation, deadline);
  }

  @Override
  public Change rehash(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline) {
    return compareAndSet("rehash", REHASH, account, expected, next, operation, deadline);
  }

  /**
   * {@inheritDoc}
   *
   * <p>For an account without a password the version is its profile's, with the tag {@code none}.
   */
  @Override
  public Change changeStatus(
      AccountId account, AccountStatus status, OperationId operation, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return new Change.VersionConflict();
    }
    return database.transaction(
        "status change",
        deadline,
        connection -> changeStatus(connection, uuid.get(), nameOf(status), operation));
  }

  private Change changeStatus(
      Connection connection, UUID account, String status, OperationId operation)
      throws SQLException {
    boolean unchanged;
    try (PreparedStatement statement = connection.prepareStatement(database.sql(LOCK_ACCOUNT))) {
      statement.setString(1, status);
      statement.setObject(2, account);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return new Change.VersionConflict();
        }
        unchanged = row.getBoolean(1);
      }
    }
    Optional<CredentialVersion> first = operations.findVersion(connection, account, operation);
    if (first.isPresent()) {
      return new Change.Changed(first.get(), pending(connection, account));
    }
    if (!unchanged) {
      try (PreparedStatement statement = connection.prepareStatement(database.sql(CHANGE_STATUS))) {
        statement.setString(1, status);
        statement.setObject(2, account);
        statement.executeUpdate();
      }
    }
    CredentialVersion now = requireState(connection, account);
    operations.record(connection, account, operation, now);
    return new Change.Changed(now, unchanged ? List.of() : pending(connection, account));
  }

  /** Returns the credential's version, or that of the profile where there is no password. */
  private CredentialVersion requireState(Connection connection, UUID account) throws SQLException {
    Optional<CredentialVersion> state = readVersion(connection, account);
    if (state.isEmpty()) {
      state = readProfileVersion(connection, account);
    }
    return state.orElseThrow(
        () ->
            new StoreException(
                Kind.MISCONFIGURED,
                "PostgreSQL, account change: the account has neither credential nor profile;"
                    + " restore its row in "
                    + database.schema().qualified("user_profiles")));
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if {@code next} is longer than 320 characters or cannot be
   *     stored
   */
  @Override
  public Renaming changeLoginId(
      AccountId account, LoginId next, OperationId operation, Deadline deadline) {
    requireNonNull(operation, "operation");
    String login = requireLogin(next);
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return new Renaming.Unknown();
    }
    return database.transaction(
        "login identifier change",
        deadline,
        connection -> changeLoginId(connection, uuid.get(), login, operation));
  }

  private Renaming changeLoginId(
      Connection connection, UUID account, String login, OperationId operation)
      throws SQLException {
    boolean unchanged;
    try (PreparedStatement statement = connection.prepareStatement(database.sql(LOCK_LOGIN))) {
      statement.setString(1, login);
      statement.setObject(2, account);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return new Renaming.Unknown();
        }
        unchanged = row.getBoolean(1);
      }
    }
    if (operations.findVersion(connection, account, operation).isPresent()) {
      return new Renaming.Renamed(pending(connection, account));
    }
    if (!unchanged && !takeLogin(connection, account, login)) {
      return new Renaming.Duplicate();
    }
    operations.record(connection, account, operation, requireState(connection, account));
    return new Renaming.Renamed(unchanged ? List.of() : pending(connection, account));
  }

  /** Returns false, and leaves the transaction usable, if another account has it. */
  private boolean takeLogin(Connection connection, UUID account, String login) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try (PreparedStatement statement = connection.prepareStatement(database.sql(CHANGE_LOGIN))) {
      statement.setString(1, login);
      statement.setObject(2, account);
      statement.executeUpdate();
      return true;
    } catch (SQLException e) {
      if (!SqlFailures.isUniqueViolation(e)) {
        throw e;
      }
      connection.rollback(before);
      return false;
    }
  }

  @Override
  public Change renewVersion(AccountId account, OperationId operation, Deadline deadline) {
    requireNonNull(operation, "operation");
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return new Change.VersionConflict();
    }
    return database.transaction(
        "credential renewal",
        deadline,
        connection -> {
          if (!lock(connection, uuid.get())) {
            return new Change.VersionConflict();
          }
          Optional<CredentialVersion> now =
              operations.findVersion(connection, uuid.get(), operation);
          if (now.isEmpty()) {
            try (PreparedStatement statement = connection.prepareStatement(database.sql(RENEW))) {
              statement.setObject(1, uuid.get());
              now = readVersion(statement);
            }
            if (now.isEmpty()) {
              return new Change.VersionConflict();
            }
            operations.record(connection, uuid.get(), operation, now.get());
          }
          return new Change.Changed(now.get(), pending(connection, uuid.get()));
        });
  }

  @Override
  public Optional<List<Invalidation>> countFailure(
      AccountId account, Epoch epoch, int limit, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return Optional.empty();
    }
    return database.transaction(
        "failure count",
        deadline,
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(database.sql(COUNT_FAILURE))) {
            statement.setInt(1, limit);
            statement.setObject(2, uuid.get());
            statement.setLong(3, epoch.number());
            statement.setString(4, epoch.tag());
            statement.setInt(5, limit);
            try (ResultSet row = statement.executeQuery()) {
              return row.next() && row.getBoolean(1)
                  ? Optional.of(pending(connection, uuid.get()))
                  : Optional.empty();
            }
          }
        });
  }

  @Override
  public List<Invalidation> forgiveFailures(AccountId account, Epoch epoch, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return List.of();
    }
    return database.transaction(
        "forgiveness of failures",
        deadline,
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(database.sql(FORGIVE_FAILURES))) {
            statement.setObject(1, uuid.get());
            statement.setLong(2, epoch.number());
            statement.setString(3, epoch.tag());
            return statement.executeUpdate() == 0 ? List.of() : pending(connection, uuid.get());
          }
        });
  }

  private boolean lock(Connection connection, UUID account) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(database.sql(LOCK))) {
      statement.setObject(1, account);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>An account leaves a trace in the outbox for as long as done rows are kept, an hour by
   * default.
   */
  @Override
  public Optional<List<Invalidation>> delete(AccountId account, Deadline deadline) {
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return Optional.empty();
    }
    return database.transaction(
        "account deletion",
        deadline,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(database.sql(DELETE))) {
            statement.setObject(1, uuid.get());
            statement.executeUpdate();
          }
          try (PreparedStatement statement =
              connection.prepareStatement(database.sql(WAS_TOLD_OF))) {
            statement.setObject(1, uuid.get());
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return row.getBoolean(1)
                  ? Optional.of(pending(connection, uuid.get()))
                  : Optional.empty();
            }
          }
        });
  }

  private Change compareAndSet(
      String step,
      String sql,
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline) {
    requireNonNull(operation, "operation");
    String secret = requireSecret("next", next);
    Optional<UUID> uuid = StoredText.uuid(account);
    if (uuid.isEmpty()) {
      return new Change.VersionConflict();
    }
    return database.transaction(
        step,
        deadline,
        connection -> {
          Optional<CredentialVersion> now;
          try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
            statement.setString(1, secret);
            statement.setObject(2, uuid.get());
            statement.setLong(3, expected.number());
            statement.setString(4, expected.tag());
            now = readVersion(statement);
          }
          if (now.isPresent()) {
            operations.record(connection, uuid.get(), operation, now.get());
          } else {
            now = operations.findVersion(connection, uuid.get(), operation);
          }
          return now.isEmpty()
              ? new Change.VersionConflict()
              : new Change.Changed(now.get(), pending(connection, uuid.get()));
        });
  }

  /** Returns whether the account exists now, created by this call or by an earlier one. */
  private boolean insertOrRepeat(Connection connection, AccountRow wanted) throws SQLException {
    if (!insertAccount(connection, wanted)) {
      return isRepeat(connection, wanted);
    }
    if (wanted.secret() != null) {
      try (PreparedStatement statement =
          connection.prepareStatement(database.sql(INSERT_CREDENTIAL))) {
        statement.setObject(1, wanted.uuid());
        statement.setString(2, wanted.secret());
        statement.executeUpdate();
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(database.sql(INSERT_PROFILE))) {
      statement.setObject(1, wanted.uuid());
      statement.executeUpdate();
    }
    return true;
  }

  private boolean insertAccount(Connection connection, AccountRow wanted) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(database.sql(INSERT_ACCOUNT))) {
      statement.setObject(1, wanted.uuid());
      statement.setString(2, wanted.login());
      statement.setString(3, wanted.status());
      statement.setString(4, wanted.operation());
      return statement.executeUpdate() > 0;
    }
  }

  private boolean isRepeat(Connection connection, AccountRow wanted) throws SQLException {
    boolean found = false;
    boolean taken = false;
    try (PreparedStatement statement = connection.prepareStatement(database.sql(WHO_HAS_IT))) {
      statement.setObject(1, wanted.uuid());
      statement.setString(2, wanted.login());
      statement.setString(3, wanted.operation());
      statement.setString(4, wanted.login());
      statement.setObject(5, wanted.uuid());
      statement.setString(6, wanted.login());
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

  private List<Invalidation> pending(Connection connection, UUID account) throws SQLException {
    return OutboxRows.pending(connection, database, account);
  }

  private Optional<Credential> readByAccount(Connection connection, UUID account)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(findByAccount)) {
      statement.setObject(1, account);
      return readCredential(statement);
    }
  }

  private static Optional<Credential> readCredential(PreparedStatement statement)
      throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      return row.next() ? Optional.of(credential(row)) : Optional.empty();
    }
  }

  private static Credential credential(ResultSet row) throws SQLException {
    return new Credential(
        new AccountId(row.getString(1)),
        LoginId.ofStored(row.getString(2)),
        statusOf(row.getString(3)),
        PasswordHash.of(row.getString(4)),
        new CredentialVersion(row.getLong(5), row.getString(6)),
        new Epoch(row.getLong(7), row.getString(8)),
        row.getBoolean(9),
        Set.of());
  }

  private Optional<Credential> readByLogin(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      row.next();
      @Nullable String filtered = row.getString("filtered");
      if (filtered != null) {
        throw database.gate().filtered(filtered);
      }
      return row.getString(1) == null ? Optional.empty() : Optional.of(credential(row));
    }
  }

  private Optional<CredentialVersion> readVersion(Connection connection, UUID account)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(versionOf)) {
      statement.setObject(1, account);
      return readVersion(statement);
    }
  }

  private static Optional<CredentialVersion> readVersion(PreparedStatement statement)
      throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      return row.next()
          ? Optional.of(new CredentialVersion(row.getLong(1), row.getString(2)))
          : Optional.empty();
    }
  }

  private Optional<CredentialVersion> readProfileVersion(Connection connection, UUID account)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(database.sql(PROFILE_VERSION))) {
      statement.setObject(1, account);
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(new CredentialVersion(row.getLong(1), "none"))
            : Optional.empty();
      }
    }
  }

  private static String nameOf(AccountStatus status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  static AccountStatus statusOf(String name) {
    return AccountStatus.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static String requireLogin(LoginId loginId) {
    String login = loginId.value();
    if (login.codePointCount(0, login.length()) > MAX_LOGIN_ID) {
      throw new IllegalArgumentException(
          "loginId must have at most " + MAX_LOGIN_ID + " characters, had " + login.length());
    }
    if (!StoredText.isStorable(login)) {
      throw new IllegalArgumentException(
          "loginId must have no U+0000 and no half of a surrogate pair");
    }
    return login;
  }

  private static String requireSecret(String what, PasswordHash hash) {
    String secret = hash.reveal();
    if (secret.isEmpty() || !StoredText.isStorable(secret)) {
      throw new IllegalArgumentException(what + " must be an encoded hash, was empty or no text");
    }
    return secret;
  }

  /** The arguments of {@link #create}, checked, in the form in which they are stored. */
  private record AccountRow(
      UUID uuid, String login, String status, @Nullable String secret, String operation) {
    static AccountRow of(NewAccount wanted, OperationId operation) {
      UUID uuid =
          StoredText.uuid(wanted.account())
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "account must be a UUID in canonical form: " + wanted.account()));
      return new AccountRow(
          uuid,
          requireLogin(wanted.loginId()),
          nameOf(wanted.status()),
          wanted.hash().map(hash -> requireSecret("hash", hash)).orElse(null),
          operation.value());
    }

    /** Returns a text without identifier and secret. */
    @Override
    public String toString() {
      return "AccountRow[" + uuid + "]";
    }
  }
}
