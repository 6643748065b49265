package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The walk through {@link InMemoryAccounts}. Thread-safe. */
final class InMemoryPages implements AccountPages {
  private final InMemoryLock lock;
  private final InMemoryOutbox outbox;
  private final Map<AccountId, InMemoryAccount> accounts;

  /**
   * Reads accounts.
   *
   * @param accounts read under the lock only
   */
  InMemoryPages(
      InMemoryLock lock, InMemoryOutbox outbox, Map<AccountId, InMemoryAccount> accounts) {
    this.lock = lock;
    this.outbox = outbox;
    this.accounts = accounts;
  }

  @Override
  public List<AccountState> page(Optional<AccountId> after, int max, Deadline deadline) {
    InMemoryLock.requirePositive(max);
    return lock.call(
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
    return lock.call("state", deadline, () -> stateOf(account));
  }

  private AccountState stateOf(AccountId account) {
    Optional<InMemoryAccount> known = Optional.ofNullable(accounts.get(account));
    return new AccountState(
        account,
        known.map(it -> it.loginIds).orElse(List.of()),
        known.map(it -> it.status),
        known.map(it -> it.version),
        known.map(InMemoryAccount::user),
        outbox.hasUndone(account));
  }
}
