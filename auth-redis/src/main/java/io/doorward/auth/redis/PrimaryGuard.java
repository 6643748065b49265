package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthListener;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.UnifiedJedis;

/**
 * Keeps a node from believing a Redis primary that another one has taken over from. Thread-safe:
 * all stores that use one client share one guard.
 *
 * <p>An old primary that is cut off from the others, together with some nodes, goes on answering
 * them and cannot be told of a changed password or an ended session. So nodes register every
 * primary they meet in the database, and use only those of which the database has said within
 * {@code confirmWithin} that nobody took over from them. A change counts as told once the primary
 * that was told has been registered for as long: by then no node believes an older one.
 *
 * <p>While the database cannot be reached, its last word stands, so that Redis keeps a node going.
 * The window is then the entries' time to live. A {@linkplain Builder#strict strict} guard stops
 * using Redis instead.
 *
 * <p>The database's word must be fresh when an answer arrives, too: a primary that hung while
 * another one took over may answer late what it was asked before.
 *
 * <p>Cost: one short statement every half of {@code confirmWithin} while Redis is used, run by the
 * call that finds it due, in a quarter of {@code confirmWithin} at most. Each fence asks once more,
 * in {@code confirmWithin} at most; without an answer its change is pending.
 *
 * <p>Failure: a primary that is past is {@link Kind#REFUSED}, as if Redis were down.
 */
public final class PrimaryGuard {
  /** What a script answers where its server is not one that its caller believes. */
  private static final Pattern UNBELIEVED =
      Pattern.compile("UNBELIEVED ([0-9a-f]{40}) ([0-9a-f]{40}) ([0-9a-f]{40}) (\\w+)");

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  /** What scripts are told while no primary is known: nobody is believed. */
  private static final String NOBODY = "-";

  private final UnifiedJedis client;
  private final PrimaryRegistry registry;
  private final String name;
  private final long confirmWithinNanos;
  private final boolean strict;
  private final Ticker ticker;
  private final AuthListener listener;
  private final ReentrantLock asking = new ReentrantLock();
  private volatile Knowledge knowledge;

  private PrimaryGuard(Builder builder) {
    this.client = builder.client;
    this.registry = builder.registry;
    this.name = builder.name;
    this.confirmWithinNanos = builder.confirmWithin.toNanos();
    this.strict = builder.strict;
    this.ticker = builder.ticker;
    this.listener = AuthListener.guarded(builder.listener);
    long past = ticker.nanos() - confirmWithinNanos;
    this.knowledge = new Knowledge(NOBODY, Set.of(), Set.of(), past, past);
  }

  /**
   * Starts a guard.
   *
   * @param client the client of the stores that will share the guard
   * @param registry in the database that all nodes share
   * @return a builder with the documented defaults
   */
  public static Builder builder(UnifiedJedis client, PrimaryRegistry registry) {
    return new Builder(client, registry);
  }

  /** Returns this guard if it guards the client; a guard of another Redis would refuse it. */
  PrimaryGuard requireFor(UnifiedJedis used) {
    if (used != client) {
      throw new IllegalArgumentException(
          "primaries must be the guard of this client: each Redis has its own");
    }
    return this;
  }

  /**
   * Returns the stamps to believe, for a script. Asks the database first where that is due.
   *
   * @throws StoreException if the guard is strict and the database did not confirm in time
   */
  String believed(Deadline deadline) {
    Knowledge known = knowledge;
    long now = ticker.nanos();
    if (now - known.askedAt >= confirmWithinNanos / 2) {
      boolean stale = now - known.confirmedAt >= confirmWithinNanos;
      confirm(known, stale, deadline);
    }
    known = knowledge;
    if (strict && ticker.nanos() - known.confirmedAt >= confirmWithinNanos) {
      throw new StoreException(
          Kind.REFUSED,
          "Redis is not used: the database did not confirm its primary within "
              + Duration.ofNanos(confirmWithinNanos));
    }
    return known.believed;
  }

  /**
   * Tells whether all that a script was told to believe are believed still, now that it has
   * answered. The database's word counts when an answer is used, not when it was asked for.
   *
   * @throws StoreException if the guard is strict and the database did not confirm in time
   */
  boolean stillBelieves(String told, Deadline deadline) {
    if (believed(deadline).equals(told)) {
      return true;
    }
    return knowledge.present.containsAll(List.of(told.split(" ", -1)));
  }

  /** One caller asks; the others wait for the answer only if what is known is too old. */
  private void confirm(Knowledge known, boolean wait, Deadline deadline) {
    Deadline attempt = attempt(deadline);
    if (!lock(wait ? attempt.remaining() : Duration.ZERO)) {
      return;
    }
    try {
      if (knowledge.askedAt == known.askedAt) {
        long before = ticker.nanos();
        learn(registry.list(name, attempt), before);
      }
    } catch (StoreException e) {
      listener.on(new AuthEvent.BackEndFailed("primary registry", e.kind()));
      knowledge = known.askedAgainAt(ticker.nanos());
    } finally {
      asking.unlock();
    }
  }

  /**
   * Hears that a script met a primary that is not believed. Returns if it may be believed now.
   *
   * @throws StoreException if it may not, or if the database cannot say
   */
  void meet(Primary primary, Deadline deadline) {
    Deadline attempt = attempt(deadline);
    if (!lock(attempt.remaining())) {
      throw new StoreException(
          Kind.REFUSED, "Redis is not used: whether its primary is the present one is being asked");
    }
    try {
      if (!knowledge.knows(primary)) {
        long before = ticker.nanos();
        learn(registry.register(name, primary, attempt), before);
        listener.on(new AuthEvent.PrimaryMet(primary.identity(), knowledge.believes(primary)));
      }
    } finally {
      asking.unlock();
    }
    if (!knowledge.believes(primary)) {
      throw new StoreException(
          Kind.REFUSED,
          "Redis is not used: another primary has taken over from the one that answers");
    }
  }

