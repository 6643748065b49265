package io.doorward.auth.jdbc;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.jdbc.SqlFailures.Phase;
import io.doorward.auth.password.PasswordHash;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * The tables of accounts and credentials. Thread-safe: one instance serves all threads.
 *
 * <p>Versions, row tags and outbox rows are written by the tables' triggers, so changes that come
 * from elsewhere (an administrator's {@code UPDATE}) keep the promises too.
 *
 * <p>The local part of an {@link AccountId} is the canonical text of the row's UUID; any other text
 * names no account. A repeat of {@link #create} is recognised as long as the account exists, one of
 * a change for a day.
 *
 * <p>Failure: every method with a deadline throws {@link StoreException} when PostgreSQL cannot
 * answer before it; nothing is retried here. Messages and causes hold SQLStates, never values.
 */
public final class JdbcCredentialStore implements CredentialStore {
  private final Database database;
  private final CredentialQueries queries;
  private final AccountCreation creation;
  private final CredentialChanges credentials;
  private final AccountChanges accounts;

  JdbcCredentialStore(Database database) {
    Operations operations = new Operations(database);
    this.database = database;
    this.queries = new CredentialQueries(database);
    this.creation = new AccountCreation(database);
    this.credentials = new CredentialChanges(database, operations);
    this.accounts = new AccountChanges(database, operations);
  }

  @Override
  public Optional<Credential> find(LoginId loginId, Deadline deadline) {
    return queries.find(loginId, deadline);
  }

  @Override
  public Optional<Credential> find(AccountId account, Deadline deadline) {
    return queries.find(account, deadline);
  }

  @Override
  public Optional<CredentialVersion> version(AccountId account, Deadline deadline) {
    return queries.version(account, deadline);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the account's local id is not a UUID's canonical text or
   *     names another account already, its login identifier is longer than 320 characters or cannot
   *     be stored, or the text of its hash is empty
   */
  @Override
  public Creation create(NewAccount wanted, OperationId operation, Deadline deadline) {
    AccountCreation.Row row = AccountCreation.Row.of(wanted, operation);
    return database.transaction(
        "account creation",
        deadline,
        connection ->
            creation.insertOrRepeat(connection, row)
                ? new Creation.Created(
                    queries.read(connection, row.account()),
                    OutboxRows.pending(connection, database, row.account()))
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
    AccountCreation.Row row = AccountCreation.Row.of(wanted, operation);
    try {
      if (host.getAutoCommit()) {
        throw new IllegalStateException(
            "host must have auto-commit off: an account is several rows, use create() otherwise");
      }
      boolean exists = creation.insertOrRepeat(host, row);
      Optional<Credential> credential =
          exists ? queries.read(host, row.account()) : Optional.empty();
      database.gate().believe(host, credential);
      return exists ? new Creation.Created(credential, List.of()) : new Creation.Duplicate();
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
    requireNonNull(operation, "operation");
    String secret = AccountCreation.requireSecret("next", next);
    return credentials.changePassword(account, expected, secret, operation, deadline);
  }

  @Override
  public Change setPassword(
      AccountId account, PasswordHash next, OperationId operation, Deadline deadline) {
    requireNonNull(operation, "operation");
    String secret = AccountCreation.requireSecret("next", next);
    return credentials.setPassword(account, secret, operation, deadline);
  }

  @Override
  public Change rehash(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline) {
    requireNonNull(operation, "operation");
    String secret = AccountCreation.requireSecret("next", next);
    return credentials.rehash(account, expected, secret, operation, deadline);
  }

  @Override
  public Change changeStatus(
      AccountId account, AccountStatus status, OperationId operation, Deadline deadline) {
    requireNonNull(operation, "operation");
    return accounts.changeStatus(account, StoredStatus.nameOf(status), operation, deadline);
  }

  @Override
  public Change renewVersion(AccountId account, OperationId operation, Deadline deadline) {
    requireNonNull(operation, "operation");
    return accounts.renewVersion(account, operation, deadline);
  }

  @Override
  public Optional<List<Invalidation>> countFailure(
      AccountId account, Epoch epoch, int limit, Deadline deadline) {
    return credentials.countFailure(account, epoch, limit, deadline);
  }

  @Override
  public List<Invalidation> forgiveFailures(AccountId account, Epoch epoch, Deadline deadline) {
    return credentials.forgiveFailures(account, epoch, deadline);
  }

  /**
   * {@inheritDoc}
   *
   * <p>An account leaves a trace in the outbox for as long as done rows are kept, an hour by
   * default.
   */
  @Override
  public Optional<List<Invalidation>> delete(AccountId account, Deadline deadline) {
    return accounts.delete(account, deadline);
  }
}
