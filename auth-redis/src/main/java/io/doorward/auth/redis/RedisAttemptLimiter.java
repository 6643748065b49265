package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendAware;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.key.KeyRing.LoginIndex;
import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Counts attempts in Redis: per network, and for all devices known to a login identifier together,
 * within a window; per login identifier, network at it, or device known to it, with waits that
 * grow. Each budget is counted by one script, by the server's clock, so no number of nodes or of
 * parallel guesses passes it. A clock that is set back lengthens no wait; one that is set forward
 * ends waits and leases early, which is worth one more budget of guesses. Thread-safe.
 *
 * <p>Security: networks and login identifiers appear as keyed hashes only. Every key has an end
 * from its first write. An attacker that writes to Redis can reset the counters; a fail-over can
 * lose the last few counts.
 *
 * <p>Failure: both methods throw {@link StoreException}; what is in flight then is forgotten when
 * its lease ends.
 */
public final class RedisAttemptLimiter implements AttemptLimiter, BackendAware {
  /** The longest wait before asking again for a place that others hold: hashing takes less. */
  private static final Duration BUSY_WAIT = Duration.ofMillis(100);

  /** What the script that settles answers about the failure that spent the budget. */
  private static final long SPENT = 2;

  /** What an outcome means for one budget, in the script's words. */
  private static final String FAILED = "failed";

  private static final String FORGIVE = "forgive";
  private static final String RETURNED = "returned";

  private final StoreContext context;
  private final AttemptBudgets budgets;

  private RedisAttemptLimiter(Builder builder) {
    context = builder.context;
    budgets = builder.budgets;
  }

  @Override
  public Collection<Backend> backends() {
    return List.of(context.server());
  }

  @Override
  public Decision reserve(LoginId loginId, ClientContext client, Deadline deadline) {
    Deadline lease = budgets.leaseOf(deadline, Ticker.system());
    // Redis counts from the begin of a millisecond and this cuts one off: neither may end the place
    // before the lease.
    String id = OperationId.random().value() + "." + lease.remaining().plusMillis(2).toMillis();
    Reservation reservation = new Reservation(id, loginId, client, lease);
    List<Budget> taken = new ArrayList<>();
    try {
      for (Budget budget : budgetsOf(reservation)) {
        // Before the call: a place that was taken by a call whose answer is lost is given back too.
        taken.add(budget);
        Decision decision = reserve(budget, reservation, deadline);
        if (!(decision instanceof Decision.Admitted)) {
          taken.remove(budget);
          giveBack(taken, reservation, deadline);
          return decision;
        }
      }
    } catch (StoreException e) {
      giveBack(taken, reservation, deadline);
      throw e;
    }
    return new Decision.Admitted(reservation);
  }

