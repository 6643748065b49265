package io.doorward.auth.system;

import io.doorward.auth.base.SessionId;
import io.doorward.auth.session.RefreshToken;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** What clients with refresh tokens were answered in a long run. Thread-safe. */
final class RefreshTally {
  private static final int GENERATION = 3;

  /** The one token of each generation of each session, as whoever saw it first. */
  private final Map<String, String> successors = new ConcurrentHashMap<>();

  private final Queue<RefreshToken> dead = new ConcurrentLinkedQueue<>();
  private final Queue<String> twoSuccessors = new ConcurrentLinkedQueue<>();
  private final Queue<String> resurrected = new ConcurrentLinkedQueue<>();
  private final Queue<String> honestLogouts = new ConcurrentLinkedQueue<>();
  private final LongAdder refreshes = new LongAdder();
  private final LongAdder late = new LongAdder();
  private final LongAdder copies = new LongAdder();
  private final LongAdder lostByTheStore = new LongAdder();

  /** A refresh has given a token. */
  void refreshed(SessionId session, RefreshToken token) {
    refreshes.increment();
    String generation = session.value() + '.' + token.reveal().split("\\.", -1)[GENERATION];
    String first = successors.putIfAbsent(generation, token.reveal());
    if (first != null && !first.equals(token.reveal())) {
      twoSuccessors.add("generation " + generation);
    }
  }

  /** A session has ended; its latest token must not be good again. */
  void ended(RefreshToken latest) {
    dead.add(latest);
  }

  List<RefreshToken> dead() {
    return new ArrayList<>(dead);
  }

  void resurrected(String how) {
    resurrected.add(how);
  }

  void honestLogout(String how) {
    honestLogouts.add(how);
  }

  /** A client repeated its token, for want of an answer, for longer than the grace. */
  void late() {
    late.increment();
  }

  /** A copy was rejected and its session with it. */
  void copyCaught() {
    copies.increment();
  }

  /** The store has lost the latest exchange of a session. */
  void lostByTheStore() {
    lostByTheStore.increment();
  }

  Result result() {
    return new Result(
        refreshes.sum(),
        List.copyOf(twoSuccessors),
        List.copyOf(resurrected),
        List.copyOf(honestLogouts),
        late.sum(),
        copies.sum(),
        lostByTheStore.sum());
  }

  /**
   * What came of it.
   *
   * @param refreshes that gave a token
   * @param late clients that are lost because they had no answer within the grace
   * @param copies that were caught
   * @param lostByTheStore exchanges that the store lost and clients made good
   */
  record Result(
      long refreshes,
      List<String> twoSuccessors,
      List<String> resurrected,
      List<String> honestLogouts,
      long late,
      long copies,
      long lostByTheStore) {

    List<String> violations() {
      List<String> all = new ArrayList<>();
      twoSuccessors.forEach(it -> all.add("two successors: " + it));
      resurrected.forEach(it -> all.add("resurrected: " + it));
      honestLogouts.forEach(it -> all.add("honest logout: " + it));
      return all;
    }
  }
}
