package io.doorward.auth.micrometer;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccessEvent.Budget;
import io.doorward.auth.event.AccessEvent.BudgetSpent;
import io.doorward.auth.event.AccessEvent.LoggedOut;
import io.doorward.auth.event.AccessEvent.LoginOverLimit;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.LoginRejected;
import io.doorward.auth.event.AccessEvent.LoginSucceeded;
import io.doorward.auth.event.AccessEvent.LoginThrottled;
import io.doorward.auth.event.AccessEvent.LoginUnavailable;
import io.doorward.auth.event.AccessEvent.OldestSessionsEnded;
import io.doorward.auth.event.AccessEvent.RefreshRefusal;
import io.doorward.auth.event.AccessEvent.RefreshRejected;
import io.doorward.auth.event.AccessEvent.RefreshTokenReused;
import io.doorward.auth.event.AccessEvent.RequestRefusal;
import io.doorward.auth.event.AccessEvent.RequestRefused;
import io.doorward.auth.event.AccessEvent.SessionsRevoked;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.AccessEvent.Step;
import io.doorward.auth.event.AccessEvent.TokenRefusal;
import io.doorward.auth.event.AccessEvent.TokenRejected;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AccountEvent.AccountDeleted;
import io.doorward.auth.event.AccountEvent.AccountName;
import io.doorward.auth.event.AccountEvent.CredentialRenewed;
import io.doorward.auth.event.AccountEvent.ExternalIdCleared;
import io.doorward.auth.event.AccountEvent.ExternalIdSet;
import io.doorward.auth.event.AccountEvent.IdentityLinked;
import io.doorward.auth.event.AccountEvent.IdentityUnlinked;
import io.doorward.auth.event.AccountEvent.LoginIdAdded;
import io.doorward.auth.event.AccountEvent.LoginIdChanged;
import io.doorward.auth.event.AccountEvent.LoginIdRemoved;
import io.doorward.auth.event.AccountEvent.NameChangeRefused;
import io.doorward.auth.event.AccountEvent.NameRefusal;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefusal;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefused;
import io.doorward.auth.event.AccountEvent.PasswordChanged;
import io.doorward.auth.event.AccountEvent.PasswordSet;
import io.doorward.auth.event.AccountEvent.RolesChanged;
import io.doorward.auth.event.AccountEvent.SignUpRefusal;
import io.doorward.auth.event.AccountEvent.SignUpRefused;
import io.doorward.auth.event.AccountEvent.SignedUp;
import io.doorward.auth.event.AccountEvent.StatusChanged;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.event.ServiceEvent.BackendRecovered;
import io.doorward.auth.event.ServiceEvent.BackendUnavailable;
import io.doorward.auth.event.ServiceEvent.CacheFillSkipped;
import io.doorward.auth.event.ServiceEvent.CachedValue;
import io.doorward.auth.event.ServiceEvent.CleanedUp;
import io.doorward.auth.event.ServiceEvent.DriftFound;
import io.doorward.auth.event.ServiceEvent.FillFailure;
import io.doorward.auth.event.ServiceEvent.FindingReported;
import io.doorward.auth.event.ServiceEvent.InvalidationBacklog;
import io.doorward.auth.event.ServiceEvent.InvalidationsRelayed;
import io.doorward.auth.event.ServiceEvent.PrimaryDiscovered;
import io.doorward.auth.event.ServiceEvent.SealedValueRejected;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Counts what happens in the meters of a registry, all called {@code doorward.*}. Give it to the
 * builders as a listener, with others by {@link AuthListener#all}. {@code docs/metrics.md} lists
 * every meter and what to alarm on.
 *
 * <p>Series that are known beforehand are registered at once, so that a rate has a zero to start
 * from. Every event is also counted in {@code doorward.events} under the name of its type, and one
 * of a type that is not the library's under {@code other}.
 *
 * <p>Security: a tag has a value of an enum, a name that is known here, or {@code other}. No
 * account, session, network or role becomes a tag, so no caller can make a registry grow.
 *
 * <p>Thread-safe. Two services with one registry add up; give each registry or each service common
 * tags to tell them apart. The registry is not closed here.
 */
public final class AuthMetrics implements AuthListener {
  private static final String NONE = "none";
  private static final String OTHER = "other";
  private static final String UNKNOWN = "unknown";

  /** The servers that events name. */
  private static final List<String> SERVERS = List.of("PostgreSQL", "Redis");

  private static final Set<String> SEALED_VALUES =
      Set.of("credential entry", "user record", "session");

  private static final Set<Class<?>> KNOWN_EVENTS =
      Stream.of(AccessEvent.class, AccountEvent.class, ServiceEvent.class)
          .flatMap(topic -> Arrays.stream(topic.getDeclaredClasses()))
          .filter(AuthEvent.class::isAssignableFrom)
          .collect(Collectors.toUnmodifiableSet());

  private final MeterRegistry registry;
  private final Map<Class<?>, Consumer<AuthEvent>> meters = new HashMap<>();
  private final Map<String, AtomicInteger> up = new HashMap<>();

  private AuthMetrics(MeterRegistry registry) {
    this.registry = registry;
    for (AuthEvent.Level level : AuthEvent.Level.values()) {
      CounterFamily.EVENTS.of(registry, "event", OTHER, "level", word(level));
    }
    countLogins();
    countRefusals();
    countChanges();
    countWhatCachesDo();
    countBackgroundWork();
    watchServers();
    when(InvalidationBacklog.class, BacklogGauges.in(registry)::reported);
  }

  /**
   * Registers the meters.
   *
   * @param registry where to
   * @return the listener that counts in them
   */
  public static AuthMetrics of(MeterRegistry registry) {
    return new AuthMetrics(requireNonNull(registry, "registry"));
  }

  @Override
  public void on(AuthEvent event) {
    CounterFamily.EVENTS
        .of(registry, "event", name(event.getClass()), "level", word(event.level()))
        .increment();
    meters.getOrDefault(event.getClass(), unused -> {}).accept(event);
  }

  private static String name(Class<?> type) {
    return KNOWN_EVENTS.contains(type) ? type.getSimpleName() : OTHER;
  }

  private void countLogins() {
    countBy(
        LoginSucceeded.class,
        Source.class,
        LoginSucceeded::source,
        source -> login("accepted", NONE, word(source)));
    countBy(
        LoginRejected.class,
        LoginRefusal.class,
        LoginRejected::reason,
        reason -> login("rejected", word(reason), NONE));
    Counter throttled = login("throttled", NONE, NONE);
    when(LoginThrottled.class, event -> throttled.increment());
    Counter overLimit = login("over_limit", NONE, NONE);
    when(LoginOverLimit.class, event -> overLimit.increment());
    Counter unavailable = login("unavailable", NONE, NONE);
    when(LoginUnavailable.class, event -> unavailable.increment());

    for (Budget budget : Budget.values()) {
      throttled(word(budget));
    }
    throttled(UNKNOWN);
    when(
        LoginThrottled.class,
        event -> throttled(event.budget().map(AuthMetrics::word).orElse(UNKNOWN)).increment());
    countBy(
        BudgetSpent.class,
        Budget.class,
        BudgetSpent::budget,
        budget -> CounterFamily.SPENT_BUDGETS.of(registry, "budget", word(budget)));
    for (Step step : Step.values()) {
      timer(step);
    }
    when(
        LoginSucceeded.class,
        event -> event.timings().forEach((step, took) -> timer(step).record(took)));
  }

  private Counter login(String outcome, String reason, String source) {
    return CounterFamily.LOGINS.of(
        registry, "outcome", outcome, "reason", reason, "source", source);
  }

  private Counter throttled(String budget) {
    return CounterFamily.THROTTLED.of(registry, "budget", budget);
  }

  private Timer timer(Step step) {
    return Timer.builder("doorward.login.step")
        .description("How long each part of an accepted login took")
        .tag("step", word(step))
        .register(registry);
  }

  private void countRefusals() {
    countBy(
        TokenRejected.class,
        TokenRefusal.class,
        TokenRejected::reason,
        reason -> CounterFamily.REFUSED_TOKENS.of(registry, "reason", word(reason)));
    countBy(
        RefreshRejected.class,
        RefreshRefusal.class,
        RefreshRejected::reason,
        reason -> CounterFamily.REFUSED_REFRESHES.of(registry, "reason", word(reason)));
    countBy(
        RequestRefused.class,
        RequestRefusal.class,
        RequestRefused::reason,
        reason -> CounterFamily.REFUSED_REQUESTS.of(registry, "reason", word(reason)));
    countBy(
        SignUpRefused.class,
        SignUpRefusal.class,
        SignUpRefused::reason,
        reason -> refusedChange("sign_up", word(reason)));
    countBy(
        PasswordChangeRefused.class,
        PasswordChangeRefusal.class,
        PasswordChangeRefused::reason,
        reason -> refusedChange("password", word(reason)));
    for (AccountName name : AccountName.values()) {
      for (NameRefusal reason : NameRefusal.values()) {
        refusedChange(word(name), word(reason));
      }
    }
    when(
        NameChangeRefused.class,
        event -> refusedChange(word(event.name()), word(event.reason())).increment());
  }

  private Counter refusedChange(String change, String reason) {
    return CounterFamily.REFUSED_CHANGES.of(registry, "change", change, "reason", reason);
  }

  private void countChanges() {
    countChange(SignedUp.class, "sign_up");
    countChange(PasswordChanged.class, "password");
    countChange(PasswordSet.class, "password_set");
    countChange(StatusChanged.class, "status");
    countChange(RolesChanged.class, "roles");
    countChange(LoginIdChanged.class, "login_id");
    countChange(LoginIdAdded.class, "login_id_added");
    countChange(LoginIdRemoved.class, "login_id_removed");
    countUncached(ExternalIdSet.class, "external_id");
    countUncached(ExternalIdCleared.class, "external_id");
    countUncached(IdentityLinked.class, "external_identity");
    countUncached(IdentityUnlinked.class, "external_identity");
    countChange(CredentialRenewed.class, "credential");
    countChange(AccountDeleted.class, "deletion");
    countChange(LoggedOut.class, "logout");
    countChange(SessionsRevoked.class, "logout_all");
    countChange(OldestSessionsEnded.class, "session_limit");
    countChange(RefreshTokenReused.class, "token_reuse");

    Counter one = CounterFamily.ENDED_SESSIONS.of(registry, "by", "logout");
    when(LoggedOut.class, event -> one.increment());
    Counter all = CounterFamily.ENDED_SESSIONS.of(registry, "by", "logout_all");
    when(SessionsRevoked.class, event -> add(all, event.sessions()));
    Counter oldest = CounterFamily.ENDED_SESSIONS.of(registry, "by", "session_limit");
    when(OldestSessionsEnded.class, event -> add(oldest, event.sessions()));
    Counter reused = CounterFamily.ENDED_SESSIONS.of(registry, "by", "token_reuse");
    when(RefreshTokenReused.class, event -> reused.increment());
  }

  private void countChange(Class<? extends AuthEvent.Committed> type, String change) {
    Counter told = CounterFamily.CHANGES.of(registry, "change", change, "cache", "told");
    Counter pending = CounterFamily.CHANGES.of(registry, "change", change, "cache", "pending");
    when(type, event -> (event.cachePending() ? pending : told).increment());
  }

  /** What no cache holds counts as told. */
  private void countUncached(Class<? extends AuthEvent> type, String change) {
    Counter told = CounterFamily.CHANGES.of(registry, "change", change, "cache", "told");
    when(type, event -> told.increment());
  }

  private void countWhatCachesDo() {
    countBy(
        CacheFillSkipped.class,
        FillFailure.class,
        CacheFillSkipped::failure,
        failure -> CounterFamily.SKIPPED_FILLS.of(registry, "failure", word(failure)));
    SEALED_VALUES.forEach(this::rejectedValue);
    when(SealedValueRejected.class, event -> rejectedValue(event.what()).increment());
    for (CachedValue value : CachedValue.values()) {
      for (boolean repaired : new boolean[] {true, false}) {
        drift(value, repaired);
      }
    }
    when(DriftFound.class, event -> drift(event.what(), event.repaired()).increment());
    for (boolean believed : new boolean[] {true, false}) {
      primary(believed);
    }
    when(PrimaryDiscovered.class, event -> primary(event.believed()).increment());
  }

  private Counter rejectedValue(String what) {
    return CounterFamily.REJECTED_VALUES.of(
        registry, "value", SEALED_VALUES.contains(what) ? what : OTHER);
  }

  private Counter drift(CachedValue value, boolean repaired) {
    return CounterFamily.DRIFTED.of(
        registry, "value", word(value), "repaired", String.valueOf(repaired));
  }

  private Counter primary(boolean believed) {
    return CounterFamily.PRIMARIES.of(registry, "believed", String.valueOf(believed));
  }

  private void countBackgroundWork() {
    when(BackendFailed.class, event -> failure(event.backend(), event.kind()).increment());
    Counter delivered = CounterFamily.RELAYED.of(registry, "outcome", "delivered");
    Counter failed = CounterFamily.RELAYED.of(registry, "outcome", "failed");
    when(
        InvalidationsRelayed.class,
        event -> {
          add(delivered, event.delivered());
          add(failed, event.failed());
        });
    Counter sessions = CounterFamily.CLEANED.of(registry, "rows", "sessions");
    Counter outbox = CounterFamily.CLEANED.of(registry, "rows", "outbox");
    Counter operations = CounterFamily.CLEANED.of(registry, "rows", "operations");
    when(
        CleanedUp.class,
        event -> {
          add(sessions, event.sessions());
          add(outbox, event.outboxRows());
          add(operations, event.operations());
        });
  }

  /** A server is up until it is said to be lost. */
  private void watchServers() {
    for (String server : SERVERS) {
      AtomicInteger isUp = new AtomicInteger(1);
      up.put(server, isUp);
      Gauge.builder("doorward.answering.backends", isUp, AtomicInteger::get)
          .description("1 while a server answers, 0 while its circuit breaker is open")
          .baseUnit("backends")
          .tag("backend", server)
          .register(registry);
      lost(server);
      outages(server);
    }
    when(
        BackendUnavailable.class,
        event -> {
          lost(event.backend()).increment();
          setUp(event.backend(), 0);
        });
    when(
        BackendRecovered.class,
        event -> {
          outages(event.backend()).record(event.after());
          setUp(event.backend(), 1);
        });
    countBy(
        FindingReported.class,
        Finding.Severity.class,
        FindingReported::severity,
        severity -> CounterFamily.FINDINGS.of(registry, "severity", word(severity)));
  }

  private void setUp(String server, int value) {
    AtomicInteger known = up.get(server);
    if (known != null) {
      known.set(value);
    }
  }

  private Counter lost(String server) {
    return CounterFamily.LOST.of(registry, "backend", SERVERS.contains(server) ? server : OTHER);
  }

  private Timer outages(String server) {
    return Timer.builder("doorward.backend.outages")
        .description("How long servers were lost")
        .tag("backend", SERVERS.contains(server) ? server : OTHER)
        .register(registry);
  }

  private Counter failure(AuthEvent.Part part, StoreException.Kind kind) {
    return CounterFamily.FAILURES.of(registry, "backend", part.text(), "kind", word(kind));
  }

  /** Counts an event by one of its components, and registers a counter for each of its values. */
  private <E extends AuthEvent, T extends Enum<T>> void countBy(
      Class<E> type, Class<T> values, Function<E, T> value, Function<T, Counter> counter) {
    Map<T, Counter> counters = new EnumMap<>(values);
    for (T constant : values.getEnumConstants()) {
      counters.put(constant, counter.apply(constant));
    }
    when(type, event -> requireNonNull(counters.get(value.apply(event))).increment());
  }

  /** Registers the handler of a type of events. */
  private <E extends AuthEvent> void when(Class<E> type, Consumer<E> meter) {
    meters.merge(type, event -> meter.accept(type.cast(event)), Consumer::andThen);
  }

  /** A counter never goes back. */
  private static void add(Counter counter, int amount) {
    counter.increment(Math.max(0, amount));
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
