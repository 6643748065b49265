package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.backend.StartPolicy;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.Retries;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.throttle.AttemptLimiter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The options of an {@link AuthService}. Not thread-safe.
 *
 * <p>Every optional setting has the default that its setter documents. The application closes the
 * stores and executors that it passes.
 */
public final class AuthServiceBuilder {
  private static final Duration MIN_KEY_INTERVAL = Duration.ofSeconds(1);
  private static final Duration MAX_KEY_INTERVAL = Duration.ofDays(1);
  private static final Duration MIN_RELAY_INTERVAL = Duration.ofMillis(10);
  private static final Duration MAX_RELAY_INTERVAL = Duration.ofDays(1);

  final AccountStore store;
  final TokenStore tokens;
  final KeyRing keys;

  CredentialCache cache = CredentialCache.none();
  @Nullable AttemptLimiter limiter;
  Budgets budgets = Budgets.defaults();
  Capacity capacity = Capacity.defaults();
  PasswordHasher hasher = PasswordHasher.standard();
  Duration deviceCookieLifetime = Duration.ofDays(180);
  PasswordPolicy passwordPolicy = PasswordPolicy.defaults();
  SessionPolicy sessionPolicy = SessionPolicy.defaults();
  RoleModel roleModel = RoleModel.none();
  AccountStatus initialStatus = AccountStatus.ACTIVE;
  String issuer = "doorward";
  String audience = "doorward";
  CacheFill cacheFill = CacheFill.BACKGROUND;
  boolean verifyHits;
  Degradation degradation = Degradation.defaults();
  StartPolicy startPolicy = StartPolicy.defaults();
  @Nullable Executor backgroundExecutor;
  Duration relayInterval = Duration.ofSeconds(1);
  boolean countUnreadableHashes;
  @Nullable Supplier<KeyRing> keySource;
  Duration keyReloadInterval = Duration.ofSeconds(30);
  int maxAttempts = 3;
  AuthListener listener = AuthListener.none();
  InstantSource clock = InstantSource.system();
  Ticker ticker = Ticker.system();
  final List<Runnable> closers = new ArrayList<>();

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
   * Sets how often passwords may be tried and accounts signed up. Default: {@link
   * Budgets#defaults()}.
   *
   * @param budgets the numbers
   * @return this
   */
  public AuthServiceBuilder budgets(Budgets budgets) {
    this.budgets = requireNonNull(budgets, "budgets");
    return this;
  }

  /**
   * Sets how many cores, database connections and background tasks this node may use. Default:
   * {@link Capacity#defaults()}.
   *
   * @param capacity the numbers
   * @return this
   */
  public AuthServiceBuilder capacity(Capacity capacity) {
    this.capacity = requireNonNull(capacity, "capacity");
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
   * Sets what roles mean: which others they include, and which permissions they grant. Default:
   * {@link RoleModel#none()}; every permission is then denied.
   *
   * @param roleModel the same on every node
   * @return this
   */
  public AuthServiceBuilder roleModel(RoleModel roleModel) {
    this.roleModel = requireNonNull(roleModel, "roleModel");
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
   * Sets a source from which the keys are read again every 30 s, and by {@link
   * Operations#reloadKeys}: a rotation needs no restart. Default: none; the keys stay as they are.
   *
   * @param source reads all keys, on a background thread; it may block. The message of an {@link
   *     IllegalStateException} that it throws is shown to operators and must hold no key
   * @return this
   */
  public AuthServiceBuilder keySource(Supplier<KeyRing> source) {
    return keySource(source, keyReloadInterval);
  }

  /**
   * Sets a source as {@link #keySource(Supplier)} does, and how often it is read.
   *
   * @param source reads all keys
   * @param interval between two readings; 1 s to 1 d
   * @return this
   * @throws IllegalArgumentException if {@code interval} is out of range
   */
  public AuthServiceBuilder keySource(Supplier<KeyRing> source, Duration interval) {
    if (requireNonNull(interval, "interval").compareTo(MIN_KEY_INTERVAL) < 0
        || interval.compareTo(MAX_KEY_INTERVAL) > 0) {
      throw new IllegalArgumentException(
          "interval must be " + MIN_KEY_INTERVAL + " to " + MAX_KEY_INTERVAL + ": " + interval);
    }
    this.keySource = requireNonNull(source, "source");
    this.keyReloadInterval = interval;
    return this;
  }

  /**
   * Sets the interval at which the relay reads pending invalidations. Default: 1 s.
   *
   * @param interval between two runs; 10 ms to 1 d
   * @return this
   * @throws IllegalArgumentException if it is out of range
   */
  public AuthServiceBuilder relayInterval(Duration interval) {
    if (requireNonNull(interval, "interval").compareTo(MIN_RELAY_INTERVAL) < 0
        || interval.compareTo(MAX_RELAY_INTERVAL) > 0) {
      throw new IllegalArgumentException(
          "relayInterval must be "
              + MIN_RELAY_INTERVAL
              + " to "
              + MAX_RELAY_INTERVAL
              + ": "
              + interval);
    }
    this.relayInterval = interval;
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
   * Adds an action that ends {@link AuthService#close}, after background work has ended. For what
   * was opened for this service alone, such as a pool. Several run in the reverse order, each also
   * where another one throws. Default: none. Not run if {@link #build} fails.
   *
   * @param action run once for each service that is built after this call
   * @return this
   */
  public AuthServiceBuilder onClose(Runnable action) {
    closers.add(requireNonNull(action, "action"));
    return this;
  }

  /**
   * Lets an application change the options that only the service has. For assemblies that have told
   * stores the same listener, clocks and budgets: to set those here, too, would make them differ.
   *
   * @param changes calls setters of this builder
   * @return this
   * @throws IllegalArgumentException if it sets the cache, the limiter, budgets, listener or clocks
   */
  public AuthServiceBuilder customize(Consumer<AuthServiceBuilder> changes) {
    Map<String, @Nullable Object> before = shared();
    requireNonNull(changes, "changes").accept(this);
    shared()
        .forEach(
            (option, value) -> {
              if (before.get(option) != value) {
                throw new IllegalArgumentException(
                    "customize must not set "
                        + option
                        + ": the stores are told the same, so it is set where they get it");
              }
            });
    return this;
  }

  private Map<String, @Nullable Object> shared() {
    Map<String, @Nullable Object> told = new LinkedHashMap<>();
    told.put("credentialCache", cache);
    told.put("attemptLimiter", limiter);
    told.put("budgets", budgets);
    told.put("listener", listener);
    told.put("clocks (the time of day)", clock);
    told.put("clocks (elapsed time)", ticker);
    return told;
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
    return Assembly.of(this);
  }
}
