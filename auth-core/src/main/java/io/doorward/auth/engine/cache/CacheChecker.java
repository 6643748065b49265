package io.doorward.auth.engine.cache;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Operations.CacheCheckResult.Drift;
import io.doorward.auth.account.AccountDirectory;
import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.event.ServiceEvent.CachedValue;
import io.doorward.auth.guard.BackendCalls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares what the caches hold with the database, account by account, and repairs it on request.
 * Drift is what no invalidation can explain: the database has moved on, everything was confirmed,
 * and a cache still serves something else. So a fence was lost, or the database has lost a commit.
 *
 * <p>It may run while accounts change. What differs at first sight is read again, in an order in
 * which only drift still differs: an entry is older than a state that was read before the entry was
 * looked at and of which nothing is pending, or it is newer than a state that was read afterwards.
 *
 * <p>It cannot see entries of deleted accounts and of former login identifiers. These expire by
 * their time to live.
 *
 * <p>Thread-safe. It writes nothing but repairs.
 *
 * <p>Failure: {@link StoreException} if a backend does not answer and nothing was checked.
 */
public final class CacheChecker {
  /**
   * Deadline of one backend call, so that a hanging server does not use up the deadline of the
   * whole check.
   */
  private static final Duration STEP = Duration.ofSeconds(2);

  /** Number of concurrent changes after which an entry counts as maintained. */
  private static final int MAX_ROUNDS = 8;

  private final AccountDirectory accounts;
  private final CredentialCache cache;
  private final UserPeek userPeek;
  private final UserFence userFence;
  private final BackendCalls accountCalls;
  private final BackendCalls cacheCalls;
  private final BackendCalls checks;
  private final AuthListener listener;

  /**
   * Creates a checker.
   *
   * @param accounts reads the accounts from the database
   * @param cache holds credentials
   * @param userPeek reads cached user records
   * @param userFence drops them
   */
  public CacheChecker(
      AccountDirectory accounts,
      CredentialCache cache,
      UserPeek userPeek,
      UserFence userFence,
      EngineContext context) {
    this.accounts = requireNonNull(accounts, "accounts");
    this.cache = requireNonNull(cache, "cache");
    this.userPeek = requireNonNull(userPeek, "userPeek");
    this.userFence = requireNonNull(userFence, "userFence");
    this.accountCalls = context.calls(Part.ACCOUNT_STORE);
    this.cacheCalls = context.calls(Part.CREDENTIAL_CACHE);
    this.checks = context.calls(Part.CACHE_CHECK);
    this.listener = context.listener();
  }

  /**
   * Checks the next accounts. Where a backend fails or time runs out in the middle, the batch ends
   * with the last account that was checked.
   *
   * @param after the last account that was checked; empty to begin
   * @param max at most this many accounts; positive
   * @param repair true to drop what is drift
   * @param deadline for the batch
   * @return the result of the batch
   * @throws StoreException if not one account could be checked
   * @throws IllegalArgumentException if {@code max} is not positive
   */
  public Batch checkCaches(Optional<AccountId> after, int max, boolean repair, Deadline deadline) {
    Deadline first = step(deadline);
    List<AccountState> page = accountCalls.call(first, () -> accounts.page(after, max, first));
    List<Drift> drift = new ArrayList<>();
    int checked = 0;
    for (AccountState state : page) {
      try {
        List<Side> credentials = new ArrayList<>();
        state.loginIds().forEach(loginId -> credentials.add(new Credentials(loginId)));
        List<Side> users = List.of(new Users(state.account()));
        check(CachedValue.CREDENTIAL, credentials, state, repair, deadline).ifPresent(drift::add);
        check(CachedValue.USER_RECORD, users, state, repair, deadline).ifPresent(drift::add);
        checked++;
      } catch (StoreException e) {
        if (checked == 0) {
          throw e;
        }
        checks.failed(e.kind());
        break;
      }
    }
    boolean atTheEnd = checked == page.size() && page.size() < max;
    return new Batch(
        checked, drift, atTheEnd ? Optional.empty() : Optional.of(page.get(checked - 1).account()));
  }

  /** Checks all places at which a value of an account is cached. */
  private Optional<Drift> check(
      CachedValue what, List<Side> sides, AccountState page, boolean repair, Deadline deadline) {
    boolean found = false;
    boolean repaired = repair;
    for (Side side : sides) {
      for (Cached cached : side.peek(deadline)) {
        if (side.truth(page).filter(cached::equals).isEmpty()) {
          long floor = confirm(side, page.account(), cached, deadline);
          if (floor > 0) {
            found = true;
            repaired = repair && side.fence(floor, deadline) && repaired;
          }
        }
      }
    }
    if (!found) {
      return Optional.empty();
    }
    listener.on(new ServiceEvent.DriftFound(page.account(), what, repaired));
    return Optional.of(new Drift(page.account(), what, repaired));
  }

