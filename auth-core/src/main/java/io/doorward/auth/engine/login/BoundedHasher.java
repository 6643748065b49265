package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.Bulkhead.Lane;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.password.UnreadableHash;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

/**
 * The one place that hashes. It hashes on the caller's thread, at most so many passwords at once;
 * the next callers queue, and whoever finds the queue full or runs out of time is told that it is
 * busy. So a storm of logins cannot take every core from the rest of the application.
 *
 * <p>There are two queues, the lanes of a {@link Bulkhead}: people on devices that logged in before
 * wait in the {@linkplain Lane#PREFERRED preferred} one, everybody else in the {@linkplain
 * Lane#COMMON common} one. A storm of strangers fills only its own, and the devices that are known
 * get three of four turns; nor can those keep strangers out for good. Inside a lane no account and
 * no network has more than a quarter while others wait.
 *
 * <p>Thread-safe: one instance serves an application. Several instances would each have a bound of
 * their own. It owns no thread and needs no closing.
 *
 * <p>Security: where there is no stored hash, the password is compared with a decoy, a hash of the
 * present scheme and cost of a password that nobody knows. An unknown account so costs one
 * verification, like a known one. Where accounts still have hashes of other schemes or costs,
 * {@link PasswordHasher#standard()} has every refusal cost one comparison under each that it has
 * met.
 *
 * <p>Failure: "busy" is not "no". What the {@link PasswordHasher} throws reaches the caller, and
 * the permit is given back.
 */
public final class BoundedHasher {
  private static final int QUEUE_PER_PERMIT = 4;

  /** What came of comparing a password with a stored hash. */
  public enum Verification {
    /** It is the password that was hashed. */
    MATCH,
    /** It is not, or there is no usable hash. */
    MISMATCH,
    /** Nothing was compared: the queue was full, or the deadline passed while waiting. */
    BUSY
  }

  private final PasswordHasher hasher;
  private final PasswordHash decoy;
  private final Bulkhead gate;

  private BoundedHasher(PasswordHasher hasher, int permits, int queue) {
    this.hasher = requireNonNull(hasher, "hasher");
    this.gate = Bulkhead.of("hashing", permits, queue);
    this.decoy = hasher.hash(unknowable());
  }

  /**
   * Bounds a hasher. Hashes once, for the decoy.
   *
   * @param hasher does the work
   * @param permits how many passwords are hashed at once, 1 to 1,048,576
   * @param queue how many more callers may wait in each lane, 0 to 1,048,576
   * @return the bounded hasher
   * @throws IllegalArgumentException if a number is out of range
   */
  public static BoundedHasher of(PasswordHasher hasher, int permits, int queue) {
    return new BoundedHasher(hasher, permits, queue);
  }

  /**
   * Bounds a hasher by the machine: as many permits as there are processors, and for each lane a
   * queue of four times as many. Hashes once, for the decoy.
   *
   * @param hasher does the work
   * @return the bounded hasher
   */
  public static BoundedHasher of(PasswordHasher hasher) {
    int cores = Runtime.getRuntime().availableProcessors();
    return new BoundedHasher(hasher, cores, QUEUE_PER_PERMIT * cores);
  }

  /**
   * Hashes a new password for a caller of the common lane, see {@link #hash(Password, Caller,
   * Deadline)}.
   *
   * @param password the password in clear
   * @param deadline for getting a permit
   * @return the hash; empty if it is busy
   */
  public Optional<PasswordHash> hash(Password password, Deadline deadline) {
    return hash(password, Caller.in(Lane.COMMON), deadline);
  }

  /**
   * Hashes a new password. Blocks until a permit is free, at most until the deadline, and then for
   * one hash. An interrupt ends the wait, not the hash, and the thread's interrupt flag stays set.
   *
   * @param password the password in clear
   * @param caller for whom
   * @param deadline for getting a permit
   * @return the hash; empty if it is busy, see {@link Verification#BUSY}
   */
  public Optional<PasswordHash> hash(Password password, Caller caller, Deadline deadline) {
    requireNonNull(password, "password");
    return gate.offer(caller, deadline, () -> hasher.hash(password));
  }

  /**
   * Compares a password with a stored hash for a caller of the common lane, see {@link
   * #verify(Password, Optional, Caller, Deadline)}.
   *
   * @param password the password in clear
   * @param stored the account's hash; empty if there is no such account or it has none
   * @param deadline for getting a permit
   * @return match, mismatch or busy
   */
  public Verification verify(Password password, Optional<PasswordHash> stored, Deadline deadline) {
    return verify(password, stored, Caller.in(Lane.COMMON), deadline);
  }

  /**
   * Compares a password with a stored hash. Blocks like {@link #hash(Password, Caller, Deadline)}.
   * With or without a usable hash one verification's work is done.
   *
   * @param password the password in clear
   * @param stored the account's hash; empty if there is no such account or it has none
   * @param caller for whom
   * @param deadline for getting a permit
   * @return match, mismatch or busy
   */
  public Verification verify(
      Password password, Optional<PasswordHash> stored, Caller caller, Deadline deadline) {
    requireNonNull(password, "password");
    requireNonNull(stored, "stored");
    return gate.offer(caller, deadline, () -> compare(password, stored)).orElse(Verification.BUSY);
  }

  /**
   * Tells whether a stored hash should be replaced at the next successful login. Returns at once.
   *
   * @param hash as stored
   * @return true if it is of another scheme or weaker than a new one would be
   */
  public boolean isOutdated(PasswordHash hash) {
    return hasher.isOutdated(hash);
  }

  /**
   * Says why a stored hash can match no password. Returns at once.
   *
   * @param hash as stored
   * @return the reason; empty if a password can be compared with it, or if the hasher cannot tell
   */
  public Optional<UnreadableHash> whyUnreadable(PasswordHash hash) {
    return hasher.whyUnreadable(hash);
  }

  private Verification compare(Password password, Optional<PasswordHash> stored) {
    boolean matches = hasher.matches(password, stored.orElse(decoy));
    return matches && stored.isPresent() ? Verification.MATCH : Verification.MISMATCH;
  }

  /** Returns how many callers wait for a permit, for tests. */
  int waiting() {
    return gate.waiting();
  }

  private static Password unknowable() {
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    return Password.of(Base64.getEncoder().encodeToString(random));
  }

  /** Returns the bounds and how many callers are inside. */
  @Override
  public String toString() {
    return "BoundedHasher[" + gate + "]";
  }
}
