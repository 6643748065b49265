package io.doorward.auth.jdbc;

import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendAware;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.key.KeyRegistry;
import io.doorward.auth.key.KeyRegistry.KeyFingerprint;
import io.doorward.auth.password.PasswordHash;
import java.sql.Connection;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Credentials, profiles and outbox of one database in one value, the names of accounts, and the
 * registry of the keys that nodes hold; the interfaces describe each call. Thread-safe: one
 * instance serves all threads.
 *
 * <p>Failure: every method with a deadline throws {@link StoreException} when PostgreSQL cannot
 * answer before it; nothing is retried here.
 */
public final class JdbcAccountStore implements AccountStore, BackendAware, KeyRegistry {
  private final Backend backend;
  private final JdbcCredentialStore credentials;
  private final JdbcProfileStore profiles;
  private final LoginIdChanges loginIds;
  private final ExternalNames externalNames;
  private final JdbcOutbox outbox;
  private final Operations operations;
  private final AccountQueries directory;
  private final AccountStates states;
  private final AccountBatches imports;
  private final JdbcKeyRegistry keys;

  JdbcAccountStore(Database database) {
    this.backend = database.backend();
    this.credentials = new JdbcCredentialStore(database);
    this.profiles = new JdbcProfileStore(database);
    this.outbox = new JdbcOutbox(database);
    this.operations = new Operations(database);
    NameTransactions names = new NameTransactions(database, operations);
    this.loginIds = new LoginIdChanges(database, names);
    this.externalNames = new ExternalNames(database, names);
    this.directory = new AccountQueries(database);
    this.states = new AccountStates(database);
    this.imports = new AccountBatches(database);
    this.keys = new JdbcKeyRegistry(database);
  }

  @Override
  public Collection<Backend> backends() {
    return List.of(backend);
  }

  @Override
  public Optional<Credential> find(LoginId loginId, Deadline deadline) {
    return credentials.find(loginId, deadline);
  }

  @Override
  public Optional<Credential> find(AccountId account, Deadline deadline) {
    return credentials.find(account, deadline);
  }

  @Override
  public Optional<CredentialVersion> version(AccountId account, Deadline deadline) {
    return credentials.version(account, deadline);
  }

  @Override
  public Creation create(NewAccount wanted, OperationId operation, Deadline deadline) {
    return credentials.create(wanted, operation, deadline);
  }

  /**
   * Creates an account inside the host's own transaction, see {@link JdbcCredentialStore#signUp}.
   *
   * @param host the host's connection, with auto-commit off
   * @param wanted the new account
   * @param operation identifies this call
   * @return created, or a duplicate
   */
  public Creation signUp(Connection host, NewAccount wanted, OperationId operation) {
    return credentials.signUp(host, wanted, operation);
  }

  @Override
  public CredentialStore.Change changePassword(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline) {
    return credentials.changePassword(account, expected, next, operation, deadline);
  }

  @Override
  public CredentialStore.Change setPassword(
      AccountId account, PasswordHash next, OperationId operation, Deadline deadline) {
    return credentials.setPassword(account, next, operation, deadline);
  }

