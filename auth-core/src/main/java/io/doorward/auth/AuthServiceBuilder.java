package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CacheFill;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.BackendAware;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.backend.DegradationTable;
import io.doorward.auth.backend.StartPolicy;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.EngineContext.Budgets;
import io.doorward.auth.engine.cache.CacheChecker;
import io.doorward.auth.engine.cache.CacheChecks;
import io.doorward.auth.engine.cache.CacheFiller;
import io.doorward.auth.engine.cache.CredentialReads;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.engine.cache.OutboxRelay;
import io.doorward.auth.engine.cache.VerifiedCredentialCache;
import io.doorward.auth.engine.change.AccountChanges;
import io.doorward.auth.engine.change.FencedChange;
import io.doorward.auth.engine.change.NewPasswords;
import io.doorward.auth.engine.change.PasswordChanges;
import io.doorward.auth.engine.change.PasswordProof;
import io.doorward.auth.engine.change.Reopening;
import io.doorward.auth.engine.change.SignUpBudget;
import io.doorward.auth.engine.change.SignUps;
import io.doorward.auth.engine.login.BoundedHasher;
import io.doorward.auth.engine.login.CachingAuthenticator;
import io.doorward.auth.engine.login.CredentialUpkeep;
import io.doorward.auth.engine.login.DeviceCookies;
import io.doorward.auth.engine.login.FailureCount;
import io.doorward.auth.engine.login.Logins;
import io.doorward.auth.engine.login.PasswordCheck;
import io.doorward.auth.engine.login.PasswordProofListener;
import io.doorward.auth.engine.login.Rehasher;
import io.doorward.auth.engine.login.ThrottlingAuthenticator;
import io.doorward.auth.engine.operation.BackgroundWork;
import io.doorward.auth.engine.operation.ConfigCheck;
import io.doorward.auth.engine.operation.HashCensus;
import io.doorward.auth.engine.operation.Maintenance;
import io.doorward.auth.engine.session.SessionManager;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.Background;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.guard.Retries;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.session.AccessTokens;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds an {@link AuthService}; {@link #build} assembles all of its parts. Not thread-safe.
 *
 * <p>Every optional setting has the default that its setter documents. The application closes the
 * stores and executors that it passes.
 */
public final class AuthServiceBuilder {
  private static final Logger LOG = LoggerFactory.getLogger(AuthService.class);
  private static final Duration MAINTENANCE_DEADLINE = Duration.ofSeconds(5);
  private static final Duration CLEAN_UP_INTERVAL = Duration.ofMinutes(1);
  private static final int CLEAN_UP_BATCH = 1_000;
  private static final Duration BACKLOG_INTERVAL = Duration.ofMinutes(1);

  /** How often a server that does not answer is tried again. */
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  private static final Duration KEY_COMPARISON_INTERVAL = Duration.ofMinutes(1);
  private static final Duration CENSUS_INTERVAL = Duration.ofSeconds(1);
  private static final Duration CENSUS_TURN = Duration.ofMillis(500);

  private static final Duration MIN_RELAY_INTERVAL = Duration.ofMillis(10);
  private static final Duration MAX_RELAY_INTERVAL = Duration.ofDays(1);

  /** How many login identifiers, and how many networks, the local limiter tracks exactly. */
  private static final int LOCAL_NAMES = 20_000;

  /** Maximum number of attempts that wait on this node at once; each blocks its thread. */
  private static final int ATTEMPTS_WAITING = 64;

  private final AccountStore store;
  private final TokenStore tokens;
  private final KeyRing keys;

  private CredentialCache cache = CredentialCache.none();
  private @Nullable AttemptLimiter limiter;
  private AttemptBudgets budgets = AttemptBudgets.defaults();
  private int signUpsOfNetwork = 50;
  private int signUpsOfNode = 3_000;
  private PasswordHasher hasher = PasswordHasher.standard();
  private int hashingPermits = Runtime.getRuntime().availableProcessors();
  private int hashingQueue = 4 * Runtime.getRuntime().availableProcessors();
  private int loginReads = 3;
  private int loginReadQueue = 256;
  private int versionProbes = 1;
  private int versionProbeQueue = 64;
  private Duration deviceCookieLifetime = Duration.ofDays(180);
  private int failureLimit = 100;
  private PasswordPolicy passwordPolicy = PasswordPolicy.defaults();
  private SessionPolicy sessionPolicy = SessionPolicy.defaults();
  private AccountStatus initialStatus = AccountStatus.ACTIVE;
  private String issuer = "doorward";
  private String audience = "doorward";
  private CacheFill cacheFill = CacheFill.BACKGROUND;
  private boolean verifyHits;
  private Degradation degradation = Degradation.defaults();
  private StartPolicy startPolicy = StartPolicy.defaults();
  private Duration backgroundDeadline = Duration.ofSeconds(2);
  private int backgroundQueue = 1_024;
  private @Nullable Executor backgroundExecutor;
  private Duration relayInterval = Duration.ofSeconds(1);
  private boolean countUnreadableHashes;
  private int maxAttempts = 3;
  private AuthListener listener = AuthListener.none();
  private InstantSource clock = InstantSource.system();
  private Ticker ticker = Ticker.system();

  AuthServiceBuilder(AccountStore store, TokenStore tokens, KeyRing keys) {
    this.store = requireNonNull(store, "accounts");
    this.tokens = requireNonNull(tokens, "tokens");
    this.keys = requireNonNull(keys, "keys");
  }

  /**
   * Sets the credential cache. Default: none; every login reads the database.
   *
   * @param cache shared by all nodes
   * @return this
   */
  public AuthServiceBuilder credentialCache(CredentialCache cache) {
    this.cache = requireNonNull(cache, "cache");
    return this;
  }

  /**
   * Sets the attempt limiter that all nodes share. Default: each node counts by itself, in memory.
   * While the shared limiter cannot answer, a local one counts instead and keeps the failures that
   * could not be recorded in the shared one.
   *
   * @param limiter shared by all nodes
   * @return this
   */
  public AuthServiceBuilder attemptLimiter(AttemptLimiter limiter) {
    this.limiter = requireNonNull(limiter, "limiter");
    return this;
  }

  /**
   * Sets the budgets of the local limiter. Default: {@link AttemptBudgets#defaults()}.
   *
   * @param budgets the numbers; give the shared limiter the same
   * @return this
   */
  public AuthServiceBuilder attemptBudgets(AttemptBudgets budgets) {
    this.budgets = requireNonNull(budgets, "budgets");
    return this;
  }

  /**
   * Limits the sign-ups that each node hashes within {@link AttemptBudgets#networkWindow}. Further
   * sign-ups are throttled. Sign-ups with a taken login identifier count too.
   *
   * @param ofNetwork of one network; positive, default 50
   * @param ofNode of all networks together, refilled evenly; positive, default 3,000. Five a second
   *     use about half of a core
   * @return this
   * @throws IllegalArgumentException if a number is not positive
   */
  public AuthServiceBuilder signUps(int ofNetwork, int ofNode) {
    if (ofNetwork < 1) {
      throw new IllegalArgumentException("ofNetwork must be positive: " + ofNetwork);
    }
    if (ofNode < 1) {
      throw new IllegalArgumentException("ofNode must be positive: " + ofNode);
    }
    this.signUpsOfNetwork = ofNetwork;
    this.signUpsOfNode = ofNode;
    return this;
  }

  /**
   * Sets the password hasher. Default: {@link PasswordHasher#standard()}.
   *
   * @param hasher hashes and compares
   * @return this
   */
  public AuthServiceBuilder passwordHasher(PasswordHasher hasher) {
    this.hasher = requireNonNull(hasher, "hasher");
    return this;
  }

  /**
   * Limits concurrent hashing. Each permit costs a core and, with the standard hasher, 19 MiB while
   * it is in use. Default: as many permits as cores, and in each lane four waiting callers for each
   * permit. Clients on known devices wait in a separate lane, see {@link #deviceCookieLifetime}.
   *
   * @param permits how many hashes run at once, 1 to 1,048,576; {@link #build} refuses other values
   * @param queue how many callers may wait for a permit in each lane, 0 to 1,048,576; further
   *     callers are answered as unavailable
   * @return this
   */
  public AuthServiceBuilder hashing(int permits, int queue) {
    this.hashingPermits = permits;
    this.hashingQueue = queue;
    return this;
  }

  /**
   * Limits the concurrent database reads of logins that miss the cache or cannot reach it, so that
   * a lost cache does not use up every connection. Default: 3 at once and 256 waiting in each lane.
   * Keep the sum of all such limits below the size of the connection pool.
   *
   * @param permits how many at once, 1 to 1,048,576; {@link #build} refuses other values
   * @param queue how many may wait in each lane, 0 to 1,048,576; further logins are answered as
   *     unavailable at once
   * @return this
   */
  public AuthServiceBuilder loginReads(int permits, int queue) {
    this.loginReads = permits;
    this.loginReadQueue = queue;
    return this;
  }

  /**
   * Limits the concurrent reads by primary key that compare a cached credential with the database:
   * before a login is rejected from the cache, and with {@link #verifyHits} at every hit. Default:
   * one at once and 64 waiting in each lane.
   *
   * @param permits how many at once, 1 to 1,048,576; {@link #build} refuses other values
   * @param queue how many may wait in each lane, 0 to 1,048,576. If the queue is full, a rejection
   *     from the cache stands, as it does in a database outage; a hit is read through {@link
   *     #loginReads} instead
   * @return this
   */
  public AuthServiceBuilder versionProbes(int permits, int queue) {
    this.versionProbes = permits;
    this.versionProbeQueue = queue;
    return this;
  }

  /**
   * Sets how long a device stays known after a login. A known device has its own budget of attempts
   * and waits in the preferred lane under load. Default: 180 days.
   *
   * @param lifetime 1 h to 400 d, {@link #build} refuses other values; a shorter lifetime also
   *     applies to cookies issued before
   * @return this
   */
  public AuthServiceBuilder deviceCookieLifetime(Duration lifetime) {
    this.deviceCookieLifetime = requireNonNull(lifetime, "lifetime");
    return this;
  }

  /**
   * Sets the number of wrong passwords, from all clients together, after which an account accepts
   * its password from {@linkplain #deviceCookieLifetime known devices} only. A successful login
   * from a known device or a password change lifts the restriction. Default: 100, the maximum that
   * NIST SP 800-63B-4 allows.
   *
   * @param failures positive, {@link #build} refuses other values; the same on every node
   * @return this
   */
  public AuthServiceBuilder failureLimit(int failures) {
    this.failureLimit = failures;
    return this;
  }

  /**
   * Sets the policy for new passwords. Default: {@link PasswordPolicy#defaults()}.
   *
   * @param policy applied at sign-up and at a password change
   * @return this
   */
  public AuthServiceBuilder passwordPolicy(PasswordPolicy policy) {
    this.passwordPolicy = requireNonNull(policy, "policy");
    return this;
  }

  /**
   * Sets the lifetimes of sessions. Default: {@link SessionPolicy#defaults()}.
   *
   * @param policy the durations
   * @return this
   */
  public AuthServiceBuilder sessionPolicy(SessionPolicy policy) {
    this.sessionPolicy = requireNonNull(policy, "policy");
    return this;
  }

  /**
   * Sets the status of a new account. Default: {@link AccountStatus#ACTIVE}. With {@link
   * AccountStatus#PENDING}, the account cannot log in until it is made active.
   *
   * @param status of accounts that sign up
   * @return this
   */
  public AuthServiceBuilder initialStatus(AccountStatus status) {
    this.initialStatus = requireNonNull(status, "status");
    return this;
  }

  /**
   * Sets the issuer of access tokens ({@code iss}, RFC 7519). Default: {@code doorward}.
   *
   * @param issuer the issuer's name; the same on every node
   * @return this
   */
  public AuthServiceBuilder issuer(String issuer) {
    this.issuer = requireNonNull(issuer, "issuer");
    return this;
  }

  /**
   * Sets the audience of access tokens ({@code aud}, RFC 7519). Default: {@code doorward}.
   * Applications that share signing keys need different audiences.
   *
   * @param audience the audience's name; the same on every node
   * @return this
   */
  public AuthServiceBuilder audience(String audience) {
    this.audience = requireNonNull(audience, "audience");
    return this;
  }

  /**
   * Sets when a credential goes into the cache. Default: {@link CacheFill#BACKGROUND}.
   *
   * @param cacheFill before or after the answer
   * @return this
   */
  public AuthServiceBuilder cacheFill(CacheFill cacheFill) {
    this.cacheFill = requireNonNull(cacheFill, "cacheFill");
    return this;
  }

  /**
   * Sets whether every cached credential is compared with the database before it is used, at the
   * cost of one read by primary key per login. Default: false. The library invalidates the cache at
   * every change; the comparison also catches changes that bypassed it. While the database does not
   * answer, cached credentials are used without the comparison.
   *
   * @param verifyHits true to compare
   * @return this
   */
  public AuthServiceBuilder verifyHits(boolean verifyHits) {
    this.verifyHits = verifyHits;
    return this;
  }

  /**
   * Sets how the service behaves while servers are unavailable. Default: {@link
   * Degradation#defaults()}.
   *
   * @param degradation the choices
   * @return this
   */
  public AuthServiceBuilder degradation(Degradation degradation) {
    this.degradation = requireNonNull(degradation, "degradation");
    return this;
  }

  /**
   * Sets how {@link #build} treats unavailable servers and wrong settings. Default: {@link
   * StartPolicy#defaults()}.
   *
   * @param startPolicy what prevents the start, and how long {@link #build} waits for servers
   * @return this
   */
  public AuthServiceBuilder startPolicy(StartPolicy startPolicy) {
    this.startPolicy = requireNonNull(startPolicy, "startPolicy");
    return this;
  }

  /**
   * Counts once, in the background after the start, the accounts whose stored hash can match no
   * password, for instance because its scheme is not supported or its cost is above the accepted
   * maximum. After all accounts have been read, a {@link io.doorward.auth.backend.Finding} with the
   * code {@code passwords.unreadable} reports their number and the reason for the first of each
   * kind. Default: not counted. The count reads at most 250 accounts a second, one after another by
   * primary key. Enable it on one node after an import of hashes. A node that counts also learns
   * the cost of every stored hash, so that a refusal takes the same time for all accounts from then
   * on. Enable it on all nodes while there are hashes of older schemes.
   *
   * @return this
   */
  public AuthServiceBuilder countUnreadableHashes() {
    this.countUnreadableHashes = true;
    return this;
  }

  /**
   * Limits background work on the service's own pool of two threads. Default: 2 s a task and 1,024
   * waiting tasks. Further tasks are dropped, with an event.
   *
   * @param deadline how long one task may take; positive, {@link #build} refuses other values
   * @param queue how many tasks may wait; 1 to 1,048,576, {@link #build} refuses other values
   * @return this
   */
  public AuthServiceBuilder background(Duration deadline, int queue) {
    this.backgroundDeadline = requireNonNull(deadline, "deadline");
    this.backgroundQueue = queue;
    return this;
  }

  /**
   * Sets the executor for background work. Default: the service's own pool. The executor should be
   * bounded, and should reject a task rather than run it on the caller's thread. The service does
   * not close it.
   *
   * @param executor runs fills, touches and rehashes
   * @return this
   */
  public AuthServiceBuilder backgroundExecutor(Executor executor) {
    this.backgroundExecutor = requireNonNull(executor, "executor");
    return this;
  }

  /**
   * Sets the interval at which the relay reads pending invalidations. Default: 1 s.
   *
   * @param interval between two runs; 10 ms to 1 d, {@link #build} refuses other values
   * @return this
   */
  public AuthServiceBuilder relayInterval(Duration interval) {
    this.relayInterval = requireNonNull(interval, "interval");
    return this;
  }

  /**
   * Sets the maximum number of attempts of a backend call, including the first. Default: 3. See
   * {@link Retries}.
   *
   * @param maxAttempts 1 to 10, {@link #build} refuses other values
   * @return this
   */
  public AuthServiceBuilder maxAttempts(int maxAttempts) {
    this.maxAttempts = maxAttempts;
    return this;
  }

  /**
   * Sets the event listener. Default: none.
   *
   * @param listener called on the thread on which the event occurs
   * @return this
   */
  public AuthServiceBuilder listener(AuthListener listener) {
    this.listener = AuthListener.guarded(listener);
    return this;
  }

  /**
   * Sets the clocks, for tests. Default: the system's.
   *
   * @param clock the time of day
   * @param ticker elapsed time
   * @return this
   */
  public AuthServiceBuilder clocks(InstantSource clock, Ticker ticker) {
    this.clock = requireNonNull(clock, "clock");
    this.ticker = requireNonNull(ticker, "ticker");
    return this;
  }

  /**
   * Validates the options, checks the servers' settings, assembles the service and starts its
   * background work. Blocks during the check of the servers, see {@link #startPolicy}.
   *
   * @return the service; the caller closes it
   * @throws IllegalArgumentException if an option is outside its range
   * @throws IllegalStateException if the check found a misconfiguration under which the guarantees
   *     cannot hold, or a required server does not answer; the message says what to do
   */
  public AuthService build() {
    requireRelayInterval();

    // Shared by all parts. Each backend has its own retry budget.
    BackgroundWork work =
        backgroundExecutor == null
            ? BackgroundWork.owning(backgroundQueue)
            : BackgroundWork.using(backgroundExecutor);
    Background background = new Background(work.executor(), backgroundDeadline);
    EngineContext context =
        new EngineContext(
            new Budgets(retries(), retries(), retries()),
            background,
            clock,
            ticker,
            degradation,
            listener);
    BoundedHasher bounded = BoundedHasher.of(hasher, hashingPermits, hashingQueue);
    DeviceCookies devices =
        new DeviceCookies(keys, issuer + '\n' + audience, deviceCookieLifetime, clock);

    // The credential cache, the database reads behind it, and its invalidation.
    CredentialReads reads =
        new CredentialReads(
            store,
            Bulkhead.of("account store, reads of logins", loginReads, loginReadQueue),
            Bulkhead.of("account store, probes", versionProbes, versionProbeQueue),
            context);
    boolean strict = !degradation.loginsWithoutDatabase();
    CredentialCache cache =
        verifyHits || strict
            ? new VerifiedCredentialCache(this.cache, reads, strict, context)
            : this.cache;
    Invalidator invalidator = new Invalidator(cache, tokens::fenceUser, store, context);
    CacheFiller filler = new CacheFiller(cache, reads, cacheFill, context);
    CredentialUpkeep upkeep =
        new CredentialUpkeep(
            new Rehasher(store, bounded, invalidator, context),
            new FailureCount(store, failureLimit, invalidator, context));

    // Authentication: the throttle wraps the cache, which wraps the database.
    CachingAuthenticator cacheFirst =
        new CachingAuthenticator(cache, reads, bounded, filler, upkeep, context);
    AttemptLimiter local = AttemptLimiter.local(budgets, LOCAL_NAMES, ticker);
    AttemptLimiter shared = limiter == null ? local : limiter;
    Bulkhead waiting = Bulkhead.of("attempts that wait their turn", ATTEMPTS_WAITING, 0);
    Function<PasswordCheck, Authenticator> throttled =
        it -> new ThrottlingAuthenticator(it, shared, local, waiting, context);
    Authenticator authenticator = throttled.apply(cacheFirst);
    Authenticator fresh = throttled.apply(cacheFirst.databaseOnly(listener));
    Authenticator proof =
        throttled.apply(cacheFirst.databaseOnly(new PasswordProofListener(listener)));

    // Sessions and the access tokens that name them.
    AccessTokens accessTokens =
        AccessTokens.builder(keys).issuer(issuer).audience(audience).clock(clock).build();
    SessionManager sessions =
        new SessionManager(tokens, accessTokens, sessionPolicy, invalidator, context);

    // Account operations, and maintenance.
    FencedChange changes = new FencedChange(store, invalidator, context);
    NewPasswords passwords = new NewPasswords(passwordPolicy, bounded);
    SignUpBudget signUpBudget =
        new SignUpBudget(
            signUpsOfNetwork, signUpsOfNode, budgets.networkWindow(), LOCAL_NAMES, ticker);
    SignUps signUps =
        new SignUps(
            store,
            changes,
            passwords,
            new SignUps.Terms(initialStatus, signUpBudget),
            filler,
            listener);
    PasswordChanges passwordChanges =
        new PasswordChanges(
            store,
            changes,
            passwords,
            new PasswordProof(proof, devices),
            new Reopening(sessions, devices, context.calls(Part.TOKEN_STORE)),
            listener);
    AccountChanges accounts = new AccountChanges(store, changes, listener);
    OutboxRelay relay = new OutboxRelay(store, invalidator, context);
    Maintenance maintenance = new Maintenance(tokens, store, store, relay, context);
    CacheChecker checker =
        new CacheChecker(store, cache, tokens::peekUser, tokens::fenceUser, context);

    // Checks the servers, and logs the behaviour in an outage. No background work runs before this.
    DegradationTable table = degradationTable();
    LOG.info(
        "Doorward starts: credential cache {}, sessions in {}, attempts counted by {}. While"
            + " servers are away:\n{}",
        this.cache.getClass().getSimpleName(),
        tokens.getClass().getSimpleName(),
        shared.getClass().getSimpleName(),
        table);
    ConfigCheck configCheck =
        new ConfigCheck(backends(), keys, startPolicy, table, store, listener);
    configCheck.atStart();

    work.every(LOOK_INTERVAL, configCheck::lookAgain);
    work.every(KEY_COMPARISON_INTERVAL, configCheck::keysAreDue);
    if (countUnreadableHashes) {
      HashCensus census =
          new HashCensus(
              store, bounded::whyUnreadable, findings -> configCheck.found("hashes", findings));
      work.every(CENSUS_INTERVAL, () -> census.turn(Deadline.after(CENSUS_TURN)));
    }
    work.every(
        relayInterval, () -> maintenance.relayInvalidations(Deadline.after(MAINTENANCE_DEADLINE)));
    work.every(
        CLEAN_UP_INTERVAL,
        () -> maintenance.cleanUpAll(CLEAN_UP_BATCH, Deadline.after(MAINTENANCE_DEADLINE)));
    work.every(
        BACKLOG_INTERVAL, () -> maintenance.reportBacklog(Deadline.after(MAINTENANCE_DEADLINE)));

    Lifecycle lifecycle = new Lifecycle();
    DoorwardAuthService.Doors doors =
        new DoorwardAuthService.Doors(
            new SessionsDoor(sessions, lifecycle, context.calls(Part.TOKEN_STORE)),
            new AdminDoor(accounts, lifecycle),
            new OperationsDoor(
                configCheck, maintenance, new CacheChecks(checker, context), lifecycle),
            lifecycle);
    return new DoorwardAuthService(
        signUps,
        new Logins(authenticator, fresh, sessions, devices, context),
        sessions,
        passwordChanges,
        doors,
        () -> {
          configCheck.close();
          work.close();
        });
  }

  private void requireRelayInterval() {
    if (relayInterval.compareTo(MIN_RELAY_INTERVAL) < 0
        || relayInterval.compareTo(MAX_RELAY_INTERVAL) > 0) {
      throw new IllegalArgumentException(
          "relayInterval must be "
              + MIN_RELAY_INTERVAL
              + " to "
              + MAX_RELAY_INTERVAL
              + ": "
              + relayInterval);
    }
  }

  private DegradationTable degradationTable() {
    return DegradationTable.of(
        new DegradationTable.Assembly(
            tokens.location(),
            cache != CredentialCache.none(),
            limiter != null,
            degradation,
            startPolicy));
  }

  /** Returns the servers behind the stores, each once. */
  private Collection<Backend> backends() {
    Set<Backend> all = new LinkedHashSet<>();
    for (Object part : Arrays.asList(store, tokens, cache, limiter)) {
      if (part instanceof BackendAware known) {
        all.addAll(known.backends());
      }
    }
    return all;
  }

  private Retries retries() {
    return Retries.of(maxAttempts, Duration.ofMillis(20), Duration.ofMillis(200));
  }
}
