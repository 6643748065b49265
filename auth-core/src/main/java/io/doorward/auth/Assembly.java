package io.doorward.auth;

import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendAware;
import io.doorward.auth.backend.DegradationTable;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.CacheChecker;
import io.doorward.auth.engine.cache.CacheChecks;
import io.doorward.auth.engine.cache.OutboxRelay;
import io.doorward.auth.engine.change.AccountChanges;
import io.doorward.auth.engine.change.AccountImports;
import io.doorward.auth.engine.change.FencedChange;
import io.doorward.auth.engine.change.ImportCheck;
import io.doorward.auth.engine.change.NameChanges;
import io.doorward.auth.engine.change.NewPasswords;
import io.doorward.auth.engine.change.PasswordChanges;
import io.doorward.auth.engine.change.PasswordProof;
import io.doorward.auth.engine.change.Reopening;
import io.doorward.auth.engine.change.SignUpBudget;
import io.doorward.auth.engine.change.SignUps;
import io.doorward.auth.engine.login.DeviceCookies;
import io.doorward.auth.engine.login.HostLogins;
import io.doorward.auth.engine.login.Logins;
import io.doorward.auth.engine.login.PasswordCheck;
import io.doorward.auth.engine.login.PasswordProofListener;
import io.doorward.auth.engine.login.ThrottlingAuthenticator;
import io.doorward.auth.engine.operation.BackgroundWork;
import io.doorward.auth.engine.operation.ConfigCheck;
import io.doorward.auth.engine.operation.HashCensus;
import io.doorward.auth.engine.operation.KeyReload;
import io.doorward.auth.engine.operation.Maintenance;
import io.doorward.auth.engine.session.RefreshTokens;
import io.doorward.auth.engine.session.Refreshes;
import io.doorward.auth.engine.session.SessionManager;
import io.doorward.auth.engine.session.SessionRegister;
import io.doorward.auth.engine.session.SessionWatches;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.guard.Background;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.session.AccessTokens;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.throttle.AttemptLimiter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a service of its options: all wiring, on one page. The parts depend on what stands above
 * them; background work starts last.
 */
final class Assembly {
  private static final Logger LOG = LoggerFactory.getLogger(AuthService.class);
  private static final Duration MAINTENANCE_DEADLINE = Duration.ofSeconds(5);
  private static final Duration CLEAN_UP_INTERVAL = Duration.ofMinutes(1);
  private static final int CLEAN_UP_BATCH = 1_000;
  private static final Duration BACKLOG_INTERVAL = Duration.ofMinutes(1);

  /** How often a server that does not answer is tried again. */
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  /** With the turn itself, a watch is told within about a second. */
  private static final Duration WATCH_INTERVAL = Duration.ofMillis(750);

  private static final Duration KEY_COMPARISON_INTERVAL = Duration.ofMinutes(1);
  private static final Duration CENSUS_INTERVAL = Duration.ofSeconds(1);
  private static final Duration CENSUS_TURN = Duration.ofMillis(500);

  /** How many login identifiers, and how many networks, the local limiter tracks exactly. */
  private static final int LOCAL_NAMES = 20_000;

  /** Maximum number of attempts that wait on this node at once; each blocks its thread. */
  private static final int ATTEMPTS_WAITING = 64;

  private final AuthServiceBuilder options;
  private final AccountStore store;
  private final TokenStore tokens;
  private final BackgroundWork work;
  private final EngineContext context;
  private final CredentialPath credentials;
  private final DeviceCookies devices;
  private final AttemptLimiter limiter;
  private final Authenticator authenticator;
  private final Authenticator fresh;
  private final Authenticator proof;
  private final RefreshTokens refreshTokens;
  private final SessionManager sessions;
  private final FencedChange changes;
  private final NewPasswords passwords;