  @Override
  public CredentialStore.Change rehash(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline) {
    return credentials.rehash(account, expected, next, operation, deadline);
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

  @Override
  public CredentialStore.Change changeStatus(
      AccountId account, AccountStatus status, OperationId operation, Deadline deadline) {
    return credentials.changeStatus(account, status, operation, deadline);
  }

  @Override
  public CredentialStore.Change renewVersion(
      AccountId account, OperationId operation, Deadline deadline) {
    return credentials.renewVersion(account, operation, deadline);
  }

  @Override
  public Optional<List<Invalidation>> delete(AccountId account, Deadline deadline) {
    return credentials.delete(account, deadline);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException also if the identifier cannot be stored
   */
  @Override
  public NameChange changeLoginId(
      AccountId account, LoginId next, OperationId operation, Deadline deadline) {
    return loginIds.change(account, next, operation, deadline);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException also if the identifier cannot be stored
   */
  @Override
  public NameChange addLoginId(
      AccountId account, LoginId further, OperationId operation, Deadline deadline) {
    return loginIds.add(account, further, operation, deadline);
  }

  @Override
  public NameChange removeLoginId(
      AccountId account, LoginId loginId, OperationId operation, Deadline deadline) {
    return loginIds.remove(account, loginId, operation, deadline);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException also if the id cannot be stored
   */
  @Override
  public NameChange setExternalId(
      AccountId account, ExternalId externalId, OperationId operation, Deadline deadline) {
    return externalNames.setExternalId(account, externalId, operation, deadline);
  }

  @Override
  public NameChange clearExternalId(AccountId account, OperationId operation, Deadline deadline) {
    return externalNames.clearExternalId(account, operation, deadline);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException also if the identity cannot be stored
   */
  @Override
  public NameChange linkIdentity(
      AccountId account, ExternalIdentity identity, OperationId operation, Deadline deadline) {
    return externalNames.linkIdentity(account, identity, operation, deadline);
  }

  @Override
  public NameChange unlinkIdentity(
      AccountId account, ExternalIdentity identity, OperationId operation, Deadline deadline) {
    return externalNames.unlinkIdentity(account, identity, operation, deadline);
  }

  @Override
  public Optional<UserRecord> load(AccountId account, Deadline deadline) {
    return profiles.load(account, deadline);
  }

  @Override
  public ProfileStore.Change changeRoles(
      AccountId account,
      Set<String> grant,
      Set<String> revoke,
      OperationId operation,
      Deadline deadline) {
    return profiles.changeRoles(account, grant, revoke, operation, deadline);
  }

  @Override
  public boolean outgrow(AccountId account, long number, Deadline deadline) {
    return profiles.outgrow(account, number, deadline);
  }

  @Override
  public Optional<Account> lookUp(AccountId account, Deadline deadline) {
    return directory.lookUp(account, deadline);
  }

  @Override
  public Optional<Account> lookUp(LoginId loginId, Deadline deadline) {
    return directory.lookUp(loginId, deadline);
  }

  @Override
  public Optional<Account> lookUp(ExternalId externalId, Deadline deadline) {
    return directory.lookUp(externalId, deadline);
  }

  @Override
  public Optional<Account> lookUp(ExternalIdentity identity, Deadline deadline) {
    return directory.lookUp(identity, deadline);
  }

  @Override
  public List<Account> list(
      TenantId tenant, Optional<AccountId> after, int max, Deadline deadline) {
    return directory.list(tenant, after, max, deadline);
  }

  @Override
  public List<AccountState> page(Optional<AccountId> after, int max, Deadline deadline) {
    return states.page(after, max, deadline);
  }

  @Override
  public AccountState state(AccountId account, Deadline deadline) {
    return states.state(account, deadline);
  }

  @Override
  public List<Written> write(List<Row> rows, Deadline deadline) {
    return imports.write(rows, deadline);
  }

  @Override
  public List<KeyFingerprint> register(
      List<KeyFingerprint> mine, Duration memory, Deadline deadline) {
    return keys.register(mine, memory, deadline);
  }

  @Override
  public Drained drain(int max, Function<Pending, Outcome> deliver, Deadline deadline) {
    return outbox.drain(max, deliver, deadline);
  }

  @Override
  public int makeDue(int max, Deadline deadline) {
    return outbox.makeDue(max, deadline);
  }

  @Override
  public void done(Collection<Invalidation> delivered, Deadline deadline) {
    outbox.done(delivered, deadline);
  }

  @Override
  public Backlog backlog(Deadline deadline) {
    return outbox.backlog(deadline);
  }

  @Override
  public int removeDone(Duration age, int max, Deadline deadline) {
    return outbox.removeDone(age, max, deadline);
  }

  @Override
  public int removeOperations(Duration age, int max, Deadline deadline) {
    return operations.remove(age, max, deadline);
  }
}
