package io.doorward.auth.engine;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Background;
import io.doorward.auth.guard.Retries;
import java.time.Duration;
import java.time.InstantSource;

/**
 * The dependencies that all parts of one service share. Created once and passed to every part.
 * Immutable and thread-safe.
 *
 * @param retries the retry budgets of the backends
 * @param background runs background tasks
 * @param clock the time of day
 * @param ticker elapsed time
 * @param degradation the behaviour in an outage
 * @param listener receives events
 */
public record EngineContext(
    RetryBudgets retries,
    Background background,
    InstantSource clock,
    Ticker ticker,
    Degradation degradation,
    AuthListener listener) {
  /**
   * Guards the listener.
   *
   * @param retries see the type
   * @param background see the type
   * @param clock see the type
   * @param ticker see the type
   * @param degradation see the type
   * @param listener see the type
   */
  public EngineContext {
    requireNonNull(retries, "retries");
    requireNonNull(background, "background");
    requireNonNull(clock, "clock");
    requireNonNull(ticker, "ticker");
    requireNonNull(degradation, "degradation");
    listener = AuthListener.guarded(listener);
  }

  /**
   * The retry budgets, one for each backend.
   *
   * @param caches for credentials and user records that are cached
   * @param accounts for accounts and profiles
   * @param tokens for sessions
   */
  public record RetryBudgets(Retries caches, Retries accounts, Retries tokens) {
    /**
     * Checks that none is missing.
     *
     * @param caches see the type
     * @param accounts see the type
     * @param tokens see the type
     */
    public RetryBudgets {
      requireNonNull(caches, "caches");
      requireNonNull(accounts, "accounts");
      requireNonNull(tokens, "tokens");
    }

    /**
     * Makes equal budgets.
     *
     * @param maxAttempts attempts of one call, including the first; 1 to 10
     * @return three budgets that are spent apart
     * @throws IllegalArgumentException if the number is out of range
     */
    public static RetryBudgets of(int maxAttempts) {
      return new RetryBudgets(retries(maxAttempts), retries(maxAttempts), retries(maxAttempts));
    }

    private static Retries retries(int maxAttempts) {
      return Retries.of(maxAttempts, Duration.ofMillis(20), Duration.ofMillis(200));
    }
  }

  /**
   * Returns how a part calls its backend. Only calls to caches, accounts and sessions are retried:
   * what other parts do comes again by itself.
   *
   * @param part which part
   * @return its calls, out of the retry budget of its backend
   */
  public BackendCalls calls(Part part) {
    return BackendCalls.of(part, retriesOf(part), listener);
  }

  private Retries retriesOf(Part part) {
    return switch (part) {
      case CREDENTIAL_CACHE, USER_RECORDS -> retries.caches();
      case ACCOUNT_STORE -> retries.accounts();
      case TOKEN_STORE -> retries.tokens();
      default -> Retries.none();
    };
  }

  /**
   * Returns the same context with another listener.
   *
   * @param other receives events
   * @return a new context
   */
  public EngineContext with(AuthListener other) {
    return new EngineContext(retries, background, clock, ticker, degradation, other);
  }
}
