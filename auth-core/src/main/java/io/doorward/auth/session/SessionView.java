package io.doorward.auth.session;

import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.session.TokenStore.LiveSession;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * A fast view of sessions that a database owns. It can be lost at any time, and must never let a
 * session live on that was ended. Thread-safe: one instance serves all threads, and any number of
 * nodes share one view.
 *
 * <p>Protocol: the <em>state of the account's user record</em> ({@link UserRecord#isSameState}) is
 * the epoch of all its sessions. A session is put into the view together with the user record that
 * the same statement read, and is served only while the user record that the view serves is in that
 * very state. Every change that ends sessions in the database raises the record's version in the
 * same transaction, so it is enough that the record is right:
 *
 * <ul>
 *   <li>a miss returns a {@link Ticket}; its holder reads the database <em>afterwards</em> and may
 *       then {@link #fill};
 *   <li>{@link #fenceUser} raises the floor under which no record is served and voids every
 *       outstanding ticket, so a late fill cannot bring an old record back;
 *   <li>a session that is filled late, or replayed by an attacker, carries an old state and no
 *       longer matches any record.
 * </ul>
 *
 * <p>The view refuses tickets that it does not remember: after a flush, a restart or a fail-over
 * every ticket is void and every record absent. One read for each account, not one for each
 * session, makes it whole again.
 *
 * <p>Security: a view outside the process is not trusted: what it keeps is sealed and bound to its
 * place. A planted or moved value is a miss.
 *
 * <p>Failure: every method throws {@link StoreException} when the view cannot answer before the
 * deadline; nothing is retried here. Every method is safe to repeat.
 */
public interface SessionView {
  /**
   * Looks a session up, in one trip.
   *
   * @param account whose it is said to be
   * @param session which one
   * @param deadline for the call
   * @return the session, or a miss with the right to fill it; a view never says that a session is
   *     over
   */
  Lookup find(AccountId account, SessionId session, Deadline deadline);

  /**
   * Hands out the right to fill, whatever is there, which goes on being served.
   *
   * @param account whose session is about to be stored or read
   * @param session which one
   * @param deadline for the call
   * @return the ticket
   */
  Ticket ticket(AccountId account, SessionId session, Deadline deadline);

  /**
   * Stores a session and its user record, which one statement read after the ticket was handed out.
   * A session in the same state that was read later stays: two reads may end in the other order.
   *
   * @param ticket names account and session
   * @param live as read
   * @param readAt the moment before the database was asked: age and idle time count from here
   * @param deadline for the call
   * @return true if it, or what was read later, is stored; false if the ticket is void, the record
   *     is below the floor, or the session has nothing left to live
   */
  boolean fill(Ticket ticket, LiveSession live, Instant readAt, Deadline deadline);

  /**
   * Invalidates user records older than {@code floor}, and with them the sessions of that state.
   * Late and repeated calls are harmless.
   *
   * @param account whose record
   * @param floor a {@link UserRecord#version()}; 0 only voids loads in progress
   * @param deadline for the call
   * @return true if it binds every node from now on; false if the call must be repeated, see {@link
   *     io.doorward.auth.account.CredentialCache#fence}
   */
  boolean fenceUser(AccountId account, long floor, Deadline deadline);

  /**
   * Reads the user record that a check would be served. Writes nothing and loads nothing.
   *
   * @param account whose record
   * @param deadline for the call
   * @return the record; empty if none is kept that would be served
   */
  Optional<UserRecord> peekUser(AccountId account, Deadline deadline);

  /**
   * Returns a view in the memory of this process, for tests and for an application that runs on one
   * node: it does not learn of another node's changes. It holds the sessions of 10,000 accounts, 64
   * of each, for an hour.
   *
   * @param clock tells ages and ends
   * @return an empty view
   */
  static SessionView inMemory(InstantSource clock) {
    return new InMemorySessionView(clock, Duration.ofHours(1), 10_000);
  }

  /** The result of a look-up. */
  sealed interface Lookup {
    /**
     * A session that is live, in the state of its user record.
     *
     * @param live the session, its user and what is left of its idle time now
     */
    record Hit(LiveSession live) implements Lookup {}

    /**
     * Nothing that may be used.
     *
     * @param ticket the right to fill it
     */
    record Miss(Ticket ticket) implements Lookup {}
  }

  /**
   * The right to fill one session, valid until its account's next fence. Opaque to callers.
   *
   * @param account whose session
   * @param session which one
   * @param nonce what the view remembers
   * @param stamp which server remembers it
   */
  record Ticket(AccountId account, SessionId session, String nonce, String stamp) {}
}
