package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Remembers in the database which servers have been the primary of a cache, so that a node which is
 * cut off together with an old primary finds out that another one took over. Thread-safe: one
 * instance serves all threads, and all nodes share one registry.
 *
 * <p>A cut-off primary cannot be told of changes, and it does not know that it is no longer one.
 * The database does: a node that meets a primary for the first time registers it, and {@link
 * Registration#isSuperseded} tells from all registrations which ones are past. The last 64 of each
 * cache are kept, and 16 that wait.
 *
 * <p>A primary takes over when it is registered if it continues the data of the present one, as a
 * promoted replica does, or if there is none. Any other one waits: it takes over once it has waited
 * for as long as its node says and no node has {@linkplain #seen seen} the present one alive in
 * that time. So a server that was restarted or replaced is accepted after that wait, and a node
 * that was pointed at another server by mistake takes nothing away from the others.
 *
 * <p>Failure: every method throws {@link StoreException} when the database cannot answer before the
 * deadline; nothing is retried here. Every method is safe to repeat. {@link
 * StoreException.Kind#UNREACHABLE} is thrown only where the database cannot be reached at all: no
 * server takes a connection, or nothing comes back for the time that the implementation states. A
 * database that is slow, full or refuses is any other kind. Callers depend on the difference.
 */
public interface PrimaryRegistry {
  /**
   * Registers a primary, unless it is registered already, and lets it take over if it may.
   *
   * @param cache names the cache: the same on all nodes, another one for each Redis installation
   * @param primary as reported by the server
   * @param wait how long a primary that does not continue the present one waits, from the moment
   *     when it was registered first; positive
   * @param deadline for the call
   * @return the present registrations, newest first
   */
  List<Registration> register(String cache, Primary primary, Duration wait, Deadline deadline);

  /**
   * Returns the registrations. Writes nothing.
   *
   * @param cache names the cache
   * @param deadline for the call
   * @return the registrations, newest first; empty if there is none
   */
  List<Registration> list(String cache, Deadline deadline);

  /**
   * Records that a node uses a primary and gets answers from it, so that one that {@linkplain
   * State#WAITING waits} does not take over from it. Needed only while one waits. Does nothing if
   * the primary is not registered.
   *
   * @param cache names the cache
   * @param identity {@link Primary#identity} of the primary that answers
   * @param deadline for the call
   */
  void seen(String cache, String identity, Deadline deadline);

  /**
   * Withdraws a wrong registration: from now on it supersedes nothing, and the primary is not
   * trusted until a restart gives it another identity. All other registrations of the cache begin a
   * new {@linkplain Registration#term term}, so that the data which the newly trusted primary
   * stored before it was superseded does not count.
   *
   * @param cache names the cache
   * @param identity {@link Primary#identity} of the primary that should not be there
   * @param deadline for the call
   * @return true if it was registered and not withdrawn before
   */
  boolean withdraw(String cache, String identity, Deadline deadline);

  /**
   * Returns a registry in the memory of this process, for tests and for an application that runs on
   * one node.
   *
   * @param ticker tells how old a registration is
   * @return an empty registry
   */
  static PrimaryRegistry inMemory(Ticker ticker) {
    return new InMemoryPrimaryRegistry(ticker);
  }

  /** The state of a registration. */
  enum State {
    /**
     * It took over when it was registered, or later. Another primary may have superseded it since.
     */
    ADMITTED,
    /** It does not continue the present primary, which it may not take over from yet. */
    WAITING,
    /** An operator has withdrawn it. */
    WITHDRAWN
  }

  /**
   * A server in its time as a primary. A restart or a promotion makes another one of it.
   *
   * @param identity names it: nothing that it stored is found under another identity
   * @param history names the data it had when it became primary and all that came after it; 40
   *     hexadecimal digits ({@code master_replid} of Redis)
   * @param previous the history that it continues, as a replica that was promoted does ({@code
   *     master_replid2}); zeros if it continues none
   * @param alone true if a cache has one primary at a time; false if several share its keys
   */
  record Primary(String identity, String history, String previous, boolean alone) {
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{40}");
    private static final String NONE = "0".repeat(40);

    /**
     * Checks the names.
     *
     * @param identity see the type
     * @param history see the type
     * @param previous see the type
     * @param alone see the type
     * @throws IllegalArgumentException if one is not 40 hexadecimal digits
     */
    public Primary {
      requireName("identity", identity);
      requireName("history", history);
      requireName("previous", previous);
    }

    private static void requireName(String what, String name) {
      if (!NAME.matcher(requireNonNull(name, what)).matches()) {
        throw new IllegalArgumentException(what + " must be 40 hexadecimal digits: " + name);
      }
    }

    /** Returns whether this one was promoted from a replica of {@code other}. */
    boolean continues(Primary other) {
      return previous.equals(other.history) && !previous.equals(NONE);
    }

    /**
     * Returns whether this one takes over from another one as soon as it is registered, because
     * both hold the same data or share the keys.
     *
     * @param other the present one
     * @return false if this one has to wait
     */
    public boolean mayFollow(Primary other) {
      return !alone || continues(other) || (history.equals(other.history) && !history.equals(NONE));
    }
  }

  /**
   * One registered primary.
   *
   * @param primary which one
   * @param number grows with each primary of the cache that takes over
   * @param term grows with each registration of the cache that is withdrawn; 0 at first. What a
   *     primary stored in another term does not count
   * @param age how long it has been visible to all nodes in this state and term; never longer
   * @param state whether it may supersede others
   */
  record Registration(Primary primary, long number, long term, Duration age, State state) {
    /**
     * Returns whether this primary must not be trusted: because it waits or was withdrawn, or
     * because another one has taken over from it. That is one that continues its data, or, where
     * there is only one at a time, one that took over later and that this one does not continue.
     * The second rule knows a replacement that shares no data; the first one knows an old primary
     * that a node happened to meet for the first time after its successor.
     *
     * @param all what is registered of the cache
     * @return true if it must not be trusted
     */
    public boolean isSuperseded(List<Registration> all) {
      return state != State.ADMITTED || all.stream().anyMatch(this::isSupersededBy);
    }

    private boolean isSupersededBy(Registration other) {
      if (other.state != State.ADMITTED || other.primary.identity().equals(primary.identity())) {
        return false;
      }
      return other.primary.continues(primary)
          || (primary.alone() && other.number > number && !primary.continues(other.primary));
    }
  }
}
