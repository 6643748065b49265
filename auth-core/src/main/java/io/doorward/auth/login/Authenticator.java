package io.doorward.auth.login;

import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.engine.login.PasswordCheck;
import io.doorward.auth.engine.login.ThrottlingAuthenticator;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.AccessEvent.Step;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Decides whether a login attempt is genuine. It creates no session. In the service it is a {@link
 * ThrottlingAuthenticator} around a {@link PasswordCheck}.
 *
 * <p>Implementations must be thread-safe, must not throw for a broken backend (that is {@link
 * AuthenticationResult.Unavailable}), and must do the same hashing work whether the account exists
 * or not.
 */
@FunctionalInterface
public interface Authenticator {
  /**
   * Decides.
   *
   * @param attempt the login identifier, the password and the client
   * @param deadline for the whole decision
   * @return the decision
   */
  AuthenticationResult authenticate(LoginAttempt attempt, Deadline deadline);

  /** The result of an {@link Authenticator}. Immutable and thread-safe. */
  sealed interface AuthenticationResult {
    /**
     * The proof is good.
     *
     * @param account the account
     * @param version the credential that proved it
     * @param epoch that credential's; sessions remember it
     * @param amr how it was proved (RFC 8176)
     * @param source which way it took
     * @param timings how long each part took; parts that did not happen are absent
     */
    record Authenticated(
        AccountId account,
        CredentialVersion version,
        Epoch epoch,
        Set<String> amr,
        Source source,
        Map<Step, Duration> timings)
        implements AuthenticationResult {
      /**
       * Copies the collections.
       *
       * @param account see the type
       * @param version see the type
       * @param epoch see the type
       * @param amr see the type
       * @param source see the type
       * @param timings see the type
       */
      public Authenticated {
        amr = Set.copyOf(amr);
        timings = Map.copyOf(timings);
      }

      /**
       * Adds the time of one more part.
       *
       * @param step which part
       * @param took how long it took
       * @return a new result
       */
      public Authenticated with(Step step, Duration took) {
        Map<Step, Duration> all = new EnumMap<>(Step.class);
        all.putAll(timings);
        all.put(step, took);
        return new Authenticated(account, version, epoch, amr, source, all);
      }
    }

    /**
     * The password is right, but a further proof is needed.
     *
     * @param step what is needed; names a method of RFC 8176
     */
    record NextStep(String step) implements AuthenticationResult {}

    /**
     * The password is wrong, or the account may not log in.
     *
     * @param account the account se login identifier was tried, if there is one. For the listener,
     *     never for the client
     */
    record Rejected(Optional<AccountId> account) implements AuthenticationResult {}

    /**
     * Too many attempts; nothing was hashed.
     *
     * @param retryAfter when an attempt will be admitted again
     */
    record Throttled(Duration retryAfter) implements AuthenticationResult {}

    /**
     * A backend could not answer, or the node is overloaded.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements AuthenticationResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param authenticated for {@link Authenticated}
     * @param nextStep for {@link NextStep}
     * @param rejected for {@link Rejected}
     * @param throttled for {@link Throttled}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<Authenticated, R> authenticated,
        Function<NextStep, R> nextStep,
        Function<Rejected, R> rejected,
        Function<Throttled, R> throttled,
        Function<Unavailable, R> unavailable) {
      if (this instanceof Authenticated a) {
        return authenticated.apply(a);
      }
      if (this instanceof NextStep n) {
        return nextStep.apply(n);
      }
      if (this instanceof Rejected r) {
        return rejected.apply(r);
      }
      if (this instanceof Throttled t) {
        return throttled.apply(t);
      }
      return unavailable.apply((Unavailable) this);
    }
  }
}