  private Assembly(AuthServiceBuilder options) {
    this.options = options;
    store = options.store;
    tokens = options.tokens;

    // Shared by all parts.
    Capacity capacity = options.capacity;
    work =
        options.backgroundExecutor == null
            ? BackgroundWork.owning(capacity.backgroundQueue())
            : BackgroundWork.using(options.backgroundExecutor);
    context =
        new EngineContext(
            EngineContext.RetryBudgets.of(options.maxAttempts),
            new Background(work.executor(), capacity.backgroundDeadline()),
            options.clock,
            options.ticker,
            options.degradation,
            options.listener);

    // Authentication: the throttle wraps the cache, which wraps the database.
    credentials =
        new CredentialPath(
            store,
            tokens::fenceUser,
            new CredentialPath.Options(
                options.cache,
                options.verifyHits,
                options.cacheFill,
                options.hasher,
                capacity,
                options.budgets.failureLimit()),
            context);
    devices =
        new DeviceCookies(
            options.keys,
            options.issuer + '\n' + options.audience,
            options.deviceCookieLifetime,
            options.clock);
    AttemptLimiter local =
        AttemptLimiter.local(options.budgets.attempts(), LOCAL_NAMES, options.ticker);
    limiter = options.limiter == null ? local : options.limiter;
    Bulkhead waiting = Bulkhead.of("attempts that wait their turn", ATTEMPTS_WAITING, 0);
    Function<PasswordCheck, Authenticator> throttled =
        it -> new ThrottlingAuthenticator(it, limiter, local, waiting, context);
    authenticator = throttled.apply(credentials.check);
    fresh = throttled.apply(credentials.check.databaseOnly(options.listener));
    proof =
        throttled.apply(
            credentials.check.databaseOnly(new PasswordProofListener(options.listener)));

    // Sessions, and the tokens that name them.
    AccessTokens accessTokens =
        AccessTokens.builder(options.keys)
            .issuer(options.issuer)
            .audience(options.audience)
            .clock(options.clock)
            .remembered(options.capacity.rememberedTokens())
            .build();
    refreshTokens = new RefreshTokens(options.keys, options.issuer, options.audience);
    sessions =
        new SessionManager(
            tokens,
            accessTokens,
            refreshTokens,
            new SessionManager.Terms(options.sessionPolicy, options.roleModel),
            credentials.invalidator,
            context);

    // Changes of accounts.
    changes = new FencedChange(store, credentials.invalidator, context);
    passwords = new NewPasswords(options.passwordPolicy, credentials.hasher);
  }

  /**
   * Makes a service: checks the servers' settings, then starts background work.
   *
   * @throws IllegalArgumentException if an option is outside its range
   * @throws IllegalStateException if the check of the servers prevents the start
   */
  static AuthService of(AuthServiceBuilder options) {
    return new Assembly(options).start();
  }

  private AuthService start() {
    Maintenance maintenance =
        new Maintenance(
            tokens, store, new OutboxRelay(store, credentials.invalidator, context), context);
    ConfigCheck configCheck = checkConfig();
    Optional<KeyReload> keyReload =
        Optional.ofNullable(options.keySource)
            .map(source -> new KeyReload(options.keys, source, configCheck, options.ticker));
    keyReload.ifPresent(
        it -> work.every(options.keyReloadInterval, () -> it.offer(work.executor())));
    SessionWatches watches = new SessionWatches(tokens, context);
    work.every(WATCH_INTERVAL, watches::offerTurn);
    schedule(maintenance, configCheck);

    Lifecycle lifecycle = new Lifecycle();
    List<Runnable> closers = List.copyOf(options.closers);
    CacheChecker checker =
        new CacheChecker(store, credentials.cache, tokens::peekUser, tokens::fenceUser, context);
    AccountChanges accounts = new AccountChanges(store, changes, passwords, options.listener);
    DoorwardAuthService.Doors doors =
        new DoorwardAuthService.Doors(
            new SessionsDoor(
                sessions,
                new HostLogins(store, sessions, devices, context),
                new Refreshes(sessions, tokens, refreshTokens, options.sessionPolicy, context),
                new SessionsDoor.Readers(new SessionRegister(tokens, context), watches),
                lifecycle,
                context.calls(Part.TOKEN_STORE)),
            new RecoveryDoor(accounts, lifecycle),
            new AdminDoor(
                accounts,
                new NameChanges(store, changes, options.listener),
                imports(),
                store,
                context.calls(Part.ACCOUNT_STORE),
                lifecycle),
            new OperationsDoor(
                configCheck,
                maintenance,
                new CacheChecks(checker, context),
                options.keys,
                keyReload,
                lifecycle),
            lifecycle);
    return new DoorwardAuthService(
        signUps(),
        new Logins(authenticator, fresh, sessions, devices, context),
        sessions,
        passwordChanges(),
        doors,
        () -> {
          configCheck.close();
          work.close();
          lifecycle.closeAll(closers);
        });
  }

