package io.doorward.auth.engine.operation;

import io.doorward.auth.AuthService;
import io.doorward.auth.Operations.ServiceHealth;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendAware;
import io.doorward.auth.backend.DegradationTable;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.backend.Finding.Severity;
import io.doorward.auth.backend.StartPolicy;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.key.KeyRegistry;
import io.doorward.auth.key.KeyRing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the settings of the service's servers at the start and after each recovery, and reports
 * findings, lost servers and recovered servers. Thread-safe.
 */
public final class ConfigCheck implements Backend.Watcher, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AuthService.class);

  /** Deadline of a check in the background, which runs on the timer's thread. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Between two tries to reach a server that is required. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  /** How a server fails until it is mended; every other failure may pass. */
  private static final Set<Kind> LASTING = Set.of(Kind.MISCONFIGURED, Kind.NEWER_FORMAT);

  private static final Set<Kind> CONSEQUENCES = Set.of(Kind.CIRCUIT_OPEN, Kind.TIMEOUT);

  private static final String SERVICE = "service";
  private static final String KEYS = "keys";
  private static final String RINGS = "rings";

  private final OperatorLog operator = OperatorLog.ofService();
  private final List<Backend> backends;
  private final StartPolicy start;
  private final DegradationTable table;
  private final AuthListener listener;

  /** Findings about the service itself, by the subject of the check. */
  private final Map<String, List<Finding>> ofService = new ConcurrentSkipListMap<>();

  private final Optional<KeyComparison> comparison;

  /** The servers that hold the keys of other nodes; read only while they serve. */
  private final List<Backend> keyServers;

  private volatile boolean keysDue = true;
  private final Map<Backend, List<Finding>> found = new ConcurrentHashMap<>();

  /** Servers to check again: not checked since the start or since an outage, or with a refusal. */
  private final Set<Backend> due = ConcurrentHashMap.newKeySet();

  public ConfigCheck(
      Collection<Backend> backends,
      KeyRing keys,
      StartPolicy start,
      DegradationTable table,
      AccountStore store,
      AuthListener listener) {
    this.backends = List.copyOf(backends);
    this.start = start;
    this.table = table;
    this.listener = listener;
    this.comparison =
        store instanceof KeyRegistry registry
            ? Optional.of(new KeyComparison(registry, keys))
            : Optional.empty();
    this.keyServers =
        store instanceof BackendAware known ? List.copyOf(known.backends()) : List.of();
    this.ofService.put(KEYS, ofKeys(keys).stream().map(start::judge).toList());
    this.due.addAll(this.backends);
  }

  private static List<Finding> ofKeys(KeyRing keys) {
    return keys.isEphemeral()
        ? List.of(
            Finding.warning(
                "keys.ephemeral",
                "the keys end with this process and no other node has them: after a restart every"
                    + " token is refused",
                "Use KeyRing.ofSecret or KeyRing.builder with secrets of the application's"))
        : List.of();
  }

  /**
   * Checks all servers at the start.
   *
   * @throws IllegalStateException if a finding, or a server that does not answer, prevents the
   *     start
   */
  public void atStart() {
    report(SERVICE, List.of(), ofService());
    List<String> objections = new ArrayList<>();
    if (!start.patience().isZero()) {
      backends.forEach(backend -> objections.addAll(objectionsTo(backend)));
      compareKeys(Deadline.after(start.patience()));
    }
    objections.addAll(0, refusals(ofService()));
    if (!objections.isEmpty()) {
      throw new IllegalStateException("Doorward does not start. " + String.join(" ", objections));
    }
    backends.forEach(backend -> backend.watch(this));
  }

  /** Checks one server and returns the reasons why the service should not start with it. */
  private List<String> objectionsTo(Backend backend) {
    Optional<StoreException> failure = await(backend, Deadline.after(start.patience()));
    List<String> objections = new ArrayList<>(refusals(found.getOrDefault(backend, List.of())));
    failure.ifPresent(
        why -> {
          // A misconfiguration has already been reported as a finding, with the same text.
          if (why.kind() != Kind.MISCONFIGURED) {
            operator.warn(
                backend.name()
                    + ' '
                    + verb(why)
                    + " ("
                    + why.getMessage()
                    + "); what needs it is unavailable until it does");
          }
          if (start.requireServers()) {
            objections.add(
                backend.name()
                    + ' '
                    + verb(why)
                    + " ("
                    + why.getMessage()
                    + "). Mend that, or do not require it (StartPolicy)");
          }
        });
    return objections;
  }

  /** Checks a server, and one that is required and not up yet again, until the deadline. */
  private Optional<StoreException> await(Backend backend, Deadline deadline) {
    Optional<StoreException> last = look(backend, () -> backend.prepare(deadline));
    while (start.requireServers()
        && last.filter(why -> !LASTING.contains(why.kind())).isPresent()
        && !deadline.isExpired()
        && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(deadline.cap(PAUSE).toNanos());
      Optional<StoreException> next = look(backend, () -> backend.prepare(deadline));
      // That time is over, or that the circuit breaker is open by now, says less.
      if (next.isEmpty() || !CONSEQUENCES.contains(next.get().kind())) {
        last = next;
      }
    }
    return last;
  }

  private static String verb(StoreException failure) {
    return switch (failure.kind()) {
      case REFUSED, MISCONFIGURED, NEWER_FORMAT -> "answers, but does not serve";
      case UNREACHABLE, TIMEOUT, CIRCUIT_OPEN, OVERLOADED -> "does not answer";
    };
  }

  private static List<String> refusals(List<Finding> findings) {
    return findings.stream()
        .filter(finding -> finding.severity() == Severity.REFUSAL)
        .map(Finding::toString)
        .toList();
  }

  /**
   * Checks the servers that are due or lost, so that a lost one is retried even without other
   * calls.
   */
  public void lookAgain() {
    for (Backend backend : backends) {
      if (due.contains(backend) || backend.isLost()) {
        look(backend, Deadline.after(LOOK));
      }
    }
    compareKeys(Deadline.after(LOOK));
  }

  /** Marks the comparison of the keys with those of other nodes as due. */
  public void keysAreDue() {
    keysDue = true;
  }

  /** Compares the keys with those of other nodes, if that is due and the database serves. */
  private void compareKeys(Deadline deadline) {
    if (!keysDue
        || comparison.isEmpty()
        || keyServers.stream().anyMatch(server -> due.contains(server) || server.isLost())) {
      return;
    }
    // Before the look: a reload meanwhile makes it due again.
    keysDue = false;
    try {
      found(RINGS, comparison.get().look(deadline));
    } catch (StoreException e) {
      keysDue = true;
      LOG.debug("The keys of other nodes could not be read; retrying", e);
      if (e.kind() == Kind.MISCONFIGURED) {
        found(RINGS, List.of(unread(e)));
      }
    }
  }

  public ServiceHealth inspect(Deadline deadline) {
    for (Backend backend : backends) {
      if (!deadline.isExpired()) {
        look(backend, deadline);
      }
    }
    keysDue = true;
    compareKeys(deadline);
    return health();
  }

  public ServiceHealth health() {
    List<Finding> all = new ArrayList<>(ofService());
    backends.forEach(backend -> all.addAll(found.getOrDefault(backend, List.of())));
    return new ServiceHealth(backends.stream().map(Backend::health).toList(), all, table);
  }

  private List<Finding> ofService() {
    return ofService.values().stream().flatMap(List::stream).toList();
  }

  /** Replaces the findings about one subject of the service itself. */
  public void found(String what, List<Finding> now) {
    List<Finding> judged = now.stream().map(start::judge).toList();
    List<Finding> before = ofService.put(what, judged);
    report(SERVICE, before == null ? List.of() : before, judged);
  }

  /** Checks one server and reports new findings; returns the failure if the check failed. */
  private Optional<StoreException> look(Backend backend, Deadline deadline) {
    return look(backend, () -> backend.inspect(deadline));
  }

  private Optional<StoreException> look(Backend backend, Supplier<List<Finding>> inspection) {
    List<Finding> now;
    Optional<StoreException> failure = Optional.empty();
    try {
      now = inspection.get();
    } catch (StoreException e) {
      if (e.kind() != Kind.MISCONFIGURED) {
        LOG.debug("{} could not be checked", backend.name(), e);
        return Optional.of(e);
      }
      now = List.of(locked(backend, e));
      failure = Optional.of(e);
    }
    List<Finding> judged = now.stream().map(start::judge).toList();
    List<Finding> before = found.put(backend, judged);
    if (failure.isEmpty() && refusals(judged).isEmpty()) {
      due.remove(backend);
    } else {
      // An operator must fix this; the service keeps polling.
      due.add(backend);
    }
    report(backend.name(), before == null ? List.of() : before, judged);
    return failure;
  }

  private static Finding unread(StoreException e) {
    return Finding.warning(
        "keys.unread",
        "whether other nodes have the same keys could not be read: " + e.getMessage(),
        "Until this is fixed, a node with another key ring is not detected");
  }

  /**
   * Creates the finding for a server that denies access: more often a misconfiguration than an
   * outage.
   */
  private static Finding locked(Backend backend, StoreException e) {
    return Finding.warning(
        backend.name().toLowerCase(Locale.ROOT) + ".access",
        String.valueOf(e.getMessage()),
        "Until this is mended the server counts as away");
  }

  private void report(String backend, List<Finding> before, List<Finding> now) {
    Set<Finding> known = new HashSet<>(before);
    for (Finding finding : now) {
      if (!known.contains(finding)) {
        switch (finding.severity()) {
          case NOTE -> operator.info(finding.toString());
          case WARNING -> operator.warn(finding.toString());
          case REFUSAL -> operator.error(finding.toString());
        }
        listener.on(ServiceEvent.FindingReported.of(backend, finding));
      }
    }
  }

  @Override
  public void lost(Backend backend, StoreException last) {
    operator.warn(
        backend.name()
            + " does not answer, its circuit breaker is open: "
            + last.kind()
            + ", "
            + last.getMessage());
    listener.on(new ServiceEvent.BackendUnavailable(backend.name(), last.kind()));
  }

  @Override
  public void recovered(Backend backend, Duration after) {
    LOG.info("{} answers again, after {} ms", backend.name(), after.toMillis());
    listener.on(new ServiceEvent.BackendRecovered(backend.name(), after));
    // After a recovery it may be another server, or have other settings.
    due.add(backend);
  }

  /** Stops watching. The stores own the backends, which may outlive the service. */
  @Override
  public void close() {
    backends.forEach(backend -> backend.unwatch(this));
  }
}
