package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Retries;
import io.doorward.auth.redis.server.JedisLibrary;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;

/**
 * Keeps a node from believing a Redis primary that another one has taken over from. Thread-safe:
 * all stores that use one client share one guard.
 *
 * <p>An old primary that is cut off from the others, together with some nodes, goes on answering
 * them and cannot be told of a changed password or an ended session. So nodes register every
 * primary they meet in the database, and use only those of which the database has said within
 * {@code confirmWithin} that no other one took over. A change counts as told once the primary that
 * was told has been registered for as long: by then no node believes an older one.
 *
 * <p>The database is asked ahead of need, on a thread of the guard's own, one question at a time.
 * Answers up to half of {@code confirmWithin} late are not noticed. While one is later than that, a
 * call may wait for it, for half of its deadline and {@code confirmWithin} at most. An answer that
 * takes longer than {@code confirmWithin}, or that is a refusal, confirms nothing: Redis counts as
 * away until the database answers in time again.
 *
 * <p>Only where the database cannot be reached at all ({@link Kind#UNREACHABLE} of the registry)
 * does its last word stand, so that Redis keeps a node going. The window is then the entries' time
 * to live. A {@linkplain Builder#strict strict} guard stops using Redis instead.
 *
 * <p>A primary that does not continue the present one, because it was restarted, replaced, or is
 * another server altogether, is used once it has been known for four times {@code confirmWithin} in
 * which no node has found the present one alive. {@link #withdraw} takes back a registration that
 * should not have been made.
 *
 * <p>The database's word must be fresh when an answer arrives, too: a primary that hung while
 * another one took over may answer late what it was asked before.
 *
 * <p>Cost: one thread; one short statement every half of {@code confirmWithin} while Redis is used,
 * and one every two times {@code confirmWithin} while it is not; one for the fences that wait for
 * one at the same time.
 *
 * <p>Failure: a primary that is not believed is {@link Kind#REFUSED}, as if Redis were down.
 *
 * <p>The application closes it, after the service and before the registry.
 */