  private AccountImports imports() {
    return new AccountImports(
        store,
        new ImportCheck(credentials.hasher::whyUnreadable, options.clock),
        context.calls(Part.ACCOUNT_STORE),
        options.listener);
  }

  private SignUps signUps() {
    SignUpBudget budget = new SignUpBudget(options.budgets, LOCAL_NAMES, options.ticker);
    return new SignUps(
        store,
        changes,
        passwords,
        new SignUps.Terms(options.initialStatus, budget),
        credentials.filler,
        options.listener);
  }

  private PasswordChanges passwordChanges() {
    return new PasswordChanges(
        store,
        changes,
        passwords,
        new PasswordProof(proof, devices),
        new Reopening(sessions, devices, context.calls(Part.TOKEN_STORE)),
        options.listener);
  }

  /** Logs the behaviour in an outage, and checks the servers. No background work runs before. */
  private ConfigCheck checkConfig() {
    DegradationTable table = degradationTable();
    LOG.info(
        "Doorward starts: credential cache {}, sessions in {}, attempts counted by {}. While"
            + " servers are away:\n{}",
        options.cache.getClass().getSimpleName(),
        tokens.getClass().getSimpleName(),
        limiter.getClass().getSimpleName(),
        table);
    ConfigCheck check =
        new ConfigCheck(
            backends(), options.keys, options.startPolicy, table, store, options.listener);
    check.atStart();
    return check;
  }

  private void schedule(Maintenance maintenance, ConfigCheck configCheck) {
    work.every(LOOK_INTERVAL, configCheck::lookAgain);
    work.every(KEY_COMPARISON_INTERVAL, configCheck::keysAreDue);
    if (options.countUnreadableHashes) {
      HashCensus census =
          new HashCensus(
              store,
              credentials.hasher::whyUnreadable,
              findings -> configCheck.found("hashes", findings));
      work.every(CENSUS_INTERVAL, () -> census.turn(Deadline.after(CENSUS_TURN)));
    }
    work.every(
        options.relayInterval,
        () -> maintenance.relayInvalidations(Deadline.after(MAINTENANCE_DEADLINE)));
    work.every(
        CLEAN_UP_INTERVAL,
        () -> maintenance.cleanUpAll(CLEAN_UP_BATCH, Deadline.after(MAINTENANCE_DEADLINE)));
    work.every(
        BACKLOG_INTERVAL, () -> maintenance.reportBacklog(Deadline.after(MAINTENANCE_DEADLINE)));
  }

  private DegradationTable degradationTable() {
    return DegradationTable.of(
        new DegradationTable.Assembly(
            tokens.location(),
            options.cache != CredentialCache.none(),
            options.limiter != null,
            options.degradation,
            options.startPolicy));
  }

  /** Returns the servers behind the stores, each once. */
  private Collection<Backend> backends() {
    Set<Backend> all = new LinkedHashSet<>();
    for (Object part : Arrays.asList(store, tokens, options.cache, options.limiter)) {
      if (part instanceof BackendAware known) {
        all.addAll(known.backends());
      }
    }
    return all;
  }
}
