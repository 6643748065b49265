package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.password.PasswordHash;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * Accounts, profiles and their outbox in the memory of one process: for tests, demos and a first
 * look. It keeps every promise of the contracts except the one that matters in production: what it
 * holds ends with the process, and no second node sees it. An account has a password or none, and
 * no other factor.
 *
 * <p>Thread-safe: one lock, held only while memory is touched, never while an invalidation is
 * delivered. It remembers the outcomes of the last 10,000 operations.
 */
final class InMemoryAccounts implements AccountStore {
  private final InstantSource clock;
  private final InMemoryLock lock = new InMemoryLock();
  private final InMemoryOutbox outbox;
  private final InMemoryOperations operations;
  private final InMemoryVersions versions;
  private final InMemoryNames names;
  private final InMemoryDirectory directory;
  private final InMemoryImport imports;
  private final Map<AccountId, InMemoryAccount> accounts = new HashMap<>();
  private final Map<AccountId, List<Invalidation>> deleted = InMemoryOperations.latest();

  InMemoryAccounts(InstantSource clock) {
    this.clock = requireNonNull(clock, "clock");
    this.outbox = new InMemoryOutbox(lock, clock);
    this.operations = new InMemoryOperations(lock, clock);
    this.versions = new InMemoryVersions(outbox);
    this.names = new InMemoryNames(accounts, versions, operations, clock);
    this.directory = new InMemoryDirectory(lock, outbox, accounts);
    this.imports = new InMemoryImport(accounts, names, versions, clock);
  }

  @Override
  public Optional<Credential> find(LoginId loginId, Deadline deadline) {
    requireNonNull(loginId, "loginId");
    return lock.call(
        "find", deadline, () -> names.find(loginId).flatMap(it -> it.credential(loginId)));
  }

  @Override
  public Optional<Credential> find(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    return lock.call(
        "find",
        deadline,
        () -> Optional.ofNullable(accounts.get(account)).flatMap(InMemoryAccount::credential));
  }

  @Override
  public Optional<CredentialVersion> version(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    return lock.call(
        "version",
        deadline,
        () -> Optional.ofNullable(accounts.get(account)).map(it -> it.version));
  }

  @Override
  public Creation create(NewAccount wanted, OperationId operation, Deadline deadline) {
    requireNonNull(wanted, "wanted");
    return operations.once(
        "create",
        Creation.class,
        wanted.account(),
        operation,
        deadline,
        () -> {
          if (names.isTaken(wanted.loginId())) {
            return new Creation.Duplicate();
          }
          if (accounts.containsKey(wanted.account())) {
            throw new IllegalArgumentException("account must be new: " + wanted.account());
          }
          InMemoryAccount created = new InMemoryAccount(wanted, versions.next(), clock.instant());
          accounts.put(created.account, created);
          names.created(created);
          return new Creation.Created(created.credential(), versions.tell(created));
        });
  }

  @Override
  public CredentialStore.Change changePassword(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline) {
    return replaceHash(account, expected, next, operation, deadline, true);
  }

  @Override
  public CredentialStore.Change setPassword(
      AccountId account, PasswordHash next, OperationId operation, Deadline deadline) {
    requireNonNull(next, "next");
    return change(
        "setPassword",
        account,
        operation,
        deadline,
        known -> {
          known.hash = next;
          return versions.beginEpoch(known);
        });
  }

  @Override
  public CredentialStore.Change rehash(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline) {
    return replaceHash(account, expected, next, operation, deadline, false);
  }

  private CredentialStore.Change replaceHash(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline,
      boolean endsSessions) {
    requireNonNull(expected, "expected");
    requireNonNull(next, "next");
    return change(
        endsSessions ? "changePassword" : "rehash",
        account,
        operation,
        deadline,
        known -> {
          if (known.hash == null || !known.version.equals(expected)) {
            return new CredentialStore.Change.VersionConflict();
          }
          known.hash = next;
          return endsSessions ? versions.beginEpoch(known) : versions.move(known);
        });
  }

  @Override
  public CredentialStore.Change changeStatus(
      AccountId account, AccountStatus status, OperationId operation, Deadline deadline) {
    requireNonNull(status, "status");
    return change(
        "changeStatus",
        account,
        operation,
        deadline,
        known -> {
          if (known.status == status) {
            return new CredentialStore.Change.Changed(known.version, List.of());
          }
          known.status = status;
          CredentialStore.Change.Changed changed = versions.beginEpoch(known);
          known.keyEpoch = known.epoch;
          return changed;
        });
  }

  @Override
  public NameChange changeLoginId(
      AccountId account, LoginId next, OperationId operation, Deadline deadline) {
    return names.changeLoginId(account, next, operation, deadline);
  }

  @Override
  public NameChange addLoginId(
      AccountId account, LoginId further, OperationId operation, Deadline deadline) {
    return names.addLoginId(account, further, operation, deadline);
  }

  @Override
  public NameChange removeLoginId(
      AccountId account, LoginId loginId, OperationId operation, Deadline deadline) {
    return names.removeLoginId(account, loginId, operation, deadline);
  }

  @Override
  public NameChange setExternalId(
      AccountId account, ExternalId externalId, OperationId operation, Deadline deadline) {
    return names.setExternalId(account, externalId, operation, deadline);
  }

