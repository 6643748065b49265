package io.doorward.auth.account;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Caches credentials. The cache can be lost at any time and must never serve an outdated
 * credential. Thread-safe: one instance serves all threads and any number of nodes share one cache.
 *
 * <p>Protocol: a miss returns a {@link Ticket} (a lease, in the memcache literature). Its holder
 * reads the database <em>afterwards</em> and may then {@link #fill}. A change calls {@link #fence},
 * which raises the floor under which nothing is served and voids every outstanding ticket, so a
 * late fill cannot put an old credential back. The cache refuses tickets that it does not remember:
 * after a flush, a restart or a fail-over every ticket is void.
 *
 * <p>Security: the cache is not trusted. Entries are sealed (AES-256-GCM) under the application's
 * key ring and bound to their key, so a planted or moved value is a miss. A replayed genuine one
 * lives at most to its sealed expiry.
 *
 * <p>Failure: every method throws {@link StoreException} when the backend cannot answer before the
 * deadline; nothing is retried here. Every method is safe to repeat.
 */
public interface CredentialCache {
  /**
   * Looks a credential up.
   *
   * @param loginId canonical
   * @param deadline for the call
   * @return the entry, or a miss with the right to fill it
   */
  Lookup lookup(LoginId loginId, Deadline deadline);

  /**
   * Reads what a look-up would serve, for the comparison of caches with the database. Writes
   * nothing and returns no ticket.
   *
   * @param loginId canonical
   * @param deadline for the call
   * @return what any node may be served; several while nodes find it under different names, because
   *     an index key is being rotated
   */
  List<Credential> peek(LoginId loginId, Deadline deadline);

  /**
   * Stores a credential that was read from the database after the ticket was handed out.
   *
   * @param ticket from the miss
   * @param credential as read
   * @param readAt the moment before the database was asked; the entry's age counts from here
   * @param deadline for the call
   * @return true if it is stored; false if the ticket is void or the credential is below the floor
   */
  boolean fill(Ticket ticket, Credential credential, Instant readAt, Deadline deadline);

  /**
   * Invalidates entries older than {@code floor}: raises the floor (never lowers it), drops the
   * entry, voids all outstanding tickets. An entry that is not older goes, too: a database that
   * failed over and lost its last commits gives numbers out again. Late and repeated calls cost a
   * read of the database and nothing else.
   *
   * @param loginId canonical
   * @param floor a version number; 0 only voids tickets and leaves the entry
   * @param deadline for the call
   * @return true if it binds every node from now on; false if another server may have taken over
   *     from the one that was fenced, or did so recently, so that the call must be repeated
   */
  boolean fence(LoginId loginId, long floor, Deadline deadline);

  /**
   * Returns a cache that takes no part: nothing is found and nothing is filled.
   *
   * @return the empty cache
   */
  static CredentialCache none() {
    return NoCredentialCache.INSTANCE;
  }

  /**
   * Returns a cache in the memory of this process, for tests, demos and an application that runs on
   * one node: another node's changes are not told to it. It holds 10,000 names for 10 minutes.
   *
   * @return an empty cache over the system's clock
   */
  static CredentialCache inMemory() {
    return inMemory(InstantSource.system(), Duration.ofMinutes(10), 10_000);
  }

  /**
   * Returns a cache in the memory of this process, see {@link #inMemory()}.
   *
   * @param clock tells the age of an entry
   * @param ttl how long an entry is served, counted from the moment the database was read
   * @param maxNames at most this many; beyond it the least recently used is forgotten
   * @return an empty cache
   * @throws IllegalArgumentException if {@code ttl} or {@code maxNames} is not positive
   */
  static CredentialCache inMemory(InstantSource clock, Duration ttl, int maxNames) {
    return new InMemoryCredentialCache(clock, ttl, maxNames);
  }

  /** The result of a look-up. */
  sealed interface Lookup {
    /**
     * An entry that has not expired and is not below the floor.
     *
     * @param credential as filled
     * @param readAt when the database was read
     */
    record Hit(Credential credential, Instant readAt) implements Lookup {}

    /**
     * No entry, or none that may be used.
     *
     * @param ticket the right to fill it
     */
    record Miss(Ticket ticket) implements Lookup {}

    /** The cache takes no part: nothing was found and nothing may be filled. */
    record Bypass() implements Lookup {}
  }

  /**
   * The right to fill one entry, valid until the next fence. Opaque to callers.
   *
   * @param loginId whose entry
   * @param nonce what the cache remembers of the miss
   * @param stamp which server remembers it
   */
  record Ticket(LoginId loginId, String nonce, String stamp) {}

  /** When a credential that was read from the database goes into the cache. */
  enum CacheFill {
    /**
     * After the answer, on the background executor; the default. A full queue drops it, with an
     * event.
     */
    BACKGROUND,
    /**
     * Before the answer, within the operation's deadline. A failure still does not fail the
     * operation.
     */
    BLOCKING
  }
}