  /**
   * Tells, after a primary was told something, whether that binds every node: whether none uses
   * another one in its place. Asks the database anew. What was known before says nothing of a
   * primary that took over meanwhile, and whose nodes may have read the database before the change.
   * Waits longer for the answer than other questions do, because without one the change is pending.
   *
   * @return false also if the database does not answer
   */
  boolean isSettled(String stamp, Deadline deadline) {
    try {
      deadline.check("primary guard");
      Deadline patient = Deadline.after(deadline.cap(Duration.ofNanos(confirmWithinNanos)));
      List<Registration> all = registry.list(name, patient);
      return all.stream()
          .filter(registration -> registration.primary().identity().equals(stamp))
          .anyMatch(told -> !told.isSuperseded(all) && told.age().toNanos() >= confirmWithinNanos);
    } catch (StoreException e) {
      listener.on(new AuthEvent.BackEndFailed("primary registry", e.kind()));
      return false;
    }
  }

  private boolean lock(Duration wait) {
    try {
      return asking.tryLock() || asking.tryLock(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Bounds one question, so that a database that hangs costs an operation little of its time. */
  private Deadline attempt(Deadline deadline) {
    deadline.check("primary guard");
    return Deadline.after(deadline.cap(Duration.ofNanos(confirmWithinNanos / 4)));
  }

  /**
   * Takes in what the database said to a question of the moment {@code before}: it counts as
   * confirmed then, which is on the safe side.
   */
  private void learn(List<Registration> all, long before) {
    Set<String> past = new HashSet<>();
    Set<String> present = new LinkedHashSet<>();
    for (Registration registration : all) {
      String stamp = registration.primary().identity();
      if (registration.isSuperseded(all)) {
        past.add(stamp);
      } else {
        present.add(stamp);
      }
    }
    knowledge =
        new Knowledge(
            present.isEmpty() ? NOBODY : String.join(" ", present),
            Set.copyOf(present),
            Set.copyOf(past),
            before,
            ticker.nanos());
  }

  /** Reads the description of a primary out of a script's refusal; empty if it is another error. */
  static Optional<Primary> primaryIn(String error) {
    Matcher match = UNBELIEVED.matcher(error);
    return match.matches()
        ? Optional.of(
            new Primary(
                match.group(1), match.group(2), match.group(3), !match.group(4).equals("cluster")))
        : Optional.empty();
  }

  /** What the database said last. */
  private record Knowledge(
      String believed, Set<String> present, Set<String> past, long confirmedAt, long askedAt) {
    boolean believes(Primary primary) {
      return present.contains(primary.identity());
    }

    boolean knows(Primary primary) {
      return believes(primary) || past.contains(primary.identity());
    }

    Knowledge askedAgainAt(long now) {
      return new Knowledge(believed, present, past, confirmedAt, now);
    }
  }

  /** Collects settings. Not thread-safe. */
  public static final class Builder {
    private final UnifiedJedis client;
    private final PrimaryRegistry registry;
    private String name = StoreContext.DEFAULT_NAMESPACE;
    private Duration confirmWithin = Duration.ofSeconds(1);
    private boolean strict;
    private Ticker ticker = Ticker.system();
    private AuthListener listener = AuthListener.none();

    private Builder(UnifiedJedis client, PrimaryRegistry registry) {
      this.client = requireNonNull(client, "client");
      this.registry = requireNonNull(registry, "registry");
    }

    /**
     * Names the Redis installation in the registry: the same on all nodes, and another one where an
     * application keeps its sessions in another Redis than its credentials.
     *
     * @param redis 1 to 64 characters of {@code A-Z a-z 0-9 _ -}; default {@code doorward}
     * @return this
     * @throws IllegalArgumentException if it has another form
     */
    public Builder name(String redis) {
      if (!NAME.matcher(requireNonNull(redis, "redis")).matches()) {
        throw new IllegalArgumentException(
            "name must be 1 to 64 characters of A-Z a-z 0-9 _ -: " + redis);
      }
      this.name = redis;
      return this;
    }

    /**
     * Sets how old the database's word on a primary may be. It is the window in which a node that
     * is cut off together with an old primary may still believe it, and the wait until a change
     * counts as told after a fail-over. All nodes need the same.
     *
     * @param time 200 ms to 1 min; default 1 s
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder confirmWithin(Duration time) {
      this.confirmWithin =
          StoreContext.requireBetween(
              "confirmWithin", time, Duration.ofMillis(200), Duration.ofMinutes(1));
      return this;
    }

    /**
     * Sets what happens while the database cannot be reached: the last word stands and Redis is
     * used (false), or Redis is not used either (true). A strict guard makes the window above hold
     * in every outage, and costs the logins and checks that Redis alone could have answered.
     *
     * @param stopWithoutDatabase default false
     * @return this
     */
    public Builder strict(boolean stopWithoutDatabase) {
      this.strict = stopWithoutDatabase;
      return this;
    }

    /**
     * Sets the ticker, for tests.
     *
     * @param source default: the system's
     * @return this
     */
    public Builder ticker(Ticker source) {
      this.ticker = requireNonNull(source, "source");
      return this;
    }

    /**
     * Sets who hears of primaries that this node meets and of a database that does not answer.
     *
     * @param who default: nobody
     * @return this
     */
    public Builder listener(AuthListener who) {
      this.listener = requireNonNull(who, "who");
      return this;
    }

    /**
     * Makes the guard. Does not connect.
     *
     * @return the guard
     */
    public PrimaryGuard build() {
      return new PrimaryGuard(this);
    }
  }
}
