package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.password.PasswordHash;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Accounts, profiles and their outbox in the memory of one process: for tests, demos and a first
 * look. It keeps every promise of the three contracts except the one that matters in production:
 * what it holds ends with the process, and no second node sees it.
 *
 * <p>Thread-safe: one lock, held only while memory is touched, never while an invalidation is
 * delivered. It remembers the outcomes of the last 10,000 operations.
 */
public final class InMemoryAccounts implements AccountStore {
  private static final int MAX_OPERATIONS = 10_000;
  private static final Pattern ROLE = Pattern.compile("[A-Za-z0-9_.:-]{1,64}");

  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<AccountId, Account> accounts = new HashMap<>();
  private final Map<LoginId, AccountId> byLogin = new HashMap<>();
  private final Map<Long, Row> outbox = new TreeMap<>();
  private final Map<OperationId, Remembered> outcomes = lastOnes();
  private final Map<AccountId, List<Invalidation>> deleted = lastOnes();
  private long sequence;

  /** Returns a map that forgets the oldest beyond so many operations. */
  private static <K, V> Map<K, V> lastOnes() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MAX_OPERATIONS;
      }
    };
  }

  private InMemoryAccounts(InstantSource clock) {
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * Creates an empty store.
   *
   * @return a store over the system's clock
   */
  public static InMemoryAccounts create() {
    return create(InstantSource.system());
  }

  /**
   * Creates an empty store.
   *
   * @param clock tells how old an outbox row or an outcome is and when a row is due
   * @return the store
   */
  public static InMemoryAccounts create(InstantSource clock) {
    return new InMemoryAccounts(clock);
  }

  @Override
  public Optional<Credential> find(LoginId loginId, Deadline deadline) {
    requireNonNull(loginId, "loginId");
    return locked(
        "find",
        deadline,
        () -> Optional.ofNullable(byLogin.get(loginId)).map(this::known).map(Account::credential));
  }

  @Override
  public Optional<Credential> find(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    return locked(
        "find",
        deadline,
        () -> Optional.ofNullable(accounts.get(account)).map(Account::credential));
  }

  @Override
  public Optional<CredentialVersion> version(AccountId account, Deadline deadline) {
    return find(account, deadline).map(Credential::version);
  }

  @Override
  public Creation create(
      AccountId account,
      LoginId loginId,
      AccountStatus status,
      PasswordHash hash,
      OperationId operation,
      Deadline deadline) {
    requireNonNull(account, "account");
    requireNonNull(loginId, "loginId");
    requireNonNull(status, "status");
    requireNonNull(hash, "hash");
    return once(
        "create",
        Creation.class,
        operation,
        deadline,
        () -> {
          if (byLogin.containsKey(loginId)) {
            return new Creation.Duplicate();
          }
          if (accounts.containsKey(account)) {
            throw new IllegalArgumentException("account must be new: " + account);
          }
          CredentialVersion version = nextVersion();
          Account created = new Account(account, loginId, status, hash, version);
          accounts.put(account, created);
          byLogin.put(loginId, account);
          return new Creation.Created(
              created.credential(), List.of(tellLogin(created, loginId), tellUser(created)));
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
          if (!known.version.equals(expected)) {
            return new CredentialStore.Change.VersionConflict();
          }
          known.hash = next;
          return moved(known, endsSessions, known.loginId);
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
          return moved(known, true, known.loginId);
        });
  }

  @Override
  public Renaming changeLoginId(
      AccountId account, LoginId next, OperationId operation, Deadline deadline) {
    requireNonNull(account, "account");
    requireNonNull(next, "next");
    return once(
        "changeLoginId",
        Renaming.class,
        operation,
        deadline,
        () -> {
          Account known = accounts.get(account);
          if (known == null) {
            return new Renaming.Unknown();
          }
          LoginId old = known.loginId;
          if (old.equals(next)) {
            return new Renaming.Renamed(List.of());
          }
          if (byLogin.containsKey(next)) {
            return new Renaming.Duplicate();
          }
          byLogin.remove(old);
          byLogin.put(next, account);
          known.loginId = next;
          return new Renaming.Renamed(moved(known, true, old, next).pending());
        });
  }

  @Override
  public CredentialStore.Change renewVersion(
      AccountId account, OperationId operation, Deadline deadline) {
    return change(
        "renewVersion", account, operation, deadline, known -> moved(known, true, known.loginId));
  }

  @Override
  public Optional<List<Invalidation>> countFailure(
      AccountId account, Epoch epoch, int limit, Deadline deadline) {
    requireNonNull(account, "account");
    requireNonNull(epoch, "epoch");
    return locked(
        "countFailure",
        deadline,
        () -> {
          Account known = accounts.get(account);
          if (known == null || !known.epoch.equals(epoch)) {
            return Optional.empty();
          }
          known.failures = Math.min(known.failures, Integer.MAX_VALUE - 1) + 1;
          if (known.knownDevicesOnly || known.failures < limit) {
            return Optional.empty();
          }
          known.knownDevicesOnly = true;
          return Optional.of(moved(known, false, known.loginId).pending());
        });
  }

  @Override
  public List<Invalidation> forgiveFailures(AccountId account, Epoch epoch, Deadline deadline) {
    requireNonNull(account, "account");
    requireNonNull(epoch, "epoch");
    return locked(
        "forgiveFailures",
        deadline,
        () -> {
          Account known = accounts.get(account);
          if (known == null || !known.epoch.equals(epoch) || !known.knownDevicesOnly) {
            return List.of();
          }
          known.openToStrangers();
          return moved(known, false, known.loginId).pending();
        });
  }

  @Override
  public Optional<List<Invalidation>> delete(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    return locked(
        "delete",
        deadline,
        () -> {
          Account known = accounts.remove(account);
          if (known != null) {
            byLogin.remove(known.loginId);
            known.version = nextVersion();
            known.userVersion++;
            deleted.put(account, List.of(tellLogin(known, known.loginId), tellUser(known)));
          }
          return Optional.ofNullable(deleted.get(account)).map(this::undone);
        });
  }

  private List<Invalidation> undone(List<Invalidation> told) {
    return told.stream()
        .filter(
            invalidation -> {
              Row row = outbox.get(invalidation.id());
              return row != null && row.doneAt == null;
            })
        .toList();
  }

  @Override
  public Optional<UserRecord> load(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    return locked(
        "load", deadline, () -> Optional.ofNullable(accounts.get(account)).map(Account::user));
  }

  @Override
  public Optional<ProfileStore.Change> changeRoles(
      AccountId account,
      Set<String> grant,
      Set<String> revoke,
      OperationId operation,
      Deadline deadline) {
    requireNonNull(account, "account");
    grant.forEach(InMemoryAccounts::requireRole);
    revoke.forEach(InMemoryAccounts::requireRole);
    return Optional.ofNullable(
        onceOrAbsent(
            "changeRoles",
            ProfileStore.Change.class,
            operation,
            deadline,
            () -> {
              Account known = accounts.get(account);
              if (known == null) {
                return null;
              }
              Set<String> roles = new TreeSet<>(known.roles);
              roles.addAll(grant);
              roles.removeAll(revoke);
              if (roles.equals(known.roles)) {
                return new ProfileStore.Change(known.user(), List.of());
              }
              known.roles = roles;
              known.userVersion++;
              Invalidation told = tellUser(known);
              return new ProfileStore.Change(known.user(), List.of(told));
            }));
  }

  @Override
  public List<AccountState> page(Optional<AccountId> after, int max, Deadline deadline) {
    requirePositive(max);
    return locked(
        "page",
        deadline,
        () ->
            accounts.keySet().stream()
                .filter(it -> after.isEmpty() || it.value().compareTo(after.get().value()) > 0)
                .sorted(Comparator.comparing(AccountId::value))
                .limit(max)
                .map(this::stateOf)
                .toList());
  }

  @Override
  public AccountState state(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    return locked("state", deadline, () -> stateOf(account));
  }

  private AccountState stateOf(AccountId account) {
    Optional<Account> known = Optional.ofNullable(accounts.get(account));
    return new AccountState(
        account,
        known.map(it -> it.loginId),
        known.map(it -> it.version),
        known.map(Account::user),
        undone().anyMatch(row -> row.account.equals(account)));
  }

  @Override
  public Drained drain(int max, Function<Pending, Outcome> deliver, Deadline deadline) {
    requirePositive(max);
    requireNonNull(deliver, "deliver");
    List<Row> taken = locked("drain", deadline, () -> take(max));
    int tried = 0;
    int delivered = 0;
    try {
      for (Row row : taken) {
        if (deadline.isExpired()) {
          break;
        }
        tried++;
        Outcome outcome = deliver.apply(new Pending(row.invalidation, row.attempts));
        if (outcome instanceof Outcome.Confirmed) {
          delivered++;
        }
        note(row, outcome);
      }
    } finally {
      release(taken);
    }
    return new Drained(taken.size(), tried, delivered);
  }

  private void note(Row row, Outcome outcome) {
    lock.lock();
    try {
      if (outcome instanceof Outcome.Later later) {
        row.attempts = later.attempts();
        row.dueAt = clock.instant().plus(later.dueIn());
      } else {
        markDone(row);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int makeDue(int max, Deadline deadline) {
    requirePositive(max);
    return locked(
        "makeDue",
        deadline,
        () -> {
          Instant now = clock.instant();
          List<Row> waiting =
              undone().filter(row -> !row.held && row.dueAt.isAfter(now)).limit(max).toList();
          waiting.forEach(row -> row.dueAt = now);
          return waiting.size();
        });
  }

  @Override
  public void done(Collection<Invalidation> delivered, Deadline deadline) {
    List<Invalidation> copy = List.copyOf(delivered);
    locked(
        "done",
        deadline,
        () -> {
          for (Invalidation invalidation : copy) {
            Row row = outbox.get(invalidation.id());
            if (row != null) {
              markDone(row);
            }
          }
          return copy;
        });
  }

  @Override
  public Backlog backlog(Deadline deadline) {
    return locked(
        "backlog",
        deadline,
        () ->
            new Backlog(
                undone().count(),
                undone()
                    .map(row -> row.writtenAt)
                    .min(Comparator.naturalOrder())
                    .map(first -> Duration.between(first, clock.instant()))));
  }

  @Override
  public int removeDone(Duration age, int max, Deadline deadline) {
    requireNotNegative(age);
    requirePositive(max);
    return locked(
        "removeDone",
        deadline,
        () -> {
          Instant before = clock.instant().minus(age);
          int removed = 0;
          Iterator<Row> rows = outbox.values().iterator();
          while (removed < max && rows.hasNext()) {
            Instant doneAt = rows.next().doneAt;
            if (doneAt != null && doneAt.isBefore(before)) {
              rows.remove();
              removed++;
            }
          }
          return removed;
        });
  }

  @Override
  public int removeOperations(Duration age, int max, Deadline deadline) {
    requireNotNegative(age);
    requirePositive(max);
    return locked(
        "removeOperations",
        deadline,
        () -> {
          Instant before = clock.instant().minus(age);
          int removed = 0;
          Iterator<Remembered> all = outcomes.values().iterator();
          while (removed < max && all.hasNext()) {
            if (all.next().doneAt.isBefore(before)) {
              all.remove();
              removed++;
            }
          }
          return removed;
        });
  }

  private static void requirePositive(int max) {
    if (max <= 0) {
      throw new IllegalArgumentException("max must be positive: " + max);
    }
  }

  private static void requireNotNegative(Duration age) {
    if (age.isNegative()) {
      throw new IllegalArgumentException("age must not be negative: " + age);
    }
  }

  private List<Row> take(int max) {
    Instant now = clock.instant();
    List<Row> free =
        undone().filter(row -> !row.held && !row.dueAt.isAfter(now)).limit(max).toList();
    free.forEach(row -> row.held = true);
    return free;
  }

  /** Those that are due first come first. */
  private Stream<Row> undone() {
    return outbox.values().stream()
        .filter(row -> row.doneAt == null)
        .sorted(Comparator.comparing(row -> row.dueAt));
  }

  private void release(List<Row> taken) {
    lock.lock();
    try {
      taken.forEach(row -> row.held = false);
    } finally {
      lock.unlock();
    }
  }

  private void markDone(Row row) {
    if (row.doneAt == null) {
      row.doneAt = clock.instant();
    }
  }

  private CredentialStore.Change change(
      String step,
      AccountId account,
      OperationId operation,
      Deadline deadline,
      Function<Account, CredentialStore.Change> body) {
    requireNonNull(account, "account");
    return once(
        step,
        CredentialStore.Change.class,
        operation,
        deadline,
        () -> {
          Account known = accounts.get(account);
          return known == null ? new CredentialStore.Change.VersionConflict() : body.apply(known);
        });
  }

  /** Gives the credential its next version and writes what Redis has to be told. */
  private CredentialStore.Change.Changed moved(
      Account known, boolean endsSessions, LoginId... logins) {
    known.version = nextVersion();
    List<Invalidation> pending = new ArrayList<>();
    for (LoginId login : logins) {
      pending.add(tellLogin(known, login));
    }
    if (endsSessions) {
      known.epoch = Epoch.of(known.version);
      known.openToStrangers();
      known.userVersion++;
      pending.add(tellUser(known));
    }
    return new CredentialStore.Change.Changed(known.version, pending);
  }

  private Invalidation tellLogin(Account known, LoginId login) {
    return tell(known, new Invalidation.OfLogin(++sequence, login, known.version.number()));
  }

  private Invalidation tellUser(Account known) {
    return tell(known, new Invalidation.OfUser(++sequence, known.account, known.userVersion));
  }

  private Invalidation tell(Account known, Invalidation invalidation) {
    outbox.put(invalidation.id(), new Row(known.account, invalidation, clock.instant()));
    return invalidation;
  }

  private CredentialVersion nextVersion() {
    return new CredentialVersion(++sequence, OperationId.random().value());
  }

  private Account known(AccountId account) {
    return requireNonNull(accounts.get(account), "an identifier without its account");
  }

  private static void requireRole(String role) {
    if (!ROLE.matcher(role).matches()) {
      throw new IllegalArgumentException(
          "role must be 1 to 64 characters of A-Z a-z 0-9 _ - . :, was " + role.length() + " long");
    }
  }

  private <T> T locked(String step, Deadline deadline, Supplier<T> body) {
    deadline.check("accounts in memory, " + step);
    lock.lock();
    try {
      return body.get();
    } finally {
      lock.unlock();
    }
  }

  private <T> T once(
      String step, Class<T> type, OperationId operation, Deadline deadline, Supplier<T> body) {
    return requireNonNull(onceOrAbsent(step, type, operation, deadline, body));
  }

  /** Answers a repeated operation with its first outcome. */
  private <T> @Nullable T onceOrAbsent(
      String step,
      Class<T> type,
      OperationId operation,
      Deadline deadline,
      Supplier<? extends @Nullable T> body) {
    requireNonNull(operation, "operation");
    deadline.check("accounts in memory, " + step);
    lock.lock();
    try {
      Remembered known = outcomes.get(operation);
      if (known != null) {
        Object first = known.outcome;
        if (!type.isInstance(first)) {
          throw new IllegalArgumentException("operation names another call: " + operation);
        }
        return type.cast(first);
      }
      T outcome = body.get();
      if (outcome != null) {
        outcomes.put(operation, new Remembered(outcome, clock.instant()));
      }
      return outcome;
    } finally {
      lock.unlock();
    }
  }

  /** Returns how much it holds, without any identifier. */
  @Override
  public String toString() {
    lock.lock();
    try {
      return "InMemoryAccounts[" + accounts.size() + " accounts]";
    } finally {
      lock.unlock();
    }
  }

  /** One account; touched only under the lock. */
  private static final class Account {
    final AccountId account;
    LoginId loginId;
    AccountStatus status;
    PasswordHash hash;
    CredentialVersion version;
    Set<String> roles = Set.of();
    long userVersion = 1;
    final String userTag = OperationId.random().value();
    Epoch epoch;
    int failures;
    boolean knownDevicesOnly;

    Account(
        AccountId account,
        LoginId loginId,
        AccountStatus status,
        PasswordHash hash,
        CredentialVersion version) {
      this.account = account;
      this.loginId = loginId;
      this.status = status;
      this.hash = hash;
      this.version = version;
      this.epoch = Epoch.of(version);
    }

    Credential credential() {
      return new Credential(account, loginId, status, hash, version, epoch, knownDevicesOnly);
    }

    void openToStrangers() {
      failures = 0;
      knownDevicesOnly = false;
    }

    UserRecord user() {
      return new UserRecord(account, roles, userVersion, userTag, epoch);
    }
  }

  /** What an operation led to, and when. */
  private record Remembered(Object outcome, Instant doneAt) {}

  /** One outbox row; touched only under the lock. */
  private static final class Row {
    final AccountId account;
    final Invalidation invalidation;
    final Instant writtenAt;
    Instant dueAt;
    @Nullable Instant doneAt;
    int attempts;
    boolean held;

    Row(AccountId account, Invalidation invalidation, Instant now) {
      this.account = account;
      this.invalidation = invalidation;
      this.writtenAt = now;
      this.dueAt = now;
    }
  }
}
