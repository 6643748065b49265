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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Counts attempts in Redis: per network, and for all devices known to a login identifier together,
 * within a window; per login identifier, network at it, or device known to it, with waits that
 * grow. One script counts an attempt in all its budgets, by the server's clock, so no number of
 * nodes or of parallel guesses passes any. In a cluster it is a script for each slot, the network's
 * first, and places of an attempt that a later slot refuses are given back. A clock that is set
 * back lengthens no wait; one that is set forward ends waits and leases early, which is worth one
 * more budget of guesses. Thread-safe.
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

  /** What an outcome means for one budget, in the script's words. */
  private static final String FAILED = "failed";

  private static final String FORGIVE = "forgive";
  private static final String RETURNED = "returned";

  private final StoreContext context;
  private final AttemptBudgets budgets;

  /**
   * Whether a trip is made for each slot. Where it is not, the server may say that it has to be.
   */
  private volatile boolean bySlot;

  private RedisAttemptLimiter(Builder builder) {
    context = builder.context;
    budgets = builder.budgets;
    bySlot = context.scripts().mayHaveSlots();
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
    List<Budget> all = budgetsOf(reservation);
    if (!bySlot) {
      Optional<Decision> decision = reserveAtOnce(all, reservation, deadline);
      if (decision.isPresent()) {
        return decision.get();
      }
      bySlot = true;
    }
    return reserveBySlot(all, reservation, deadline);
  }

  /** Reserves in one trip; empty if the server has slots. */
  private Optional<Decision> reserveAtOnce(
      List<Budget> all, Reservation reservation, Deadline deadline) {
    try {
      return reserveCall(all, reservation)
          .runAcrossSlots(deadline)
          .map(reply -> decision(reply, all, reservation));
    } catch (StoreException e) {
      // A place that was taken by a call whose answer is lost is given back too.
      giveBack(List.of(all), reservation, deadline);
      throw e;
    }
  }

  /** Reserves in a trip for each slot, the network's first: it touches no account if it refuses. */
  private Decision reserveBySlot(List<Budget> all, Reservation reservation, Deadline deadline) {
    List<List<Budget>> taken = new ArrayList<>();
    try {
      for (List<Budget> slot : slotsOf(all)) {
        Reply reply;
        try {
          reply = reserveCall(slot, reservation).run(deadline);
        } finally {
          taken.add(slot);
        }
        Decision decision = decision(reply, slot, reservation);
        if (!(decision instanceof Decision.Admitted)) {
          giveBack(taken.subList(0, taken.size() - 1), reservation, deadline);
          return decision;
        }
      }
    } catch (StoreException e) {
      giveBack(taken, reservation, deadline);
      throw e;
    }
    return new Decision.Admitted(reservation);
  }

  private Scripts.Call reserveCall(List<Budget> together, Reservation reservation) {
    Scripts.Call call = context.call(RedisScript.RESERVE).arg(reservation.id());
    for (Budget budget : together) {
      switch (budget.kind()) {
        case NETWORK, ALL_DEVICES ->
            call.keys(key(budget, "failures"), key(budget, "leases"))
                .arg("window")
                .arg(failuresOf(budget.kind()))
                .arg(budgets.networkWindow())
                .arg(0);
        case LOGIN, LOGIN_FROM_NETWORK, DEVICE ->
            call.keys(key(budget, "failures"), key(budget, "leases"))
                .arg("row")
                .arg(failuresOf(budget.kind()))
                .arg(budgets.firstWait())
                .arg(budgets.maxWait());
        case ATTEMPTS, DEVICE_ATTEMPTS ->
            call.keys(key(budget, "attempts"))
                .arg("attempts")
                .arg(budgets.accountAttempts())
                .arg(budgets.networkWindow())
                .arg(0);
      }
    }
    return call;
  }

  private static Decision decision(Reply reply, List<Budget> asked, Reservation reservation) {
    String word = reply.at(0).text();
    if (word.equals("admitted")) {
      return new Decision.Admitted(reservation);
    }
    Duration wait = Duration.ofMillis(Math.max(1, reply.at(1).number()));
    return word.equals("busy")
        ? new Decision.Busy(wait.compareTo(BUSY_WAIT) < 0 ? wait : BUSY_WAIT)
        : new Decision.Refused(wait, asked.get(reply.at(2).count() - 1).kind().spent);
  }

  @Override
  public Set<AccessEvent.Budget> settle(
      Reservation reservation, Outcome outcome, Deadline deadline) {
    List<Budget> all =
        budgetsOf(reservation).stream().filter(budget -> budget.kind().isSettled).toList();
    if (!bySlot) {
      Optional<Reply> reply = settleCall(all, reservation, outcome).runAcrossSlots(deadline);
      if (reply.isPresent()) {
        return spent(reply.get(), all);
      }
      bySlot = true;
    }
    return settleBySlot(all, reservation, outcome, deadline);
  }

  private Set<AccessEvent.Budget> settleBySlot(
      List<Budget> all, Reservation reservation, Outcome outcome, Deadline deadline) {
    Set<AccessEvent.Budget> spent = EnumSet.noneOf(AccessEvent.Budget.class);
    StoreException failure = null;
    for (List<Budget> slot : slotsOf(all)) {
      try {
        spent.addAll(spent(settleCall(slot, reservation, outcome).run(deadline), slot));
      } catch (StoreException e) {
        // The budgets of other slots can be settled all the same.
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

  private Scripts.Call settleCall(List<Budget> together, Reservation reservation, Outcome outcome) {
    Scripts.Call call =
        context
            .call(RedisScript.SETTLE)
            .keys(context.key(together.get(0).tag(), "settled:" + reservation.id()))
            .arg(reservation.id());
    for (Budget budget : together) {
      boolean isWindowed = budget.kind().isWindowed;
      Duration memory = isWindowed ? budgets.networkWindow() : budgets.maxWait();
      call.keys(key(budget, "failures"), key(budget, "leases"))
          .arg(budget.kind().meaningOf(outcome))
          .arg(memory)
          .arg(failuresOf(budget.kind()))
          .arg(isWindowed ? memory : Duration.ZERO)
          .arg(budget.afterItsNetwork() ? budgets.failuresOfOneNetwork() : 0);
    }
    return call;
  }

  private static Set<AccessEvent.Budget> spent(Reply reply, List<Budget> settled) {
    Set<AccessEvent.Budget> spent = EnumSet.noneOf(AccessEvent.Budget.class);
    for (Reply number : reply.items()) {
      spent.add(settled.get(number.count() - 1).kind().spent);
    }
    return spent;
  }

  /**
   * Gives places back, where that can be done: the lease of what stays taken ends by itself, and
   * what was decided stands. A refusal that turned into a failure would be asked of the local
   * limiter, which knows nothing of it.
   *
   * @param taken the budgets of each trip
   */
  private void giveBack(List<List<Budget>> taken, Reservation reservation, Deadline deadline) {
    try {
      for (List<Budget> together : taken) {
        Scripts.Call call = context.call(RedisScript.WITHDRAW).arg(reservation.id());
        for (Budget budget : together) {
          if (budget.kind().isSettled) {
            call.keys(key(budget, "leases"));
          }
        }
        Optional<Reply> unused = call.runAcrossSlots(deadline);
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
        all.add(new Budget(Kind.DEVICE_ATTEMPTS, login, ""));
      } else {
        if (!networks.isEmpty()) {
          // Both have one name under each key, in the order of the keys.
          String fromNetwork = "network:" + networks.get(i) + ":";
          all.add(new Budget(Kind.LOGIN_FROM_NETWORK, login, fromNetwork));
        }
        all.add(new Budget(Kind.LOGIN, login, "", !networks.isEmpty()));
        all.add(new Budget(Kind.ATTEMPTS, login, ""));
      }
    }
    return all;
  }

  /** Returns the budgets of each slot together, in their order: a tag has one. */
  private static Collection<List<Budget>> slotsOf(List<Budget> all) {
    Map<String, List<Budget>> byTag = new LinkedHashMap<>();
    for (Budget budget : all) {
      byTag.computeIfAbsent(budget.tag(), tag -> new ArrayList<>()).add(budget);
    }
    return byTag.values();
  }

  private int failuresOf(Kind kind) {
    return switch (kind) {
      case NETWORK -> budgets.networkFailures();
      case ALL_DEVICES -> budgets.allDevicesFailures();
      case LOGIN, LOGIN_FROM_NETWORK, DEVICE -> budgets.accountFailures();
      case ATTEMPTS, DEVICE_ATTEMPTS -> throw new IllegalArgumentException("counts no failures");
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
   * @param afterItsNetwork whether the budget before it is that of strangers of one network
   */
  private record Budget(Kind kind, String tag, String part, boolean afterItsNetwork) {
    Budget(Kind kind, String tag, String part) {
      this(kind, tag, part, false);
    }
  }

  private enum Kind {
    NETWORK(AccessEvent.Budget.NETWORK, true, true),
    LOGIN_FROM_NETWORK(AccessEvent.Budget.ACCOUNT, false, true),
    LOGIN(AccessEvent.Budget.ACCOUNT, false, true),
    DEVICE(AccessEvent.Budget.DEVICE, false, true),
    ALL_DEVICES(AccessEvent.Budget.DEVICE, true, true),
    ATTEMPTS(AccessEvent.Budget.ACCOUNT, false, false),
    DEVICE_ATTEMPTS(AccessEvent.Budget.DEVICE, false, false);

    private final AccessEvent.Budget spent;

    /** Whether failures count within a window; else they count in a row, with waits that grow. */
    private final boolean isWindowed;

    /** Whether it counts failures. What counts attempts is over once it has admitted one. */
    private final boolean isSettled;

    Kind(AccessEvent.Budget spent, boolean isWindowed, boolean isSettled) {
      this.spent = spent;
      this.isWindowed = isWindowed;
      this.isSettled = isSettled;
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
