package io.doorward.auth.jdbc;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Invalidation;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.password.PasswordHash;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import javax.sql.DataSource;

/**
 * Everything of accounts that is in PostgreSQL: {@link JdbcCredentialStore}, {@link
 * JdbcProfileStore} and {@link JdbcOutbox} over one database, as {@code AuthService.builder} takes
 * them. Their contracts hold. Thread-safe.
 */
public final class JdbcAccounts implements AccountStore {
  private final JdbcCredentialStore credentials;
  private final JdbcProfileStore profiles;
  private final JdbcOutbox outbox;

  private JdbcAccounts(DataSource dataSource, JdbcSchema schema) {
    credentials = JdbcCredentialStore.create(dataSource, schema);
    profiles = JdbcProfileStore.create(dataSource, schema);
    outbox = JdbcOutbox.create(dataSource, schema);
  }

  /**
   * Creates the store.
   *
   * @param dataSource of the primary, with auto-commit on; not closed here
   * @param schema where the tables are
   * @return the store
   */
  public static JdbcAccounts create(DataSource dataSource, JdbcSchema schema) {
    return new JdbcAccounts(dataSource, schema);
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
  public Creation create(
      AccountId account,
      LoginId loginId,
      AccountStatus status,
      PasswordHash hash,
      OperationId operation,
      Deadline deadline) {
    return credentials.create(account, loginId, status, hash, operation, deadline);
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
  public CredentialStore.Change rehash(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline) {
    return credentials.rehash(account, expected, next, operation, deadline);
  }

  @Override
  public CredentialStore.Change changeStatus(
      AccountId account, AccountStatus status, OperationId operation, Deadline deadline) {
    return credentials.changeStatus(account, status, operation, deadline);
  }

  @Override
  public Optional<UserRecord> load(AccountId account, Deadline deadline) {
    return profiles.load(account, deadline);
  }

  @Override
  public Optional<ProfileStore.Change> changeRoles(
      AccountId account,
      Set<String> grant,
      Set<String> revoke,
      OperationId operation,
      Deadline deadline) {
    return profiles.changeRoles(account, grant, revoke, operation, deadline);
  }

  @Override
  public Drained drain(int max, Predicate<Invalidation> deliver, Deadline deadline) {
    return outbox.drain(max, deliver, deadline);
  }

  @Override
  public void done(Collection<Invalidation> delivered, Deadline deadline) {
    outbox.done(delivered, deadline);
  }

  @Override
  public long backlog(Deadline deadline) {
    return outbox.backlog(deadline);
  }

  @Override
  public int removeDone(Duration age, int max, Deadline deadline) {
    return outbox.removeDone(age, max, deadline);
  }
}
