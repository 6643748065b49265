package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialCache.Ticket;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.CacheFiller;
import io.doorward.auth.engine.cache.CredentialReads;
import io.doorward.auth.engine.login.BoundedHasher.Verification;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.AccessEvent.Step;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.BoundedReads.Answer;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.LoginAttempt;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Verifies a password against the cached credential if there is one, else against the database.
 *
 * <ul>
 *   <li>Hit and match of an active account: accepted.
 *   <li>Hit without a match: reads the credential's present version from the database, because the
 *       password or the status may have been changed outside the library. Same version, or no
 *       answer: rejected. Another version: the database decides.
 *   <li>Miss: the database decides, and a match fills the cache under the ticket of the miss.
 *   <li>The cache cannot answer: the database decides and nothing is filled, or the result is
 *       unavailable if so configured.
 *   <li>The database cannot answer: unavailable, never rejected.
 *   <li>The password is right, but the account has a factor whose name this version does not know:
 *       unavailable, with an event, wherever the credential was read. A newer version may ask for
 *       that factor, so the password alone opens nothing.
 *   <li>The database bulkhead and its queue are full: unavailable at once. A mismatch in the cache
 *       that cannot be confirmed for this reason is still rejected, as in an outage. An answer that
 *       does not count as a failure would let attackers test passwords for free.
 * </ul>
 *
 * <p>Attempts from a {@linkplain io.doorward.auth.base.ClientContext#knownDevice() known device}
 * wait in the preferred lane, so that a flood of attempts from unknown devices does not lock them
 * out. Within a lane, one account or one network gets at most a quarter while others wait.
 *
 * <p>Wrong passwords are counted permanently ({@link FailureCount}). After too many, the account
 * accepts its password from known devices only. From other devices the right password is rejected
 * like a wrong one, after the same work.
 *
 * <p>Concurrent logins of one account that miss the cache share a database read. A login shares
 * only a read that was sent after the login arrived.
 *
 * <p>Thread-safe. Hashing runs on the caller's thread, within the bounds of the {@link
 * BoundedHasher}; an unknown login identifier costs the same hashing as a known one. No connection
 * is held while hashing.
 */
public final class CacheFirstCheck implements PasswordCheck {
  private static final Set<String> PASSWORD = Set.of("pwd");

  private final CredentialCache cache;
  private final CredentialReads reads;
  private final BoundedHasher hasher;
  private final CacheFiller filler;
  private final CredentialUpkeep upkeep;
  private final EngineContext context;
  private final BackendCalls cacheCalls;
  private final BackendCalls storeCalls;
  private final BackendCalls hashing;
  private final AuthListener listener;
  private final UnreadableHashes unreadable;

  /**
   * Creates a check.
   *
   * @param cache read first; {@link CredentialCache#none()} for none
   * @param reads reads credentials from the database
   * @param hasher compares passwords
   * @param filler fills the cache with credentials that were read
   * @param upkeep renews outdated hashes and counts wrong passwords
   */
  public CacheFirstCheck(
      CredentialCache cache,
      CredentialReads reads,
      BoundedHasher hasher,
      CacheFiller filler,
      CredentialUpkeep upkeep,
      EngineContext context) {
    this.cache = requireNonNull(cache, "cache");
    this.reads = requireNonNull(reads, "reads");
    this.hasher = requireNonNull(hasher, "hasher");
    this.filler = requireNonNull(filler, "filler");
    this.upkeep = requireNonNull(upkeep, "upkeep");
    this.context = requireNonNull(context, "context");
    this.cacheCalls = context.calls(Part.CREDENTIAL_CACHE);
    this.storeCalls = context.calls(Part.ACCOUNT_STORE);
    this.hashing = context.calls(Part.HASHING);
    this.listener = context.listener();
    this.unreadable = new UnreadableHashes(context.ticker());
  }

  /**
   * Returns a check that reads the database only and changes no credential: no cache look-up, no
   * fill, no rehash, no reset of the failure count. Such a change would conflict with the password
   * change that this check precedes.
   *
   * @param rejections receives the reason of a rejection
   * @return a check over the same store, hasher and bounds
   */
  public PasswordCheck databaseOnly(AuthListener rejections) {
    return new CacheFirstCheck(
        CredentialCache.none(),
        reads,
        hasher,
        filler,
        upkeep.countingOnly(),
        context.with(rejections));
  }

  @Override
  public Optional<AuthenticationResult> check(LoginAttempt attempt, Deadline deadline) {
    return new LoginExecution(attempt, deadline).decide();
  }

  /** One login attempt: the state that its steps share. */
  private final class LoginExecution {
    private final LoginAttempt attempt;
    private final LoginId loginId;
    private final Deadline deadline;
    private final Caller caller;
    private final Timings timings = new Timings(context.ticker());

    LoginExecution(LoginAttempt attempt, Deadline deadline) {
      this.attempt = attempt;
      this.loginId = attempt.loginId();
      this.deadline = deadline;
      this.caller = Caller.of(loginId, attempt.client());
    }

    Optional<AuthenticationResult> decide() {
      Optional<Lookup> answer = cacheCalls.tried(this::lookup);
      if (answer.isEmpty() && !context.degradation().loginsWithoutRedis()) {
        return unavailable();
      }
      Lookup found = answer.orElseGet(Lookup.Bypass::new);
      if (found instanceof Lookup.Hit hit) {
        return decideByCache(hit.credential());
      }
      return decideByDatabase(found instanceof Lookup.Miss miss ? miss.ticket() : null);
    }

