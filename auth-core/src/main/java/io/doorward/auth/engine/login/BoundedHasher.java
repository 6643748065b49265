package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.Bulkhead.Lane;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.password.PasswordHasher.UnreadableHash;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

/**
 * Hashes passwords on the caller's thread with bounded concurrency. Further callers queue; a caller
 * that finds the queue full or whose deadline passes gets "busy". So a flood of logins cannot take
 * every core from the rest of the application.
 *
 * <p>There are two queues, the lanes of a {@link Bulkhead}: clients on known devices wait in the
 * {@linkplain Lane#PREFERRED preferred} one, all others in the {@linkplain Lane#COMMON common} one.
 * A flood from unknown devices fills only the common lane. The preferred lane gets three of four
 * turns, so neither lane starves. Within a lane, one account or one network gets at most a quarter
 * while others wait.
 *
 * <p>Thread-safe: one instance serves an application. Several instances would each have a bound of
 * their own. It owns no thread and needs no closing.
 *
 * <p>Security: where there is no stored hash, the password is compared with a decoy, a hash of the
 * present scheme and cost of a random password. So an unknown account costs one verification, like
 * a known one. If accounts still have hashes of other schemes or costs, {@link
 * PasswordHasher#standard()} makes every refusal cost one comparison under each that it has seen.
 *
 * <p>Failure: "busy" is not "no". What the {@link PasswordHasher} throws reaches the caller, and
 * the permit is given back.
 */
public final class BoundedHasher {
  private static final int QUEUE_PER_PERMIT = 4;

  /** The result of comparing a password with a stored hash. */
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
   * Returns whether a stored hash should be replaced at the next successful login. Returns at once.
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
