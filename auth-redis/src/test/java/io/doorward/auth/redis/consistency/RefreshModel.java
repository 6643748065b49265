package io.doorward.auth.redis.consistency;

import io.doorward.auth.redis.consistency.Exploration.Result;
import io.doorward.auth.redis.consistency.Exploration.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a refresh token is exchanged for its successor: two tabs of one user, a thief, two nodes, and
 * a store whose server may fail over. A call is sent; the node reads the session's row; it writes
 * by compare-and-set on what it read; the answer arrives or is lost. Anything may happen in
 * between. A token is its generation and the key under which it was given out. A logout and a
 * change of the account's epoch are the end of the row. A world is a value; every step makes
 * another one.
 */
final class RefreshModel {
  /** For how many ticks after a rotation the predecessor is good. */
  static final int GRACE = 2;

  /** How many ticks the clocks of two servers may differ. */
  static final int SKEW = 3;

  /** How many ticks a client waits for its answer: not longer than half of the grace. */
  static final int PATIENCE = 1;

  private static final int WINDOW = GRACE + SKEW;
  private static final int LONG_AGO = -2 * WINDOW;
  private static final int NEVER = -99;
  private static final int THIEF = 2;

  /** The keys of a node in the steps of a roll-out; the first one gives out. */
  private static final List<List<Integer>> RINGS =
      List.of(List.of(1), List.of(1, 2), List.of(2, 1), List.of(2));

  /** What the rules rest on. The model can do without any one of them. */
  enum Rule {
    /** Within the window after a rotation nothing rotates: the present token is the answer. */
    ONCE_A_WINDOW,
    /** That window is the grace and the skew, not the grace alone. */
    WINDOW_COVERS_THE_SKEW,
    /** Within the grace the predecessor of the present token gets the present one. */
    GRACE,
    /** Later than that it does not. */
    GRACE_ENDS,
    /** Within the skew after the grace, the predecessor is refused and the session lives. */
    SKEW,
    /** A token that is newer than the row shows lost rotations: the row catches up. */
    CATCH_UP,
    /** That counts as a rotation. */
    GRACE_AFTER_CATCH_UP,
    /** The row names the key under which its generation was given out. */
    KEY_IN_THE_ROW,
    /** A node that lacks a key that another node has answers Unavailable. */
    UNKNOWN_IS_UNAVAILABLE,
    /** The keys are looked up before anything is written. */
    KEY_BEFORE_WRITE,
    /** A node waits with a step of a roll-out until no other one lacks the step before. */
    KEYS_IN_ORDER,
    /** A rotation is written only onto exactly what was read. */
    COMPARE_AND_SET,
    /** A token that was replaced before ends the session. */
    REUSE_ENDS,
    /** It is answered only after the session has ended. */
    END_BEFORE_THE_ANSWER,
    /** An answer with the very token that was sent replaces nothing at the client. */
    SAME_TOKEN_IS_NOT_STORED
  }

  /** What must not happen. */
  enum Broken {
    /** An honest tab was refused, or ended its session, other than the rules allow. */
    HONEST_LOGGED_OUT,
    /** A token that was replaced was good for longer than the grace. */
    ACCEPTED_TOO_LATE,
    /** A generation has two tokens. */
    FORK,
    ENDED_SESSION_LIVES,
    /** A token that was replaced, beyond any doubt of clocks, was refused and the session lives. */
    REUSE_LEFT_ALIVE,
    UNAVAILABLE_CHANGED_THE_ROW,
    /** The new key came to all nodes before any node used it, and yet a node lacked a key. */
    UNAVAILABLE_IN_ORDER
  }