  /** Returns the floor that drops a cached value which is drift; 0 if it is none. */
  private long confirm(Side side, AccountId account, Cached seen, Deadline deadline) {
    Cached cached = seen;
    for (int round = 0; round < MAX_ROUNDS; round++) {
      AccountState state = state(account, deadline);
      Optional<Cached> truth = side.truth(state);
      if (!side.isOf(state) || truth.filter(cached::equals).isPresent() || state.pending()) {
        return 0;
      }
      if (!cached.account().equals(account) && state(cached.account(), deadline).pending()) {
        // It was another account's name, and that one has not told of giving it up.
        return 0;
      }
      long present = truth.map(Cached::version).orElse(0L);
      if (truth.isPresent() && cached.version() >= present) {
        // The database was read later and does not know it.
        return cached.version() + 1;
      }
      List<Cached> now = side.peek(deadline);
      if (now.contains(cached)) {
        // Every fence up to the present state was confirmed before, and it is still there.
        return Math.max(present, cached.version() + 1);
      }
      Optional<Cached> other =
          now.stream().filter(it -> truth.filter(it::equals).isEmpty()).findFirst();
      if (other.isEmpty()) {
        return 0;
      }
      cached = other.get();
    }
    return 0;
  }

  private AccountState state(AccountId account, Deadline deadline) {
    Deadline step = step(deadline);
    return accountCalls.call(step, () -> accounts.state(account, step));
  }

  private static Deadline step(Deadline deadline) {
    deadline.check("cache check");
    return Deadline.after(deadline.cap(STEP));
  }

  /**
   * The result of checking a batch of accounts.
   *
   * @param checked how many accounts were checked
   * @param drift what differs, at most one of a kind for each account
   * @param next the account after which to go on; empty at the end
   */
  public record Batch(int checked, List<Drift> drift, Optional<AccountId> next) {
    /**
     * Copies the list.
     *
     * @param checked see the type
     * @param drift see the type
     * @param next see the type
     */
    public Batch {
      drift = List.copyOf(drift);
    }
  }

  /** A cached or a true value: whose it is, its version's number, and all that has to be equal. */
  private record Cached(AccountId account, long version, Object identity) {}

  /** One place in one of the two caches, seen from one account. */
  private interface Side {
    /** Returns whether what is cached here is of an account in this state. */
    boolean isOf(AccountState state);

    Optional<Cached> truth(AccountState state);

    List<Cached> peek(Deadline deadline);

    boolean fence(long floor, Deadline deadline);
  }

  private final class Credentials implements Side {
    private final LoginId loginId;

    Credentials(LoginId loginId) {
      this.loginId = loginId;
    }

    @Override
    public boolean isOf(AccountState state) {
      return state.loginIds().contains(loginId);
    }

    @Override
    public Optional<Cached> truth(AccountState state) {
      return state.version().map(it -> new Cached(state.account(), it.number(), it));
    }

    @Override
    public List<Cached> peek(Deadline deadline) {
      Deadline step = step(deadline);
      return cacheCalls.call(step, () -> cache.peek(loginId, step)).stream()
          .map(it -> new Cached(it.account(), it.version().number(), it.version()))
          .toList();
    }

    @Override
    public boolean fence(long floor, Deadline deadline) {
      Deadline step = step(deadline);
      return cacheCalls.call(step, () -> cache.fence(loginId, floor, step));
    }
  }

  private final class Users implements Side {
    private final AccountId account;

    Users(AccountId account) {
      this.account = account;
    }

    @Override
    public boolean isOf(AccountState state) {
      return true;
    }

    @Override
    public Optional<Cached> truth(AccountState state) {
      return state.user().map(it -> new Cached(account, it.version(), it));
    }

    @Override
    public List<Cached> peek(Deadline deadline) {
      Deadline step = step(deadline);
      return cacheCalls.call(step, () -> userPeek.peekUser(account, step)).stream()
          .map(it -> new Cached(account, it.version(), it))
          .toList();
    }

    @Override
    public boolean fence(long floor, Deadline deadline) {
      Deadline step = step(deadline);
      return cacheCalls.call(step, () -> userFence.fenceUser(account, floor, step));
    }
  }
}
