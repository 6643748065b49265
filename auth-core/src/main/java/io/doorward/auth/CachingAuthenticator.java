package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.EngineContext.RetryBudgets;
import io.doorward.auth.engine.login.PasswordCheck;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.Background;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.password.PasswordHasher;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/**
 * Verifies a password against the cached credential if there is one, else against the database, and
 * fills the cache. This is the middle of {@link AuthService#login}, for an application that has its
 * own sessions, its own throttle, or neither: most applications need only the service.
 *
 * <ul>
 *   <li>Hit and match of an active account: authenticated.
 *   <li>Hit without a match: one read by primary key tells whether the cached version is the
 *       present one. If it is, or if the database does not answer: rejected. Otherwise the database
 *       decides.
 *   <li>Miss, or no answer of the cache: the database decides.
 *   <li>The password is right, but the account has a factor whose name this version does not know:
 *       unavailable.
 *   <li>The database cannot answer, or too many callers wait: unavailable, never rejected.
 * </ul>
 *
 * <p>Security: attempts are not limited here. Count each attempt before it is passed on, for
 * instance with an {@link io.doorward.auth.throttle.AttemptLimiter}. Wrong passwords are counted in
 * the database; after {@link Budgets#failureLimit} of them the account accepts its password from
 * known devices only, and here every device is unknown, so that a new password has to be set. An
 * unknown login identifier costs the same hashing as a known one.
 *
 * <p>Nothing runs by itself: invalidations of changes that Redis did not confirm are delivered by
 * an {@link AuthService} over the same stores.
 *
 * <p>Thread-safe. Hashes on the caller's thread, within {@link Capacity#hashing}: one instance
 * serves an application, since several would each have a bound of their own. It owns no thread and
 * needs no closing.
 */
public final class CachingAuthenticator implements Authenticator {
  private final PasswordCheck check;

  private CachingAuthenticator(PasswordCheck check) {
    this.check = check;
  }

  /**
   * Starts to build an authenticator.
   *
   * @param store owns the accounts
   * @param background runs fills, rehashes and the counting of failures; should be bounded, and
   *     reject a task rather than run it on the caller's thread. The application closes it
   * @return a builder with the documented defaults
   */
  public static Builder builder(AccountStore store, Executor background) {
    return new Builder(store, background);
  }

  @Override
  public AuthenticationResult authenticate(LoginAttempt attempt, Deadline deadline) {
    requireNonNull(attempt, "attempt");
    requireNonNull(deadline, "deadline");
    return check
        .check(attempt.withClient(attempt.client().withoutKnownDevice()), deadline)
        .orElseThrow(() -> new IllegalStateException("a stranger's attempt was not decided"));
  }

  /** Builds an authenticator. Not thread-safe. */
  public static final class Builder {
    private final AccountStore store;
    private final Executor background;

    private CredentialCache cache = CredentialCache.none();
    private CacheFill cacheFill = CacheFill.BACKGROUND;
    private boolean verifyHits;
    private PasswordHasher hasher = PasswordHasher.standard();
    private Capacity capacity = Capacity.defaults();
    private int failureLimit = Budgets.defaults().failureLimit();
    private int maxAttempts = 3;
    private Degradation degradation = Degradation.defaults();
    private AuthListener listener = AuthListener.none();
    private InstantSource clock = InstantSource.system();
    private Ticker ticker = Ticker.system();

    private Builder(AccountStore store, Executor background) {
      this.store = requireNonNull(store, "store");
      this.background = requireNonNull(background, "background");
    }

    /**
     * Sets the credential cache. Default: none; every login reads the database.
     *
     * @param cache shared by all nodes
     * @return this
     */
    public Builder credentialCache(CredentialCache cache) {
      this.cache = requireNonNull(cache, "cache");
      return this;
    }

    /**
     * Sets when a credential goes into the cache. Default: {@link CacheFill#BACKGROUND}.
     *
     * @param cacheFill before or after the answer
     * @return this
     */
    public Builder cacheFill(CacheFill cacheFill) {
      this.cacheFill = requireNonNull(cacheFill, "cacheFill");
      return this;
    }

    /**
     * Sets whether every hit is compared with the database, see {@link
     * AuthServiceBuilder#verifyHits}. Default: false.
     *
     * @param verifyHits true to compare
     * @return this
     */
    public Builder verifyHits(boolean verifyHits) {
      this.verifyHits = verifyHits;
      return this;
    }

    /**
     * Sets the password hasher. Default: {@link PasswordHasher#standard()}.
     *
     * @param hasher hashes and compares
     * @return this
     */
    public Builder passwordHasher(PasswordHasher hasher) {
      this.hasher = requireNonNull(hasher, "hasher");
      return this;
    }

    /**
     * Sets how much of this node may be used. Default: {@link Capacity#defaults()}.
     *
     * @param capacity the numbers; the length of the background queue is that of the executor
     * @return this
     */
    public Builder capacity(Capacity capacity) {
      this.capacity = requireNonNull(capacity, "capacity");
      return this;
    }

    /**
     * Sets how many wrong passwords restrict an account, see {@link Budgets#failureLimit}. Default:
     * 100.
     *
     * @param failures positive; the same on every node
     * @return this
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder failureLimit(int failures) {
      this.failureLimit = Budgets.defaults().withFailureLimit(failures).failureLimit();
      return this;
    }

    /**
     * Sets the maximum number of attempts of a backend call, including the first. Default: 3.
     *
     * @param maxAttempts 1 to 10, {@link #build} refuses other values
     * @return this
     */
    public Builder maxAttempts(int maxAttempts) {
      this.maxAttempts = maxAttempts;
      return this;
    }

    /**
     * Sets the behaviour while servers are unavailable. Default: {@link Degradation#defaults()}.
     *
     * @param degradation the choices; only those about logins matter
     * @return this
     */
    public Builder degradation(Degradation degradation) {
      this.degradation = requireNonNull(degradation, "degradation");
      return this;
    }

    /**
     * Sets the event listener, which learns why an attempt was rejected. Default: none.
     *
     * @param listener called on the thread on which the event occurs
     * @return this
     */
    public Builder listener(AuthListener listener) {
      this.listener = requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Sets the clocks, for tests. Default: the system's.
     *
     * @param clock the time of day
     * @param ticker elapsed time
     * @return this
     */
    public Builder clocks(InstantSource clock, Ticker ticker) {
      this.clock = requireNonNull(clock, "clock");
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /**
     * Assembles the authenticator. Hashes once, to have what unknown accounts are compared with.
     *
     * @return the authenticator
     * @throws IllegalArgumentException if an option is outside its range
     */
    public CachingAuthenticator build() {
      EngineContext context =
          new EngineContext(
              RetryBudgets.of(maxAttempts),
              new Background(background, capacity.backgroundDeadline()),
              clock,
              ticker,
              degradation,
              listener);
      CredentialPath.Options options =
          new CredentialPath.Options(cache, verifyHits, cacheFill, hasher, capacity, failureLimit);
      // A login changes no user record. Were one pending, it would stay so for a service's relay.
      return new CachingAuthenticator(
          new CredentialPath(store, (account, floor, deadline) -> false, options, context).check);
    }
  }
}