  /**
   * What may happen.
   *
   * @param ticks that pass
   * @param shared whether both tabs keep their token in one place; else each has its own copy
   * @param lossy whether answers may be lost, or come after the client has given up
   * @param thief whether a tab's token may be copied, once
   * @param failOvers how many; each may bring back any earlier row
   * @param clock how far the clock of the server after a fail-over is ahead of that of the first
   *     one; a second fail-over leads back to it
   * @param rollOut how many steps each node takes towards a new key
   * @param inOrder whether the new key comes to all nodes before any node uses it
   * @param ends whether a logout may end the session, and ending it after a reuse may fail
   */
  record Scenario(
      int ticks,
      boolean shared,
      boolean lossy,
      boolean thief,
      int failOvers,
      int clock,
      int rollOut,
      boolean inOrder,
      boolean ends) {
    static Scenario tabs(int ticks, boolean shared, boolean lossy) {
      return new Scenario(ticks, shared, lossy, false, 0, 0, 0, false, false);
    }

    Scenario withThief() {
      return new Scenario(ticks, shared, lossy, true, failOvers, clock, rollOut, inOrder, ends);
    }

    Scenario withFailOvers(int count, int nextClock) {
      return new Scenario(ticks, shared, lossy, thief, count, nextClock, rollOut, inOrder, ends);
    }

    Scenario withRollOut(int steps, boolean oneAfterTheOther) {
      return new Scenario(
          ticks, shared, lossy, thief, failOvers, clock, steps, oneAfterTheOther, ends);
    }

    Scenario withEnds() {
      return new Scenario(ticks, shared, lossy, thief, failOvers, clock, rollOut, inOrder, true);
    }
  }

  /** A token that is genuine. */
  record Token(int generation, int key) {
    @Override
    public String toString() {
      return generation + "/k" + key;
    }
  }

  /** What the store has of the session; the time is by the clock of its server. */
  record Row(int generation, int rotatedAt, int key) {
    Token token() {
      return new Token(generation, key);
    }
  }

  /** What a node makes of a token. */
  enum Decision {
    KEEP,
    ADVANCE,
    CATCH_UP,
    LATE,
    REUSED
  }

  /**
   * A call under way: sent; or read, and to be written; or answered.
   *
   * @param sentAt when; older than the client's patience is all one
   * @param ring of the node that it was sent to
   */
  record Call(
      Token token,
      int sentAt,
      int ring,
      @Nullable Decision decision,
      @Nullable Row read,
      @Nullable Token answer) {}

  /** A tab, or the thief. */
  record Client(@Nullable Token token, @Nullable Call call) {}

  /**
   * The store: its row, absent after the end, and the rows that a fail-over may bring back.
   *
   * @param clock how far its server's clock is ahead
   */
  record Store(@Nullable Row row, List<Row> earlier, int clock, int failOvers) {}

  /**
   * What happened to each generation; no rule looks at it.
   *
   * @param replacedAt when it was first replaced
   * @param supersededAt when it was replaced in what the store has not lost
   * @param keys under which it was given out in what the store has not lost
   */
  record Seen(List<Integer> replacedAt, List<Integer> supersededAt, List<Integer> keys) {}

  /** One state of everything. */
  record World(int now, Store store, List<Client> clients, List<Integer> rings, Seen seen) {
    World store(Store next) {
      return new World(now, next, clients, rings, seen);
    }

    World client(int index, Client next) {
      return new World(now, store, with(clients, index, next), rings, seen);
    }

    World seen(Seen next) {
      return new World(now, store, clients, rings, next);
    }

    Row row() {
      return Objects.requireNonNull(store.row());
    }

    int serverClock() {
      return now + store.clock();
    }

    boolean isKnownAnywhere(int key) {
      return rings.stream().anyMatch(ring -> RINGS.get(ring).contains(key));
    }

    /** Ends the call of a client that keeps its token. */
    World over(int client) {
      return client(client, new Client(clients.get(client).token(), null));
    }
  }

  private final Scenario scenario;
  private final Set<Rule> rules;
  private int allowedRefusals;

  RefreshModel(Scenario scenario, Set<Rule> rules) {
    this.scenario = scenario;
    this.rules = rules;
  }

