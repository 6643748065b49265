package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Finds {@link InMemoryAccounts}, by a look at each of them. Thread-safe. */
final class InMemoryDirectory implements AccountDirectory {
  private final InMemoryLock lock;
  private final InMemoryOutbox outbox;
  private final Map<AccountId, InMemoryAccount> accounts;

  /**
   * Reads accounts.
   *
   * @param accounts read under the lock only
   */
  InMemoryDirectory(
      InMemoryLock lock, InMemoryOutbox outbox, Map<AccountId, InMemoryAccount> accounts) {
    this.lock = lock;
    this.outbox = outbox;
    this.accounts = accounts;
  }

  @Override
  public Optional<Account> lookUp(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    return first(it -> it.account.equals(account), deadline);
  }

  @Override
  public Optional<Account> lookUp(LoginId loginId, Deadline deadline) {
    requireNonNull(loginId, "loginId");
    return first(it -> it.logins.containsKey(loginId), deadline);
  }

  @Override
  public Optional<Account> lookUp(ExternalId externalId, Deadline deadline) {
    requireNonNull(externalId, "externalId");
    return first(it -> externalId.equals(it.externalId), deadline);
  }

  @Override
  public Optional<Account> lookUp(ExternalIdentity identity, Deadline deadline) {
    requireNonNull(identity, "identity");
    return first(it -> it.identities.contains(identity), deadline);
  }

  private Optional<Account> first(Predicate<InMemoryAccount> wanted, Deadline deadline) {
    return lock.call(
        "look-up",
        deadline,
        () -> accounts.values().stream().filter(wanted).findAny().map(InMemoryAccount::account));
  }

  @Override
  public List<Account> list(
      TenantId tenant, Optional<AccountId> after, int max, Deadline deadline) {
    requireNonNull(tenant, "tenant");
    InMemoryLock.requirePositive(max);
    after.ifPresent(last -> requireIn(tenant, last));
    return lock.call(
        "list",
        deadline,
        () ->
            inOrder(after)
                .filter(it -> it.account.isIn(tenant))
                .limit(max)
                .map(InMemoryAccount::account)
                .toList());
  }

  private static void requireIn(TenantId tenant, AccountId after) {
    if (!after.isIn(tenant)) {
      throw new IllegalArgumentException("after must be of the tenant " + tenant + ": " + after);
    }
  }

  private Stream<InMemoryAccount> inOrder(Optional<AccountId> after) {
    return accounts.values().stream()
        .filter(it -> after.isEmpty() || it.account.value().compareTo(after.get().value()) > 0)
        .sorted(Comparator.comparing(it -> it.account.value()));
  }

  @Override
  public List<AccountState> page(Optional<AccountId> after, int max, Deadline deadline) {
    InMemoryLock.requirePositive(max);
    return lock.call(
        "page", deadline, () -> inOrder(after).limit(max).map(it -> stateOf(it.account)).toList());
  }

  @Override
  public AccountState state(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    return lock.call("state", deadline, () -> stateOf(account));
  }

  private AccountState stateOf(AccountId account) {
    Optional<InMemoryAccount> known = Optional.ofNullable(accounts.get(account));
    return new AccountState(
        account,
        known.map(it -> List.copyOf(it.logins.keySet())).orElse(List.of()),
        known.map(it -> it.status),
        known.map(it -> it.version),
        known.map(InMemoryAccount::user),
        outbox.hasUndone(account));
  }
}