  @Override
  public Set<AccessEvent.Budget> settle(
      Reservation reservation, Outcome outcome, Deadline deadline) {
    Set<AccessEvent.Budget> spent = EnumSet.noneOf(AccessEvent.Budget.class);
    StoreException failure = null;
    for (Budget budget : budgetsOf(reservation)) {
      try {
        if (settle(budget, reservation, budget.kind().meaningOf(outcome), deadline)) {
          spent.add(budget.kind().spent);
        }
      } catch (StoreException e) {
        // The other budgets can be settled all the same.
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    return spent;
  }

  /**
   * Gives places back, where that can be done: the lease of what stays taken ends by itself, and
   * what was decided stands. A refusal that turned into a failure would be asked of the local
   * limiter, which knows nothing of it.
   */
  private void giveBack(List<Budget> taken, Reservation reservation, Deadline deadline) {
    try {
      for (Budget budget : taken) {
        Reply unused =
            context
                .call(RedisScript.WITHDRAW)
                .keys(key(budget, "leases"))
                .arg(reservation.id())
                .run(deadline);
      }
    } catch (StoreException e) {
      context.reports().failed(e);
    }
  }

  /**
   * Returns the budgets that an attempt counts in, the network's first. While an index key is being
   * rotated each has one name under every key, and it counts under all: nodes that do not have the
   * new key yet count under the old one.
   */
  private List<Budget> budgetsOf(Reservation reservation) {
    List<Budget> all = new ArrayList<>();
    LoginIndex index = context.keys().loginIndex();
    List<String> networks =
        reservation
            .client()
            .countedNetwork()
            .map(network -> index.networkNames(context.namespace(), network))
            .orElse(List.of());
    networks.forEach(name -> all.add(new Budget(Kind.NETWORK, name, "")));
    Optional<String> device = reservation.client().knownDevice();
    List<String> logins = index.names(context.namespace(), reservation.loginId());
    for (int i = 0; i < logins.size(); i++) {
      String login = logins.get(i);
      if (device.isPresent()) {
        all.add(new Budget(Kind.DEVICE, login, "device:" + device.get() + ":"));
        all.add(new Budget(Kind.ALL_DEVICES, login, "devices:"));
      } else if (networks.isEmpty()) {
        all.add(new Budget(Kind.LOGIN, login, ""));
      } else {
        // Both have one name under each key, in the order of the keys.
        String fromNetwork = "network:" + networks.get(i) + ":";
        all.add(new Budget(Kind.LOGIN_FROM_NETWORK, login, fromNetwork));
        all.add(new Budget(Kind.LOGIN, login, "", Optional.of(fromNetwork)));
      }
    }
    return all;
  }

  private Decision reserve(Budget budget, Reservation reservation, Deadline deadline) {
    Reply decision =
        switch (budget.kind()) {
          case NETWORK, ALL_DEVICES ->
              context
                  .call(RedisScript.RESERVE_NETWORK)
                  .keys(key(budget, "failures"), key(budget, "leases"))
                  .arg(reservation.id())
                  .arg(failuresOf(budget.kind()))
                  .arg(budgets.networkWindow())
                  .run(deadline);
          case LOGIN, LOGIN_FROM_NETWORK, DEVICE ->
              context
                  .call(RedisScript.RESERVE_LOGIN)
                  .keys(
                      key(budget, "failures"),
                      key(budget, "leases"),
                      context.key(budget.tag(), "attempts"))
                  .arg(reservation.id())
                  .arg(budgets.accountFailures())
                  .arg(budgets.firstWait())
                  .arg(budgets.maxWait())
                  .arg(budget.kind() == Kind.LOGIN_FROM_NETWORK ? 0 : budgets.accountAttempts())
                  .arg(budgets.networkWindow())
                  .run(deadline);
        };
    Duration wait = Duration.ofMillis(Math.max(1, decision.at(1).number()));
    return switch (decision.at(0).text()) {
      case "admitted" -> new Decision.Admitted(reservation);
      case "busy" -> new Decision.Busy(wait.compareTo(BUSY_WAIT) < 0 ? wait : BUSY_WAIT);
      default -> new Decision.Refused(wait, budget.kind().spent);
    };
  }

  /** True if this spent the budget. */
  private boolean settle(
      Budget budget, Reservation reservation, String meaning, Deadline deadline) {
    boolean isWindowed = budget.kind().isWindowed;
    Duration memory = isWindowed ? budgets.networkWindow() : budgets.maxWait();
    Scripts.Call call =
        context
            .call(RedisScript.SETTLE)
            .keys(key(budget, "failures"), key(budget, "leases"), key(budget, "settled"))
            .arg(reservation.id())
            .arg(meaning)
            .arg(memory)
            .arg(failuresOf(budget.kind()))
            .arg(isWindowed ? memory : Duration.ZERO)
            .arg(budgets.failuresOfOneNetwork());
    budget.fromNetwork().ifPresent(part -> call.keys(context.key(budget.tag(), part + "failures")));
    return call.run(deadline).number() == SPENT;
  }

  private int failuresOf(Kind kind) {
    return switch (kind) {
      case NETWORK -> budgets.networkFailures();
      case ALL_DEVICES -> budgets.allDevicesFailures();
      case LOGIN, LOGIN_FROM_NETWORK, DEVICE -> budgets.accountFailures();
    };
  }

  private String key(Budget budget, String suffix) {
    return context.key(budget.tag(), budget.part() + suffix);
  }

  /**
   * One counted thing: a network, or a login identifier under one of its names.
   *
   * @param part which part of what lies under the tag: a device's, all devices', or strangers', of
   *     one network or of all
   * @param fromNetwork the part of the network that a stranger comes from
   */
  private record Budget(Kind kind, String tag, String part, Optional<String> fromNetwork) {
    Budget(Kind kind, String tag, String part) {
      this(kind, tag, part, Optional.empty());
    }
  }

  private enum Kind {
    NETWORK(AccessEvent.Budget.NETWORK, true),
    LOGIN_FROM_NETWORK(AccessEvent.Budget.ACCOUNT, false),
    LOGIN(AccessEvent.Budget.ACCOUNT, false),
    DEVICE(AccessEvent.Budget.DEVICE, false),
    ALL_DEVICES(AccessEvent.Budget.DEVICE, true);

    private final AccessEvent.Budget spent;

    /** Whether failures count within a window; else they count in a row, with waits that grow. */
    private final boolean isWindowed;

    Kind(AccessEvent.Budget spent, boolean isWindowed) {
      this.spent = spent;
      this.isWindowed = isWindowed;
    }

    /** Returns the script's word. A right password forgives what failed on the same device only. */
    String meaningOf(Outcome outcome) {
      return switch (outcome) {
        case FAILURE -> FAILED;
        case SUCCESS -> this == DEVICE ? FORGIVE : RETURNED;
        case UNKNOWN -> RETURNED;
      };
    }
  }

  /** Collects settings; starts at {@link RedisStores}. Not thread-safe. */
  public static final class Builder {
    private final StoreContext context;
    private AttemptBudgets budgets = AttemptBudgets.defaults();

    Builder(StoreContext context) {
      this.context = context;
    }

    /**
     * Sets how many failures are admitted.
     *
     * @param limits default: {@link AttemptBudgets#defaults()}
     * @return this
     */
    public Builder budgets(AttemptBudgets limits) {
      this.budgets = requireNonNull(limits, "limits");
      return this;
    }

    /**
     * Makes the limiter. Does not connect.
     *
     * @return the limiter
     */
    public RedisAttemptLimiter build() {
      return new RedisAttemptLimiter(this);
    }
  }
}