  @Override
  public NameChange clearExternalId(AccountId account, OperationId operation, Deadline deadline) {
    return names.clearExternalId(account, operation, deadline);
  }

  @Override
  public NameChange linkIdentity(
      AccountId account, ExternalIdentity identity, OperationId operation, Deadline deadline) {
    return names.linkIdentity(account, identity, operation, deadline);
  }

  @Override
  public NameChange unlinkIdentity(
      AccountId account, ExternalIdentity identity, OperationId operation, Deadline deadline) {
    return names.unlinkIdentity(account, identity, operation, deadline);
  }

  @Override
  public CredentialStore.Change renewVersion(
      AccountId account, OperationId operation, Deadline deadline) {
    return change("renewVersion", account, operation, deadline, versions::beginEpoch);
  }

  @Override
  public Optional<List<Invalidation>> countFailure(
      AccountId account, Epoch epoch, int limit, Deadline deadline) {
    requireNonNull(account, "account");
    requireNonNull(epoch, "epoch");
    return lock.call(
        "countFailure",
        deadline,
        () -> {
          InMemoryAccount known = accounts.get(account);
          if (known == null || !known.epoch.equals(epoch)) {
            return Optional.empty();
          }
          known.failures = Math.min(known.failures, Integer.MAX_VALUE - 1) + 1;
          if (known.knownDevicesOnly || known.failures < limit) {
            return Optional.empty();
          }
          known.knownDevicesOnly = true;
          return Optional.of(versions.move(known).pending());
        });
  }

  @Override
  public List<Invalidation> forgiveFailures(AccountId account, Epoch epoch, Deadline deadline) {
    requireNonNull(account, "account");
    requireNonNull(epoch, "epoch");
    return lock.call(
        "forgiveFailures",
        deadline,
        () -> {
          InMemoryAccount known = accounts.get(account);
          if (known == null || !known.epoch.equals(epoch) || !known.knownDevicesOnly) {
            return List.of();
          }
          known.openToStrangers();
          return versions.move(known).pending();
        });
  }

  @Override
  public Optional<List<Invalidation>> delete(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    return lock.call(
        "delete",
        deadline,
        () -> {
          InMemoryAccount known = accounts.remove(account);
          if (known != null) {
            names.deleted(known);
            known.version = versions.next();
            known.userVersion++;
            deleted.put(account, versions.tell(known));
          }
          return Optional.ofNullable(deleted.get(account)).map(outbox::undone);
        });
  }

  @Override
  public Optional<UserRecord> load(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    return lock.call(
        "load",
        deadline,
        () -> Optional.ofNullable(accounts.get(account)).map(InMemoryAccount::user));
  }

  @Override
  public ProfileStore.Change changeRoles(
      AccountId account,
      Set<String> grant,
      Set<String> revoke,
      OperationId operation,
      Deadline deadline) {
    requireNonNull(account, "account");
    grant.forEach(InMemoryAccounts::requireRole);
    revoke.forEach(InMemoryAccounts::requireRole);
    AtomicReference<ProfileStore.Change> refusal =
        new AtomicReference<>(new ProfileStore.Change.Unknown());
    ProfileStore.Change change =
        operations.onceOrAbsent(
            "changeRoles",
            ProfileStore.Change.class,
            account,
            operation,
            deadline,
            () -> {
              InMemoryAccount known = accounts.get(account);
              if (known == null) {
                return null;
              }
              Set<String> roles = ProfileStore.rolesAfter(known.roles, grant, revoke);
              if (ProfileStore.areTooMany(known.roles, roles)) {
                refusal.set(new ProfileStore.Change.Full());
                return null;
              }
              if (roles.equals(known.roles)) {
                return new ProfileStore.Change.Changed(known.user(), List.of());
              }
              known.roles = roles;
              known.userVersion++;
              Invalidation told = versions.tellUser(known);
              return new ProfileStore.Change.Changed(known.user(), List.of(told));
            });
    return requireNonNull(change == null ? refusal.get() : change);
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
    return directory.page(after, max, deadline);
  }

  @Override
  public AccountState state(AccountId account, Deadline deadline) {
    return directory.state(account, deadline);
  }

  @Override
  public List<Written> write(List<Row> rows, Deadline deadline) {
    List<Row> all = List.copyOf(rows);
    return lock.call("import", deadline, () -> all.stream().map(imports::write).toList());
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
    return operations.removeOperations(age, max, deadline);
  }

  private CredentialStore.Change change(
      String step,
      AccountId account,
      OperationId operation,
      Deadline deadline,
      Function<InMemoryAccount, CredentialStore.Change> body) {
    requireNonNull(account, "account");
    return operations.once(
        step,
        CredentialStore.Change.class,
        account,
        operation,
        deadline,
        () -> {
          InMemoryAccount known = accounts.get(account);
          return known == null ? new CredentialStore.Change.VersionConflict() : body.apply(known);
        });
  }

  private static void requireRole(String role) {
    if (!ProfileStore.isRole(role)) {
      throw new IllegalArgumentException(
          "role must be 1 to 64 characters of A-Z a-z 0-9 _ - . :, was " + role.length() + " long");
    }
  }

  /** Returns how much it holds, without any identifier. */
  @Override
  public String toString() {
    return lock.call(() -> "InMemoryAccounts[" + accounts.size() + " accounts]");
  }
}
