package io.doorward.auth.throttle;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AuthEvent;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * Counts in the memory of one process. Bounded: {@link NameTable} says what happens to names that
 * find no room.
 *
 * <p>A failure is never lost: {@link #settle} takes no heed of the deadline, and counts it after
 * the lease of its attempt too, then each time it is told.
 */
final class LocalAttemptLimiter implements AttemptLimiter {
  private static final Duration BUSY = Duration.ofMillis(100);

  private final String idPrefix = "local-" + OperationId.random().value() + "-";
  private final AtomicLong ids = new AtomicLong();
  private final AttemptBudgets budgets;
  private final Ticker ticker;
  private final long origin;
  private final NameTable<Account, AccountAttempts> accounts;
  private final NameTable<String, NetworkAttempts> networks;

  LocalAttemptLimiter(AttemptBudgets budgets, int maxNames, Ticker ticker) {
    this.budgets = requireNonNull(budgets, "budgets");
    this.ticker = requireNonNull(ticker, "ticker");
    this.origin = ticker.nanos();
    this.accounts = new NameTable<>(maxNames, () -> new AccountAttempts(budgets));
    this.networks = new NameTable<>(maxNames, () -> new NetworkAttempts(budgets));
  }

  @Override
  public Decision reserve(LoginId loginId, ClientContext client, Deadline deadline) {
    requireNonNull(loginId, "loginId");
    deadline.check("local attempt limiter, reserve");
    String id = idPrefix + Long.toHexString(ids.incrementAndGet());
    Deadline lease = budgets.leaseOf(deadline, ticker);
    long held = lease.remaining().toNanos();
    long now = now();
    Optional<String> network = client.countedNetwork();
    if (network.isPresent()) {
      long wait = networks.ask(network.get(), now, attempts -> attempts.reserve(id, now, held));
      if (wait != Attempts.ADMITTED) {
        return refusal(wait, AuthEvent.Budget.NETWORK);
      }
    }
    long wait =
        accounts.ask(Account.of(loginId, client), now, attempts -> attempts.reserve(id, now, held));
    if (wait != Attempts.ADMITTED) {
      network.ifPresent(
          name ->
              networks.tell(
                  name, now, attempts -> attempts.settle(id, false, Outcome.UNKNOWN, now)));
      return refusal(wait, ofLogin(client));
    }
    return new Decision.Admitted(new Reservation(id, loginId, client, lease));
  }

  @Override
  public Set<AuthEvent.Budget> settle(Reservation reservation, Outcome outcome, Deadline deadline) {
    requireNonNull(outcome, "outcome");
    String id = reservation.id();
    boolean isOver = reservation.lease().isExpired();
    long now = now();
    ClientContext client = reservation.client();
    Predicate<Attempts> settled = attempts -> attempts.settle(id, isOver, outcome, now);
    Set<AuthEvent.Budget> spent = EnumSet.noneOf(AuthEvent.Budget.class);
    if (accounts.tell(Account.of(reservation.loginId(), client), now, settled::test)) {
      spent.add(ofLogin(client));
    }
    Optional<String> network = client.countedNetwork();
    if (network.isPresent() && networks.tell(network.get(), now, settled::test)) {
      spent.add(AuthEvent.Budget.NETWORK);
    }
    return spent;
  }

  private static AuthEvent.Budget ofLogin(ClientContext client) {
    return client.knownDevice().isPresent() ? AuthEvent.Budget.DEVICE : AuthEvent.Budget.ACCOUNT;
  }

  private static Decision refusal(long wait, AuthEvent.Budget budget) {
    return wait == Attempts.BUSY
        ? new Decision.Busy(BUSY)
        : new Decision.Refused(Duration.ofNanos(wait), budget);
  }

  private long now() {
    return ticker.nanos() - origin;
  }

  /** Whose failures in a row are counted: those of all strangers together, or of one device. */
  private record Account(LoginId loginId, Optional<String> device) {
    static Account of(LoginId loginId, ClientContext client) {
      return new Account(loginId, client.knownDevice());
    }
  }
}