  /** How often the exploration met an honest tab that the rules refuse. */
  int allowedRefusals() {
    return allowedRefusals;
  }

  private boolean on(Rule rule) {
    return rules.contains(rule);
  }

  /** Goes everywhere, or to the first step that breaks something. */
  Result<Broken> explore() {
    Row first = new Row(0, LONG_AGO, 1);
    Client tab = new Client(first.token(), null);
    World start =
        new World(
            0,
            new Store(first, List.of(), 0, scenario.failOvers()),
            List.of(tab, tab, new Client(null, null)),
            List.of(0, 0),
            new Seen(List.of(), List.of(), List.of(1)));
    return Exploration.explore(start, this::steps);
  }

  private List<Step<World, Broken>> steps(World from) {
    List<Step<World, Broken>> steps = new ArrayList<>();
    for (int client = 0; client < from.clients().size(); client++) {
      Call call = from.clients().get(client).call();
      if (call != null) {
        goOn(from, client, call, steps);
      } else if (from.store().row() != null) {
        send(from, client, steps);
      }
    }
    // Once the session has ended, only what is under way may still go wrong.
    if (from.store().row() != null) {
      happen(from, steps);
    }
    return steps;
  }

  // ---- what happens by itself

  private void happen(World from, List<Step<World, Broken>> steps) {
    if (from.now() < scenario.ticks() && mayPass(from)) {
      steps.add(step(from, "a tick", tick(from)));
    }
    if (scenario.thief() && from.clients().get(THIEF).token() == null) {
      for (int tab = 0; tab < THIEF; tab++) {
        World after = from.client(THIEF, new Client(from.clients().get(tab).token(), null));
        steps.add(step(from, "the thief copies the token of " + name(tab), after));
      }
    }
    if (scenario.ends()) {
      steps.add(step(from, "logout", ended(from)));
    }
    for (int node = 0; node < 2; node++) {
      int ring = from.rings().get(node);
      boolean waits = scenario.inOrder() && on(Rule.KEYS_IN_ORDER) && isBehind(from, ring);
      if (ring < scenario.rollOut() && !waits) {
        World after =
            new World(
                from.now(),
                from.store(),
                from.clients(),
                with(from.rings(), node, ring + 1),
                from.seen());
        steps.add(step(from, "node " + (node + 1) + " has the keys " + RINGS.get(ring + 1), after));
      }
    }
    if (from.store().failOvers() > 0) {
      failOvers(from, steps);
    }
  }

  /** Tells whether a node, or a call that an earlier process of it still works on, is behind. */
  private static boolean isBehind(World world, int ring) {
    return world.rings().stream().anyMatch(other -> other < ring)
        || world.clients().stream()
            .anyMatch(client -> client.call() != null && client.call().ring() < ring);
  }

  /** Where no answer is lost, no client waits for longer than it has patience. */
  private boolean mayPass(World world) {
    return scenario.lossy()
        || world.clients().stream()
            .allMatch(
                client -> client.call() == null || world.now() - client.call().sentAt() < PATIENCE);
  }

  private static World tick(World from) {
    int now = from.now() + 1;
    List<Client> clients = new ArrayList<>(from.clients());
    clients.replaceAll(
        client -> {
          Call call = client.call();
          return call == null || now - call.sentAt() <= PATIENCE + 1
              ? client
              : new Client(client.token(), sentAt(call, now - PATIENCE - 1));
        });
    return new World(now, from.store(), List.copyOf(clients), from.rings(), from.seen());
  }

  private static Call sentAt(Call call, int at) {
    return new Call(call.token(), at, call.ring(), call.decision(), call.read(), call.answer());
  }