    private Lookup lookup() {
      return timings.time(
          Step.CACHE_LOOKUP,
          () -> cacheCalls.onlyIfUnsent(deadline, () -> cache.lookup(loginId, deadline)));
    }

    private Optional<AuthenticationResult> decideByCache(Credential cached) {
      if (isStranger(cached)) {
        return Optional.empty();
      }
      Verification verified = verify(Optional.of(cached));
      if (verified == Verification.BUSY) {
        return busy();
      }
      Optional<LoginRefusal> refusal = refusal(cached, verified);
      if (refusal.isEmpty() && cached.factors().isEmpty()) {
        return accept(cached, Source.CACHE);
      }
      if (!isPresent(cached)) {
        return decideByDatabase(null);
      }
      return refusal.isPresent() ? reject(cached, refusal.get()) : unknownFactor(cacheCalls);
    }

    /**
     * Returns true if the attempt was admitted as one of a known device, but the account does not
     * know the device.
     */
    private boolean isStranger(Credential credential) {
      return attempt
          .client()
          .knownDevice()
          .filter(device -> !DeviceCookies.isOf(device, credential.account(), credential.epoch()))
          .isPresent();
    }

    /**
     * Returns whether a cached credential still matches the database. If the database does not
     * answer, returns true. The read gets half of the remaining time, so that the failure can still
     * be recorded in the shared limiter.
     */
    private boolean isPresent(Credential cached) {
      Duration half = deadline.part(2);
      if (half.isZero()) {
        return true;
      }
      Deadline probe = Deadline.after(half);
      boolean isPresent =
          storeCalls.orElse(
              () -> timings.time(Step.DATABASE_READ, () -> reads.isPresent(cached, caller, probe)),
              failure -> true);
      if (!isPresent) {
        cacheCalls.attempt(() -> cache.fence(loginId, cached.version().number() + 1, deadline));
      }
      return isPresent;
    }

    private Optional<AuthenticationResult> decideByDatabase(@Nullable Ticket ticket) {
      Optional<Answer<Optional<Credential>>> read =
          storeCalls.tried(
              () -> timings.time(Step.DATABASE_READ, () -> reads.find(loginId, caller, deadline)));
      if (read.isEmpty()) {
        return unavailable();
      }
      Optional<Credential> found = read.get().value();
      // A device that was known to a deleted account is unknown to every other account.
      if (found.map(this::isStranger).orElse(attempt.client().knownDevice().isPresent())) {
        return Optional.empty();
      }
      Verification verified = verify(found);
      if (verified == Verification.BUSY) {
        return busy();
      }
      if (found.isEmpty()) {
        return reject(Optional.empty(), LoginRefusal.UNKNOWN_LOGIN);
      }
      Credential credential = found.get();
      Optional<LoginRefusal> refusal = refusal(credential, verified);
      if (refusal.isPresent()) {
        return reject(credential, refusal.get());
      }
      if (!credential.factors().isEmpty()) {
        return unknownFactor(storeCalls);
      }
      if (ticket != null) {
        filler.fill(ticket, credential, read.get().readAt(), deadline);
      }
      return accept(credential, Source.DATABASE);
    }

    /** Checks the status after the comparison, so that every attempt costs the same work. */
    private Optional<LoginRefusal> refusal(Credential credential, Verification verified) {
      if (verified != Verification.MATCH) {
        return Optional.of(
            hasher.whyUnreadable(credential.hash()).isEmpty()
                ? LoginRefusal.WRONG_PASSWORD
                : LoginRefusal.UNREADABLE_HASH);
      }
      if (credential.status() != AccountStatus.ACTIVE) {
        return Optional.of(LoginRefusal.NOT_ACTIVE);
      }
      return credential.knownDevicesOnly() && attempt.client().knownDevice().isEmpty()
          ? Optional.of(LoginRefusal.KNOWN_DEVICES_ONLY)
          : Optional.empty();
    }

    private Optional<AuthenticationResult> accept(Credential credential, Source source) {
      upkeep.proved(credential, attempt.password());
      return Optional.of(
          new AuthenticationResult.Authenticated(
              credential.account(),
              credential.version(),
              credential.epoch(),
              PASSWORD,
              source,
              timings.parts()));
    }

    private Optional<AuthenticationResult> reject(Credential credential, LoginRefusal reason) {
      if (reason == LoginRefusal.WRONG_PASSWORD) {
        upkeep.failed(credential, attempt.client().network(), deadline);
      }
      if (reason == LoginRefusal.UNREADABLE_HASH) {
        hasher
            .whyUnreadable(credential.hash())
            .ifPresent(why -> unreadable.met(credential.account(), why, listener));
      }
      return reject(Optional.of(credential.account()), reason);
    }

    private Optional<AuthenticationResult> reject(
        Optional<AccountId> account, LoginRefusal reason) {
      listener.on(new AccessEvent.LoginRejected(account, reason, attempt.client().network()));
      return Optional.of(new AuthenticationResult.Rejected(account));
    }

    /** This version knows no factor but the password. */
    private Optional<AuthenticationResult> unknownFactor(BackendCalls source) {
      source.failed(StoreException.Kind.NEWER_FORMAT);
      return unavailable();
    }

    private Optional<AuthenticationResult> busy() {
      hashing.failed(StoreException.Kind.OVERLOADED);
      return unavailable();
    }

    private Optional<AuthenticationResult> unavailable() {
      return Optional.of(new AuthenticationResult.Unavailable(BackendCalls.retryAfter()));
    }

    private Verification verify(Optional<Credential> credential) {
      return timings.time(
          Step.HASHING,
          () ->
              hasher.verify(
                  attempt.password(), credential.map(Credential::hash), caller, deadline));
    }
  }
}
