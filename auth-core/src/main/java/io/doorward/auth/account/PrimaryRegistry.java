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
 * The database does: whoever meets a primary for the first time registers it, and {@link
 * Registration#isSuperseded} tells from all registrations which ones are past. The last 64 of each
 * cache are kept.
 *
 * <p>Failure: every method throws {@link StoreException} when the database cannot answer before the
 * deadline; nothing is retried here. Every method is safe to repeat.
 */
public interface PrimaryRegistry {
  /**
   * Registers a primary, unless it is registered already.
   *
   * @param cache names the cache: the same on all nodes, another one for each Redis installation
   * @param primary as it described itself
   * @param deadline for the call
   * @return what is registered now, newest first
   */
  List<Registration> register(String cache, Primary primary, Deadline deadline);

  /**
   * Returns what is registered. Writes nothing.
   *
   * @param cache names the cache
   * @param deadline for the call
   * @return the registrations, newest first; empty if there is none
   */
  List<Registration> list(String cache, Deadline deadline);

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

    /** Tells whether this one was promoted from a replica of {@code other}. */
    boolean continues(Primary other) {
      return previous.equals(other.history) && !previous.equals(NONE);
    }
  }

  /**
   * One registered primary.
   *
   * @param primary who
   * @param number grows with each registration of the cache
   * @param age how long it has been visible to all nodes; never longer than that
   */
  record Registration(Primary primary, long number, Duration age) {
    /**
     * Tells whether another primary has taken over from this one: one that continues its data, or,
     * where there is only one at a time, one that was registered later and that this one does not
     * continue. The second rule knows a replacement that shares no data; the first one knows an old
     * primary that somebody happened to meet for the first time after its successor.
     *
     * @param all what is registered of the cache
     * @return true if it must not be believed any more
     */
    public boolean isSuperseded(List<Registration> all) {
      return all.stream().anyMatch(this::isSupersededBy);
    }

    private boolean isSupersededBy(Registration other) {
      if (other.primary.identity().equals(primary.identity())) {
        return false;
      }
      return other.primary.continues(primary)
          || (primary.alone() && other.number > number && !primary.continues(other.primary));
    }
  }
}