public final class PrimaryGuard implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private final UnifiedJedis client;
  private final PrimaryRegistry registry;
  private final String name;
  private final Duration confirmWithin;
  private final long confirmWithinNanos;
  private final boolean strict;
  private final Ticker ticker;
  private final AuthListener listener;
  private final BackendCalls calls;
  private final PrimaryMonitor monitor;
  private final RegistryQuestions questions;

  private PrimaryGuard(Builder builder) {
    this.client = builder.client;
    this.registry = builder.registry;
    this.name = builder.name;
    this.confirmWithin = builder.confirmWithin;
    this.confirmWithinNanos = confirmWithin.toNanos();
    this.strict = builder.strict;
    this.ticker = builder.ticker;
    this.listener = AuthListener.guarded(builder.listener);
    this.calls = BackendCalls.of(Part.PRIMARY_REGISTRY, Retries.none(), listener);
    this.monitor = new PrimaryMonitor(client, registry, name, confirmWithin, ticker, listener);
    this.questions =
        new RegistryQuestions(monitor::ask, this::poll, confirmWithin.multipliedBy(2), ticker);
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
   * Lists the primaries that are registered, for an operator.
   *
   * @param deadline for the call
   * @return what is registered, newest first
   * @throws StoreException if the database cannot answer
   */
  public List<Registration> registrations(Deadline deadline) {
    return registry.list(name, deadline);
  }

  /**
   * Withdraws a registration that should not have been made, for an operator: of a server that a
   * node was pointed at by mistake and that has taken over since. The primary before it is present
   * again, and every node uses it within {@code confirmWithin}. What that one had cached before it
   * was superseded counts as absent, so no old password comes back. Sessions that are kept in Redis
   * only live on as after a fail-over: one that was ended while the other server was present lives
   * again to its end, unless its credential changed.
   *
   * <p>The withdrawn server is not believed until a restart gives it another identity.
   *
   * @param identity {@link Primary#identity} of the server that should not be there, as the event
   *     {@code PrimaryDiscovered}, the finding {@code redis.unbelieved} and {@link #registrations}
   *     name it
   * @param deadline for the call
   * @return true if it was registered and not withdrawn before; false if nothing was done
   * @throws StoreException if the database cannot answer; a repeat is safe
   */
  public boolean withdraw(String identity, Deadline deadline) {
    boolean withdrawn = registry.withdraw(name, identity, deadline);
    if (withdrawn) {
      listener.on(new ServiceEvent.PrimaryWithdrawn(identity));
    }
    questions.put();
    return withdrawn;
  }

  /**
   * Returns the stamps to believe, for a script. Waits for the database only where its last word is
   * too old and a new one may come in time.
   *
   * @throws StoreException if the database does not confirm what it said last, although it is there
   */
  String believed(Deadline deadline) {
    PrimaryKnowledge known = monitor.knowledge();
    if (isFresh(known)) {
      if (ticker.nanos() - known.confirmedAt() >= confirmWithinNanos / 2) {
        questions.putIfDue(confirmWithinNanos / 2);
      }
      return known.believed();
    }
    deadline.check("primary guard");
    RegistryQuestions.@Nullable Question question = questions.putIfDue(confirmWithinNanos / 2);
    if (known.outOfReach() && !strict) {
      return known.believed();
    }
    if (question != null && !known.late()) {
      question.await(patience(question, deadline));
      known = monitor.knowledge();
    }
    if (isFresh(known) || (known.outOfReach() && !strict)) {
      return known.believed();
    }
    throw new StoreException(
        Kind.REFUSED,
        "Redis is not used: the database did not confirm its primary within " + confirmWithin);
  }

  /**
   * Returns the stamp of what a primary stores in its present term, if it is believed at this
   * moment, when an answer of it is about to be used. Waits for nothing; has the database asked
   * ahead of need.
   *
   * @return empty if it is not believed, or if the database does not confirm it
   */
  Optional<String> stampNow(String identity) {
    PrimaryKnowledge known = monitor.knowledge();
    if (ticker.nanos() - known.confirmedAt() >= confirmWithinNanos / 2) {
      questions.putIfDue(confirmWithinNanos / 2);
    }
    return isFresh(known) || (known.outOfReach() && !strict)
        ? Optional.ofNullable(known.stamps().get(identity))
        : Optional.empty();
  }

  Duration confirmWithin() {
    return confirmWithin;
  }

  private boolean isFresh(PrimaryKnowledge known) {
    return ticker.nanos() - known.confirmedAt() < confirmWithinNanos;
  }

  /** An answer that comes later confirms nothing, and the caller needs time to do without Redis. */
  private Duration patience(RegistryQuestions.Question question, Deadline deadline) {
    Duration useful = Duration.ofNanos(Math.max(0, confirmWithinNanos - question.ageNanos()));
    Duration half = deadline.part(2);
    return half.compareTo(useful) < 0 ? half : useful;
  }

  /**
   * Tells whether all that a script was told to believe are believed still, now that it has
   * answered. The database's word counts when an answer is used, not when it was asked for.
   *
   * @throws StoreException if the database does not confirm what it said last, although it is there
   */
  boolean stillBelieves(String told, Deadline deadline) {
    String believed = believed(deadline);
    return believed.equals(told)
        || Set.of(believed.split(" ", -1)).containsAll(Set.of(told.split(" ", -1)));
  }

  /**
   * Handles a script's report of a primary that is not believed. Returns if it may be believed now.
   *
   * @throws StoreException if it may not, or if the database cannot say
   */
  void meet(Primary primary, Deadline deadline) {
    if (monitor.knowledge().believes(primary.identity())) {
      return;
    }
    deadline.check("primary guard");
    monitor.remember(primary);
    if (!monitor.knowledge().knows(primary.identity())) {
      RegistryQuestions.Question question = questions.put();
      if (!question.await(patience(question, deadline))) {
        throw new StoreException(
            Kind.REFUSED,
            "Redis is not used: whether its primary is the present one is being asked");
      }
      question.throwFailure();
    }
    PrimaryKnowledge known = monitor.knowledge();
    if (known.believes(primary.identity())) {
      return;
    }
    throw new StoreException(
        Kind.REFUSED, "Redis is not used: " + PrimaryKnowledge.whyNot(primary, known.all()));
  }

  /**
   * Tells, after a primary was told something, whether that binds every node: whether none uses
   * another one in its place. Asks the database anew: what was known before says nothing of a
   * primary that took over meanwhile, and whose nodes may have read the database before the change.
   *
   * @return false also if the database does not answer
   */
  boolean isSettled(String stamp, Deadline deadline) {
    deadline.check("primary guard");
    RegistryQuestions.Question question = questions.put();
    if (!question.await(deadline.cap(confirmWithin))) {
      calls.failed(Kind.TIMEOUT);
      return false;
    }
    List<Registration> all = question.answer();
    return all.stream()
        .filter(registration -> PrimaryStamps.stampOf(registration).equals(stamp))
        .anyMatch(told -> !told.isSuperseded(all) && told.age().compareTo(confirmWithin) >= 0);
  }

  /** Asks while this node does not use Redis, so that it can still report its primary alive. */
  private void poll() {
    questions.putIfDue(confirmWithin.multipliedBy(2).toNanos());
  }

  /**
   * Looks whether the primary that answers is believed, for the look at the server.
   *
   * @return what is wrong; empty if nothing is, or if the database cannot say
   */
  Optional<Finding> inspect(Primary primary, Deadline deadline) {
    Optional<List<Registration>> answer = calls.tried(() -> registry.list(name, deadline));
    if (answer.isEmpty()) {
      return Optional.empty();
    }
    List<Registration> all = answer.get();
    List<Primary> present =
        all.stream().filter(each -> !each.isSuperseded(all)).map(Registration::primary).toList();
    boolean believed =
        PrimaryKnowledge.stateOf(primary.identity(), all).isPresent()
            ? present.contains(primary)
            : present.isEmpty() || present.stream().anyMatch(primary::mayFollow);
    return believed ? Optional.empty() : Optional.of(unbelieved(primary, all, present));
  }

  private static Finding unbelieved(
      Primary primary, List<Registration> all, List<Primary> present) {
    String others = String.join(", ", present.stream().map(Primary::identity).toList());
    return Finding.warning(
        "redis.unbelieved",
        "the primary that answers, "
            + primary.identity()
            + ", is not believed, and Redis counts as away: "
            + PrimaryKnowledge.whyNot(primary, all)
            + ". The present one is "
            + (others.isEmpty() ? "not known" : others),
        "If this node was pointed at another Redis, correct its address. If the present one was"
            + " registered by mistake, withdraw it with PrimaryGuard.withdraw(identity, deadline)");
  }

  /** Ends the guard's thread. From then on Redis is not used, once the last word is too old. */
  @Override
  public void close() {
    questions.close();
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
     * Sets what happens while the database cannot be reached at all: the last word stands and Redis
     * is used (false), or Redis is not used either (true). A strict guard makes the window above
     * hold in every outage, and costs the logins and checks that Redis alone could have answered. A
     * database that is there and does not answer in time confirms nothing either way.
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
     * @param ticker default: the system's
     * @return this
     */
    public Builder ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /**
     * Sets the listener for primaries that this node meets and for a database that does not answer.
     *
     * @param events default: none
     * @return this
     */
    public Builder listener(AuthListener events) {
      this.listener = requireNonNull(events, "events");
      return this;
    }

    /**
     * Makes the guard. Does not connect.
     *
     * @return the guard
     * @throws IllegalStateException if the Jedis on the class path is older than 7.0.0
     */
    public PrimaryGuard build() {
      JedisLibrary.requireSupported();
      return new PrimaryGuard(this);
    }
  }
}
