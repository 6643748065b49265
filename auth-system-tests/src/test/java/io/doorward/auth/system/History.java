package io.doorward.auth.system;

import io.doorward.auth.base.SessionId;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What callers asked, from when to when, and what they were answered: all that {@link
 * HistoryChecker} knows of a run. All moments are of one {@link System#nanoTime() clock}.
 *
 * <p>Holds no secret: accounts, and an account's passwords and identifiers, are numbered. Number 0
 * is what the account was made with. Thread-safe.
 */
final class History {
  /** A password that never was the account's. */
  static final int GUESS = -1;

  private static final long ORIGIN = System.nanoTime();

  private final Queue<Event> events = new ConcurrentLinkedQueue<>();
  private final Queue<Drained> drained = new ConcurrentLinkedQueue<>();
  private final Queue<Span> faults = new ConcurrentLinkedQueue<>();
  private final AtomicInteger accounts = new AtomicInteger();

  /** Nanoseconds since the first use of this class. */
  static long now() {
    return System.nanoTime() - ORIGIN;
  }

  /** From the moment before a call to the moment after it. */
  record Span(long start, long end) {
    Span {
      if (end < start) {
        throw new IllegalArgumentException("a span cannot end before it starts");
      }
    }

    /** A call that begins now; {@link #ended} ends it. */
    static Span begin() {
      long now = now();
      return new Span(now, now);
    }

    Span ended() {
      return new Span(start, now());
    }

    boolean isBefore(Span other) {
      return end <= other.start;
    }

    boolean overlaps(Span other) {
      return start < other.end && other.start < end;
    }
  }

  /** What a caller was answered. */
  enum Answer {
    YES,
    NO,
    /** Unavailable, throttled, or the node was gone: says nothing. */
    NONE
  }

  /** What a caller was told of a change. */
  enum Outcome {
    /** Committed, and the cache knows. */
    TOLD,
    /** Committed, and the cache will be told. */
    PENDING,
    /** Committed behind the library's back: the relay will tell the cache. */
    BEHIND,
    /** Nothing was changed. */
    NOT_DONE,
    /** It may have been committed, and it may yet be. */
    UNKNOWN;

    boolean isCommitted() {
      return this == TOLD || this == PENDING || this == BEHIND;
    }

    boolean isPossible() {
      return this != NOT_DONE;
    }
  }

  /** Something that a caller asked of one account. */
  sealed interface Event {
    int account();

    Span span();
  }

  /** Something that gives an account's credential a new version and so ends its sessions. */
  sealed interface Change extends Event {
    Outcome outcome();
  }

  /**
   * Another password, if {@code from} is the present one.
   *
   * @param renewed the session in place of the caller's own
   */
  record PasswordChange(
      int account, Span span, int from, int to, Outcome outcome, List<SessionId> renewed)
      implements Change {}

  /** Switched on or off. */
  record StatusChange(int account, Span span, boolean active, Outcome outcome) implements Change {}

  /** Another login identifier. */
  record IdentifierChange(int account, Span span, int to, Outcome outcome) implements Change {}

  /** Another version of the same credential. */
  record Renewal(int account, Span span, Outcome outcome) implements Change {}

  /** The role granted or taken away. */
  record RoleChange(int account, Span span, boolean granted, Outcome outcome) implements Event {}

  /**
   * A login.
   *
   * @param session what it opened; empty if it did not
   */
  record Login(
      int account, Span span, int identifier, int password, Answer answer, List<SessionId> session)
      implements Event {}

  /**
   * A credential of an active account that the cache served a node: whoever has its password would
   * be let in.
   */
  record Cached(int account, Span span, int identifier, int password) implements Event {}

  /** A request with a session's token; the role is what the answer said. */
  record Check(int account, Span span, SessionId session, Answer answer, boolean role)
      implements Event {}

  /** The end of a session, or of all if {@code session} is empty. */
  record Logout(int account, Span span, List<SessionId> session, Outcome outcome)
      implements Event {}

  /** Between these moments nothing was pending but for these accounts. */
  record Drained(Span span, Set<Integer> pending) {}

  /** Numbers a new account, which is active and without the role from now on. */
  int newAccount() {
    return accounts.getAndIncrement();
  }

  void add(Event event) {
    events.add(event);
  }

  void add(Drained sighting) {
    drained.add(sighting);
  }

  /** While this lasted something was broken on purpose. */
  void fault(Span span) {
    faults.add(span);
  }

  List<Event> events() {
    return List.copyOf(events);
  }

  List<Drained> drained() {
    return List.copyOf(drained);
  }

  List<Span> faults() {
    return List.copyOf(faults);
  }
}
