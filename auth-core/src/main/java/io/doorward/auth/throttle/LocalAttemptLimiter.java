package io.doorward.auth.throttle;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AccessEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * Counts in the memory of one process. Bounded: {@link BoundedCounterTable} describes the eviction.
 *
 * <p>A failure is never lost: {@link #settle} ignores the deadline. After the lease of its attempt
 * it counts a failure at each call.
 */
final class LocalAttemptLimiter implements AttemptLimiter {
  private static final Duration BUSY = Duration.ofMillis(100);

  private final String idPrefix = "local-" + OperationId.random().value() + "-";
  private final AtomicLong ids = new AtomicLong();
  private final AttemptBudgets budgets;
  private final Ticker ticker;
  private final long origin;
  private final BoundedCounterTable<Account, AccountAttempts> accounts;
  private final BoundedCounterTable<FromNetwork, AccountAttempts> accountsByNetwork;
  private final BoundedCounterTable<LoginId, WindowedAttempts> devices;
  private final BoundedCounterTable<LoginId, SteadyAttempts> attempts;
  private final BoundedCounterTable<String, WindowedAttempts> networks;

  LocalAttemptLimiter(AttemptBudgets budgets, int maxNames, Ticker ticker) {
    this.budgets = requireNonNull(budgets, "budgets");
    this.ticker = requireNonNull(ticker, "ticker");
    this.origin = ticker.nanos();
    this.accounts =
        new BoundedCounterTable<>(maxNames, Account::text, () -> new AccountAttempts(budgets));
    this.accountsByNetwork =
        new BoundedCounterTable<>(maxNames, FromNetwork::text, () -> new AccountAttempts(budgets));
    Duration window = budgets.networkWindow();
    this.devices =
        new BoundedCounterTable<>(
            maxNames,
            LocalAttemptLimiter::text,
            () -> new WindowedAttempts(budgets.allDevicesFailures(), window));
    this.attempts =
        new BoundedCounterTable<>(
            maxNames,
            LocalAttemptLimiter::text,
            () -> new SteadyAttempts(budgets.accountAttempts(), window));
    this.networks =
        new BoundedCounterTable<>(
            maxNames,
            network -> network,
            () -> new WindowedAttempts(budgets.networkFailures(), window));
  }

  @Override
  public Decision reserve(LoginId loginId, ClientContext client, Deadline deadline) {
    requireNonNull(loginId, "loginId");
    deadline.check("local attempt limiter, reserve");
    String id = idPrefix + Long.toHexString(ids.incrementAndGet());
    Deadline lease = budgets.leaseOf(deadline, ticker);
    long held = lease.remaining().toNanos();
    long now = now();
    List<Counted<?, ?>> taken = new ArrayList<>();
    for (Counted<?, ?> counted : countedFor(loginId, client)) {
      long wait = counted.reserve(id, now, held);
      if (wait != Attempts.ADMITTED) {
        taken.forEach(each -> each.settle(id, false, Outcome.UNKNOWN, now));
        return refusal(wait, counted.budget());
      }
      taken.add(counted);
    }
    return new Decision.Admitted(new Reservation(id, loginId, client, lease));
  }

  @Override
  public Set<AccessEvent.Budget> settle(
      Reservation reservation, Outcome outcome, Deadline deadline) {
    requireNonNull(outcome, "outcome");
    boolean isOver = reservation.lease().isExpired();
    long now = now();
    Set<AccessEvent.Budget> spent = EnumSet.noneOf(AccessEvent.Budget.class);
    for (Counted<?, ?> counted : countedFor(reservation.loginId(), reservation.client())) {
      if (counted.settle(reservation.id(), isOver, outcome, now)) {
        spent.add(counted.budget());
      }
    }
    return spent;
  }

  /** Returns whether a network has reached the failures that count for a login identifier. */
  private boolean hasFailedItsPart(FromNetwork name) {
    return accountsByNetwork.tell(
        name, now(), attempts -> attempts.failures() > budgets.failuresOfOneNetwork());
  }

  /** Returns the counters of an attempt. */
  private List<Counted<?, ?>> countedFor(LoginId loginId, ClientContext client) {
    List<Counted<?, ?>> all = new ArrayList<>();
    Optional<String> device = client.knownDevice();
    AccessEvent.Budget budget =
        device.isPresent() ? AccessEvent.Budget.DEVICE : AccessEvent.Budget.ACCOUNT;
    client
        .countedNetwork()
        .ifPresent(
            network ->
                all.add(new Counted<>(networks, network, AccessEvent.Budget.NETWORK, false)));
    Optional<FromNetwork> from =
        client.countedNetwork().map(network -> new FromNetwork(loginId, network));
    from.ifPresent(name -> all.add(new Counted<>(accountsByNetwork, name, budget, false)));
    all.add(
        new Counted<>(
            accounts,
            new Account(loginId, device),
            budget,
            device.isPresent(),
            attempts -> from.filter(this::hasFailedItsPart).isPresent() && !attempts.isSpent()));
    if (device.isPresent()) {
      all.add(new Counted<>(devices, loginId, budget, false));
    }
    all.add(new Counted<>(attempts, loginId, budget, false));
    return all;
  }

  private static Decision refusal(long wait, AccessEvent.Budget budget) {
    return wait == Attempts.BUSY
        ? new Decision.Busy(BUSY)
        : new Decision.Refused(Duration.ofNanos(wait), budget);
  }

  private long now() {
    return ticker.nanos() - origin;
  }

  private static String text(LoginId loginId) {
    return loginId.tenant().value() + '\n' + loginId.value();
  }

  /** The key of consecutive failures: all unknown devices together, or one known device. */
  private record Account(LoginId loginId, Optional<String> device) {
    String text() {
      return LocalAttemptLimiter.text(loginId) + '\n' + device.orElse("");
    }
  }

  /** A login identifier that is tried from one network. */
  private record FromNetwork(LoginId loginId, String network) {
    String text() {
      return LocalAttemptLimiter.text(loginId) + '\n' + network;
    }
  }

  /**
   * One name in one table.
   *
   * @param isForgiven whether a success ends the row of failures: it does for the device that it
   *     was made on. A success of an unknown device does not reset the failures of other unknown
   *     devices
   * @param countsElsewhere whether a failure is not counted here
   */
  private record Counted<K, A extends Attempts>(
      BoundedCounterTable<K, A> table,
      K name,
      AccessEvent.Budget budget,
      boolean isForgiven,
      Predicate<A> countsElsewhere) {
    Counted(
        BoundedCounterTable<K, A> table, K name, AccessEvent.Budget budget, boolean isForgiven) {
      this(table, name, budget, isForgiven, attempts -> false);
    }

    long reserve(String id, long now, long held) {
      return table.ask(name, now, attempts -> attempts.reserve(id, now, held));
    }

    boolean settle(String id, boolean isOver, Outcome outcome, long now) {
      return table.tell(
          name, now, attempts -> attempts.settle(id, isOver, heard(outcome, attempts), now));
    }

    private Outcome heard(Outcome outcome, A attempts) {
      boolean counts =
          switch (outcome) {
            case SUCCESS -> isForgiven;
            case FAILURE -> !countsElsewhere.test(attempts);
            case UNKNOWN -> false;
          };
      return counts ? outcome : Outcome.UNKNOWN;
    }
  }
}