  /**
   * A fail-over may lose rotations. The end of a session it does not lose: a store that may says so
   * itself.
   */
  private void failOvers(World from, List<Step<World, Broken>> steps) {
    Store store = from.store();
    List<Row> rows = with(store.earlier(), store.earlier().size(), from.row());
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      int clock = scenario.clock() - store.clock();
      World after =
          from.store(new Store(row, rows.subList(0, i), clock, store.failOvers() - 1))
              .seen(
                  new Seen(
                      from.seen().replacedAt(),
                      head(from.seen().supersededAt(), row.generation()),
                      head(from.seen().keys(), row.generation() + 1)));
      String lost = i == rows.size() - 1 ? "" : ", back to generation " + row.generation();
      steps.add(step(from, "a fail-over to a clock of " + clock + lost, after));
    }
  }

  // ---- a call

  private void send(World from, int index, List<Step<World, Broken>> steps) {
    Client client = from.clients().get(index);
    if (client.token() == null) {
      return;
    }
    int nodes = scenario.rollOut() > 0 ? 2 : 1;
    for (int node = 0; node < nodes; node++) {
      Call call = new Call(client.token(), from.now(), from.rings().get(node), null, null, null);
      steps.add(
          step(
              from,
              name(index) + " sends " + call.token() + (nodes == 1 ? "" : " to node " + (node + 1)),
              from.client(index, new Client(client.token(), call))));
    }
  }

  private void goOn(World from, int index, Call call, List<Step<World, Broken>> steps) {
    if (call.answer() != null) {
      arrive(from, index, call, steps);
    } else if (call.decision() == null) {
      steps.add(read(from, index, call));
    } else if (call.decision() == Decision.REUSED) {
      end(from, index, call, steps);
    } else {
      steps.add(write(from, index, call));
    }
  }

  private Decision decide(World world, Token token) {
    Row row = world.row();
    int age = world.serverClock() - row.rotatedAt();
    if (token.generation() > row.generation()) {
      return on(Rule.CATCH_UP) ? Decision.CATCH_UP : Decision.REUSED;
    }
    if (token.generation() == row.generation()) {
      int window = on(Rule.WINDOW_COVERS_THE_SKEW) ? WINDOW : GRACE;
      return on(Rule.ONCE_A_WINDOW) && age <= window ? Decision.KEEP : Decision.ADVANCE;
    }
    if (token.generation() < row.generation() - 1) {
      return Decision.REUSED;
    }
    if (on(Rule.GRACE) && (age <= GRACE || !on(Rule.GRACE_ENDS))) {
      return Decision.KEEP;
    }
    return on(Rule.SKEW) && age <= WINDOW ? Decision.LATE : Decision.REUSED;
  }

  /** The node reads the row and decides; only what needs no write is answered at once. */
  private Step<World, Broken> read(World from, int index, Call call) {
    if (from.store().row() == null) {
      return step(from, name(index) + " is refused, the session is over", from.over(index));
    }
    Token token = call.token();
    if (on(Rule.KEY_BEFORE_WRITE) && !RINGS.get(call.ring()).contains(token.key())) {
      return unknown(from, from, index, token.key());
    }
    Decision decision = decide(from, token);
    String text = "the row is read for " + name(index) + " with " + token + ": " + decision;
    if (decision == Decision.KEEP) {
      return answer(from, from, index, call, text);
    }
    if (decision == Decision.LATE) {
      return refuse(from, from, index, token, text);
    }
    Call next = new Call(token, call.sentAt(), call.ring(), decision, from.row(), null);
    World after = from.client(index, new Client(from.clients().get(index).token(), next));
    boolean wronged = decision == Decision.REUSED && !mayBeRefused(from, index, token, false);
    return new Step<>(from.now() + ": " + text, after, wronged ? Broken.HONEST_LOGGED_OUT : null);
  }

  private Step<World, Broken> write(World from, int index, Call call) {
    Row read = Objects.requireNonNull(call.read());
    if (on(Rule.COMPARE_AND_SET) && !read.equals(from.store().row())) {
      Call again = new Call(call.token(), call.sentAt(), call.ring(), null, null, null);
      return step(
          from,
          "the row has changed, and is read again for " + name(index),
          from.client(index, new Client(from.clients().get(index).token(), again)));
    }
    Row next;
    if (call.decision() == Decision.ADVANCE) {
      next = new Row(read.generation() + 1, from.serverClock(), RINGS.get(call.ring()).get(0));
    } else {
      int at = on(Rule.GRACE_AFTER_CATCH_UP) ? from.serverClock() : LONG_AGO;
      next = new Row(call.token().generation(), at, call.token().key());
    }
    String text = "generation " + next.generation() + " is written for " + name(index);
    if (from.store().row() == null) {
      return new Step<>(from.now() + ": " + text, from, Broken.ENDED_SESSION_LIVES);
    }
    World written = written(from, next);
    if (!RINGS.get(call.ring()).contains(call.token().key())) {
      return unknown(from, written, index, call.token().key());
    }
    return answer(from, written, index, call, text);
  }

  private World written(World from, Row next) {
    Store store = from.store();
    Row row = from.row();
    List<Row> earlier =
        store.failOvers() > 0 ? with(store.earlier(), store.earlier().size(), row) : List.of();
    Seen seen = from.seen();
    return from.store(new Store(next, earlier, store.clock(), store.failOvers()))
        .seen(
            new Seen(
                upTo(seen.replacedAt(), next.generation(), from.now()),
                upTo(seen.supersededAt(), next.generation(), from.now()),
                seen.keys()));
  }

  /** The node gives out the token of the present generation. */
  private Step<World, Broken> answer(World from, World written, int index, Call call, String text) {
    Row row = written.row();
    int key = on(Rule.KEY_IN_THE_ROW) ? row.key() : RINGS.get(call.ring()).get(0);
    if (!RINGS.get(call.ring()).contains(key)) {
      return unknown(from, written, index, key);
    }
    Token token = new Token(row.generation(), key);
    Call next = new Call(call.token(), call.sentAt(), call.ring(), null, null, token);
    Seen seen = written.seen();
    boolean first = seen.keys().size() <= row.generation();
    List<Integer> keys = upTo(seen.keys(), row.generation() + 1, key);
    World after =
        written
            .client(index, new Client(from.clients().get(index).token(), next))
            .seen(new Seen(seen.replacedAt(), seen.supersededAt(), keys));
    Broken broken = null;
    if (!first && keys.get(row.generation()) != key) {
      broken = Broken.FORK;
    } else if (since(from, call.token()) > GRACE + behind()) {
      broken = Broken.ACCEPTED_TOO_LATE;
    }
    return new Step<>(from.now() + ": " + text + ", the answer is " + token, after, broken);
  }

  private void end(World from, int index, Call call, List<Step<World, Broken>> steps) {
    String text = "the session is ended, " + name(index) + " is refused";
    World after = on(Rule.REUSE_ENDS) ? ended(from) : from;
    steps.add(refuse(from, after, index, call.token(), text));
    if (scenario.ends()) {
      String failed = "ending the session fails for " + name(index);
      steps.add(
          on(Rule.END_BEFORE_THE_ANSWER)
              ? step(from, failed + ": Unavailable", from.over(index))
              : refuse(from, from, index, call.token(), failed));
    }
  }

  private static World ended(World from) {
    Store store = from.store();
    return from.store(new Store(null, List.of(), store.clock(), 0));
  }

  private Step<World, Broken> unknown(World from, World written, int index, int key) {
    boolean unavailable = on(Rule.UNKNOWN_IS_UNAVAILABLE) && from.isKnownAnywhere(key);
    Broken broken = null;
    if (!unavailable) {
      // A key that no node has is retired.
      broken = from.isKnownAnywhere(key) ? Broken.HONEST_LOGGED_OUT : null;
    } else if (!from.store().equals(written.store())) {
      broken = Broken.UNAVAILABLE_CHANGED_THE_ROW;
    } else if (scenario.inOrder()) {
      broken = Broken.UNAVAILABLE_IN_ORDER;
    }
    String answer = unavailable ? ": Unavailable" : ": refused";
    return new Step<>(
        from.now() + ": the node of " + name(index) + " lacks k" + key + answer,
        written.over(index),
        broken);
  }

  private Step<World, Broken> refuse(World from, World after, int index, Token token, String text) {
    Broken broken = null;
    boolean lives = after.store().row() != null;
    if (lives && !mayBeRefused(from, index, token, true)) {
      broken = Broken.HONEST_LOGGED_OUT;
    } else if (lives && since(from, token) > WINDOW + behind()) {
      broken = Broken.REUSE_LEFT_ALIVE;
    }
    return new Step<>(from.now() + ": " + text, after.over(index), broken);
  }

  private void arrive(World from, int index, Call call, List<Step<World, Broken>> steps) {
    Token token = call.answer();
    if (from.now() - call.sentAt() <= PATIENCE || index == THIEF) {
      boolean same = on(Rule.SAME_TOKEN_IS_NOT_STORED) && call.token().equals(token);
      World after = from.over(index);
      for (int i = 0; i < from.clients().size() && !same; i++) {
        if (i == index || (scenario.shared() && i < THIEF && index < THIEF)) {
          after = after.client(i, new Client(token, after.clients().get(i).call()));
        }
      }
      steps.add(step(from, name(index) + " gets " + token, after));
    }
    if (scenario.lossy() && index < THIEF) {
      steps.add(step(from, "the answer to " + name(index) + " is lost", from.over(index)));
    }
  }

  // ---- the laws

  /**
   * Tells whether an honest tab may be refused: with a token that was replaced longer ago than the
   * grace, which it can only have if an answer was lost or if it did not hear of the other tab's;
   * or, if the session lives on, after a fail-over to a clock that is ahead.
   */
  private boolean mayBeRefused(World world, int index, Token token, boolean lives) {
    if (index == THIEF || world.clients().get(THIEF).token() != null) {
      return true;
    }
    List<Integer> replacedAt = world.seen().replacedAt();
    boolean late =
        token.generation() < replacedAt.size()
            && world.now() - replacedAt.get(token.generation()) > GRACE;
    boolean isAhead = scenario.clock() > 0 && world.store().failOvers() < scenario.failOvers();
    boolean allowed = (late && (scenario.lossy() || !scenario.shared())) || (lives && isAhead);
    allowedRefusals += allowed ? 1 : 0;
    return allowed;
  }

  /** How long ago the token was replaced in what the store has not lost. */
  private static int since(World world, Token token) {
    List<Integer> supersededAt = world.seen().supersededAt();
    return token.generation() < supersededAt.size()
        ? world.now() - supersededAt.get(token.generation())
        : NEVER;
  }

  /** By how much longer the grace lasts where a fail-over may lead to a clock that is behind. */
  private int behind() {
    return scenario.failOvers() > 1 ? Math.abs(scenario.clock()) : Math.max(0, -scenario.clock());
  }

  // ---- small things

  private static String name(int client) {
    return client == THIEF ? "the thief" : client == 0 ? "tab A" : "tab B";
  }

  private static Step<World, Broken> step(World from, String text, World after) {
    return new Step<>(from.now() + ": " + text, after, null);
  }

  private static <T> List<T> with(List<T> list, int index, T element) {
    List<T> all = new ArrayList<>(list);
    if (index == all.size()) {
      all.add(element);
    } else {
      all.set(index, element);
    }
    return List.copyOf(all);
  }

  private static <T> List<T> head(List<T> list, int size) {
    return list.size() <= size ? list : List.copyOf(list.subList(0, size));
  }

  /** Fills a list up to a size. */
  private static List<Integer> upTo(List<Integer> list, int size, int element) {
    List<Integer> all = list;
    while (all.size() < size) {
      all = with(all, all.size(), element);
    }
    return all;
  }
}
