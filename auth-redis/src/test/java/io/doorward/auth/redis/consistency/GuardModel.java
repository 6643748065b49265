package io.doorward.auth.redis.consistency;

import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.account.PrimaryRegistry.State;
import io.doorward.auth.redis.consistency.Exploration.Result;
import io.doorward.auth.redis.consistency.Exploration.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which primary a node may use: two nodes, three servers and the registry in the database. A node
 * asks the registry, and the answer arrives any number of steps later; H is one tick. What lies on
 * a server is one version of one credential, since {@link Protocol} explores the rest. A world is a
 * value; every step makes another one.
 */
final class GuardModel {
  /** How many ticks a primary waits that does not continue the present one. */
  private static final int WAIT = 2;

  private static final int NEVER = -9;

  /** What the rules rest on. The model can do without any one of them. */
  enum Rule {
    /** A confirmation that is too old is none, whatever became of the question for a new one. */
    EXPIRED_IS_NONE,
    /** The age of an answer counts from before it was asked for. */
    AGE_FROM_THE_QUESTION,
    /** A change counts as told once the primary that was told has been registered for H. */
    YOUNG_IS_PENDING,
    /** A primary that does not continue the present one waits while that one is alive. */
    STRANGERS_WAIT,
    /** One that has waited for long enough takes over. */
    WAITING_ENDS,
    /** An operator can withdraw a registration. */
    WITHDRAWAL,
    /** What a primary stored before it was superseded does not count after a withdrawal. */
    NEW_TERM,
    /** After a withdrawal the present primary counts as registered just now. */
    AGE_OF_THE_TERM
  }

  /** What may happen, as often as a scenario says. */
  enum Event {
    /** H passes. */
    TICK,
    /** A password change. */
    CHANGE,
    /** A replica is promoted; node 1 stays cut off with the old primary, node 2 is with the new. */
    SPLIT,
    /** From now on answers of the registry to node 1 come late. */
    SLOW,
    /** The first server goes on under another identity and keeps what it had. */
    RESTART,
    /** Node 2 is pointed at another Redis by mistake. */
    WRONG_SERVER,
    /** That mistake is corrected. */
    CORRECTED,
    /** Node 1 does nothing while time passes, not even ask. */
    SILENCE,
    /** An operator withdraws the wrong server. */
    WITHDRAW
  }

  /** What must hold. */
  enum Broken {
    OLD_PASSWORD_ACCEPTED,
    LOCKED_OUT
  }

  /** A row of the registry. */
  record Row(
      int identity,
      int history,
      int previous,
      int number,
      int term,
      int since,
      State state,
      int met,
      int seen) {
    Registration registration() {
      return new Registration(primary(), number, term, Duration.ZERO, state);
    }

    Primary primary() {
      return new Primary(name(identity), name(history), name(previous), true);
    }

    private static String name(int part) {
      return String.format(Locale.ROOT, "%040x", part);
    }
  }

  /** A server; what it has is a version that was stored under an identity in a term; 0: nothing. */
  record Server(int identity, int history, int previous, int version, int storedBy, int term) {
    Server as(int next) {
      return new Server(next, next, 0, version, storedBy, term);
    }

    Server with(int stored, int inTerm) {
      return new Server(identity, history, previous, stored, identity, inTerm);
    }
  }

  /** A node: its server, what the registry said last, and what it was asked and has not arrived. */
  record Node(int route, List<Row> known, int confirmedAt, @Nullable List<Row> coming, int sentAt) {
    Node to(int server) {
      return new Node(server, known, confirmedAt, coming, sentAt);
    }
  }

  /** One state of everything. */
  record World(
      int tick,
      int version,
      int told,
      boolean slow,
      boolean silent,
      int withdrawnAt,
      int identities,
      List<Row> rows,
      List<Server> servers,
      List<Node> nodes,
      Map<Event, Integer> left) {
    World rows(List<Row> next) {
      return new World(
          tick, version, told, slow, silent, withdrawnAt, identities, next, servers, nodes, left);
    }

    World server(int index, Server next) {
      List<Server> all = new ArrayList<>(servers);
      all.set(index, next);
      return new World(
          tick,
          version,
          told,
          slow,
          silent,
          withdrawnAt,
          identities,
          rows,
          List.copyOf(all),
          nodes,
          left);
    }

    World node(int index, Node next) {
      List<Node> all = new ArrayList<>(nodes);
      all.set(index, next);
      return new World(
          tick,
          version,
          told,
          slow,
          silent,
          withdrawnAt,
          identities,
          rows,
          servers,
          List.copyOf(all),
          left);
    }

    World version(int next, int nextTold) {
      return new World(
          tick, next, nextTold, slow, silent, withdrawnAt, identities, rows, servers, nodes, left);
    }

    World flags(int nextTick, boolean isSlow, boolean isSilent, int withdrawn, int made) {
      return new World(
          nextTick, version, told, isSlow, isSilent, withdrawn, made, rows, servers, nodes, left);
    }

    World spend(Event event) {
      Map<Event, Integer> rest = new EnumMap<>(left);
      rest.merge(event, -1, Integer::sum);
      return new World(
          tick,
          version,
          told,
          slow,
          silent,
          withdrawnAt,
          identities,
          rows,
          servers,
          nodes,
          Map.copyOf(rest));
    }

    boolean may(Event event) {
      return left.getOrDefault(event, 0) > 0;
    }
  }

  private final Set<Rule> with;
  private final Map<Event, Integer> events;

  GuardModel(Map<Event, Integer> events, Set<Rule> with) {
    this.events = events;
    this.with = with;
  }

  private boolean on(Rule rule) {
    return with.contains(rule);
  }

  private World start() {
    List<Row> rows = List.of(new Row(1, 1, 0, 1, 0, NEVER, State.ADMITTED, NEVER, 0));
    Node node = new Node(0, rows, 0, null, 0);
    return new World(
        0,
        1,
        1,
        false,
        false,
        NEVER,
        3,
        rows,
        List.of(
            new Server(1, 1, 0, 0, 0, 0),
            new Server(2, 2, 1, 0, 0, 0),
            new Server(3, 3, 0, 0, 0, 0)),
        List.of(node, node),
        events);
  }

  /** Goes everywhere, or to the first step that breaks something. */
  Result<Broken> explore() {
    return Exploration.explore(start(), this::steps);
  }

  // ---- the registry

  private static boolean isPresent(Row row, List<Row> rows) {
    return !row.registration().isSuperseded(rows.stream().map(Row::registration).toList());
  }

  private static Optional<Row> find(int identity, List<Row> rows) {
    return rows.stream().filter(row -> row.identity() == identity).findAny();
  }

  private static World change(World world, int identity, UnaryOperator<Row> change) {
    return world.rows(
        world.rows().stream()
            .map(row -> row.identity() == identity ? change.apply(row) : row)
            .toList());
  }

  private World register(World world, Server server) {
    World after = world;
    if (find(server.identity(), after.rows()).isEmpty()) {
      List<Row> rows = new ArrayList<>(after.rows());
      int term = rows.stream().mapToInt(Row::term).max().orElse(0);
      rows.add(
          new Row(
              server.identity(),
              server.history(),
              server.previous(),
              next(rows),
              term,
              after.tick(),
              State.WAITING,
              after.tick(),
              NEVER));
      after = after.rows(List.copyOf(rows));
    }
    Row row = find(server.identity(), after.rows()).orElseThrow();
    List<Row> present =
        after.rows().stream().filter(each -> isPresent(each, world.rows())).toList();
    int now = after.tick();
    boolean waited =
        on(Rule.WAITING_ENDS)
            && now - row.met() >= WAIT
            && present.stream().allMatch(each -> now - each.seen() >= WAIT);
    boolean follows = present.stream().anyMatch(each -> row.primary().mayFollow(each.primary()));
    if (row.state() != State.WAITING
        || !(present.isEmpty() || follows || waited || !on(Rule.STRANGERS_WAIT))) {
      return after;
    }
    int number = next(after.rows());
    return change(
        after,
        row.identity(),
        old ->
            new Row(
                old.identity(),
                old.history(),
                old.previous(),
                number,
                old.term(),
                now,
                State.ADMITTED,
                old.met(),
                now));
  }

  private static int next(List<Row> rows) {
    return 1 + rows.stream().mapToInt(Row::number).max().orElse(0);
  }

  /** A node that uses a present primary says so where another one waits. */
  private static World object(World world, int nodeIndex) {
    Server server = world.servers().get(world.nodes().get(nodeIndex).route());
    boolean disputed = world.rows().stream().anyMatch(row -> row.state() == State.WAITING);
    boolean used =
        find(server.identity(), world.rows())
            .filter(row -> isPresent(row, world.rows()))
            .isPresent();
    return disputed && used
        ? change(
            world,
            server.identity(),
            row ->
                new Row(
                    row.identity(),
                    row.history(),
                    row.previous(),
                    row.number(),
                    row.term(),
                    row.since(),
                    row.state(),
                    row.met(),
                    world.tick()))
        : world;
  }

  // ---- a node

  private boolean isSlow(World world, int nodeIndex) {
    return world.slow() && nodeIndex == 0;
  }

  /** Asks, and has the answer at once. Registers what it meets and is not registered, or waits. */
  private World ask(World world, int nodeIndex) {
    Server server = world.servers().get(world.nodes().get(nodeIndex).route());
    boolean admitted =
        find(server.identity(), world.rows())
            .filter(row -> row.state() != State.WAITING)
            .isPresent();
    World after = object(admitted ? world : register(world, server), nodeIndex);
    Node node = after.nodes().get(nodeIndex);
    return after.node(
        nodeIndex,
        new Node(node.route(), after.rows(), after.tick(), node.coming(), node.sentAt()));
  }

  /** Has a node ask where that is due; a slow answer arrives in a step of its own. */
  private World refresh(World world, int nodeIndex) {
    Node node = world.nodes().get(nodeIndex);
    boolean fresh = node.confirmedAt() == world.tick();
    int identity = world.servers().get(node.route()).identity();
    if (isSlow(world, nodeIndex)) {
      return fresh || node.coming() != null
          ? world
          : world.node(
              nodeIndex,
              new Node(node.route(), node.known(), node.confirmedAt(), world.rows(), world.tick()));
    }
    boolean knows = find(identity, node.known()).isPresent();
    return fresh && knows ? world : ask(world, nodeIndex);
  }

  /** The row of the server that a node may use; empty if it has to do without. */
  private Optional<Row> usable(World world, int nodeIndex) {
    Node node = world.nodes().get(nodeIndex);
    if (on(Rule.EXPIRED_IS_NONE) && node.confirmedAt() != world.tick()) {
      return Optional.empty();
    }
    return find(world.servers().get(node.route()).identity(), node.known())
        .filter(row -> isPresent(row, node.known()));
  }

  private int term(Row row) {
    return on(Rule.NEW_TERM) ? row.term() : 0;
  }

  /**
   * Tells whether a fence at this server binds every node: by the registry, not by what is known.
   */
  private boolean isSettled(World world, int nodeIndex, int identity) {
    return !isSlow(world, nodeIndex)
        && find(identity, world.rows())
            .filter(row -> isPresent(row, world.rows()))
            .filter(row -> !on(Rule.YOUNG_IS_PENDING) || world.tick() - row.since() >= 1)
            .isPresent();
  }

  // ---- steps

  private List<Step<World, Broken>> steps(World from) {
    List<Step<World, Broken>> steps = new ArrayList<>();
    for (int node = 0; node < 2; node++) {
      steps.add(login(from, node));
      if (from.may(Event.CHANGE)) {
        steps.add(
            tell(from.spend(Event.CHANGE).version(from.version() + 1, from.told()), node, true));
      }
      if (from.told() < from.version()) {
        steps.add(tell(from, node, false));
      }
    }
    if (from.nodes().get(0).coming() != null) {
      steps.add(arrival(from));
    }
    for (Event event : Event.values()) {
      if (event != Event.CHANGE && from.may(event)) {
        happen(from, event).ifPresent(steps::add);
      }
    }
    return steps;
  }

  private Step<World, Broken> login(World from, int nodeIndex) {
    World asked = refresh(from, nodeIndex);
    String name = "login on node " + (nodeIndex + 1);
    Optional<Row> row = usable(asked, nodeIndex);
    if (row.isEmpty()) {
      return new Step<>(name + " by the database", asked, null);
    }
    int route = asked.nodes().get(nodeIndex).route();
    Server server = asked.servers().get(route);
    int term = term(row.get());
    if (server.version() != 0 && server.storedBy() == server.identity() && server.term() == term) {
      return new Step<>(
          name + " by server " + (route + 1) + ", version " + server.version(),
          asked,
          server.version() < asked.told() ? Broken.OLD_PASSWORD_ACCEPTED : null);
    }
    return new Step<>(
        name + " fills server " + (route + 1) + " with version " + asked.version(),
        asked.server(route, server.with(asked.version(), term)),
        null);
  }

  /** Tells the node's server of the present version: with a change, or again. */
  private Step<World, Broken> tell(World from, int nodeIndex, boolean changes) {
    World asked = refresh(from, nodeIndex);
    String name =
        (changes ? "change to version " + from.version() : "the relay")
            + " on node "
            + (nodeIndex + 1);
    Optional<Row> row = usable(asked, nodeIndex);
    if (row.isEmpty()) {
      return new Step<>(name + ": pending, no server may be used", asked, null);
    }
    int route = asked.nodes().get(nodeIndex).route();
    Server server = asked.servers().get(route);
    World fenced = asked.server(route, server.with(0, term(row.get())));
    boolean settled = isSettled(fenced, nodeIndex, server.identity());
    return new Step<>(
        name + ": server " + (route + 1) + (settled ? " is told" : " is told, pending"),
        settled ? fenced.version(fenced.version(), fenced.version()) : fenced,
        null);
  }

  private Step<World, Broken> arrival(World from) {
    Node node = from.nodes().get(0);
    int age = on(Rule.AGE_FROM_THE_QUESTION) ? node.sentAt() : from.tick();
    return new Step<>(
        "the answer to node 1 arrives",
        from.node(
            0, new Node(node.route(), node.coming(), Math.max(age, node.confirmedAt()), null, 0)),
        null);
  }

  private Optional<Step<World, Broken>> happen(World from, Event event) {
    World after = from.spend(event);
    Server first = from.servers().get(0);
    return switch (event) {
      case TICK -> Optional.of(tick(after));
      case SPLIT ->
          step(
              "server 2 is promoted, node 1 stays with server 1",
              after
                  .server(
                      1, new Server(2, 2, first.identity(), first.version(), first.storedBy(), 0))
                  .node(1, after.nodes().get(1).to(1)));
      case SLOW ->
          step(
              "the registry answers node 1 late from now on",
              after.flags(
                  after.tick(), true, after.silent(), after.withdrawnAt(), after.identities()));
      case RESTART ->
          step(
              "server 1 goes on under another identity",
              after
                  .server(0, first.as(from.identities() + 1))
                  .flags(
                      after.tick(),
                      after.slow(),
                      after.silent(),
                      after.withdrawnAt(),
                      from.identities() + 1));
      case WRONG_SERVER ->
          step("node 2 is pointed at server 3", after.node(1, after.nodes().get(1).to(2)));
      case CORRECTED ->
          from.nodes().get(1).route() == 2
              ? step("node 2 is pointed at server 1", after.node(1, after.nodes().get(1).to(0)))
              : Optional.empty();
      case SILENCE ->
          step(
              "node 1 does nothing from now on",
              after.flags(
                  after.tick(), after.slow(), true, after.withdrawnAt(), after.identities()));
      case WITHDRAW ->
          find(3, from.rows()).isPresent() ? Optional.of(withdraw(after)) : Optional.empty();
      case CHANGE -> Optional.empty();
    };
  }

  private static Optional<Step<World, Broken>> step(String text, World after) {
    return Optional.of(new Step<>(text, after, null));
  }

  private Step<World, Broken> withdraw(World from) {
    World after = from;
    if (on(Rule.WITHDRAWAL)) {
      after =
          from.rows(
              from.rows().stream()
                  .map(
                      row ->
                          new Row(
                              row.identity(),
                              row.history(),
                              row.previous(),
                              row.number(),
                              row.term() + 1,
                              on(Rule.AGE_OF_THE_TERM) ? from.tick() : row.since(),
                              row.identity() == 3 ? State.WITHDRAWN : row.state(),
                              row.met(),
                              row.seen()))
                  .toList());
    }
    return new Step<>(
        "an operator withdraws server 3",
        after.flags(after.tick(), after.slow(), false, after.tick(), after.identities()),
        null);
  }

  /** Every node asks at least once while H passes, unless it is silent, slow or mistaken. */
  private Step<World, Broken> tick(World from) {
    World after = from;
    for (int node = 0; node < 2; node++) {
      if (!isSlow(after, node) && !(node == 0 && after.silent())) {
        after = ask(after, node);
      }
    }
    after =
        after.flags(
            after.tick() + 1,
            after.slow(),
            after.silent(),
            after.withdrawnAt(),
            after.identities());
    return new Step<>("H passes", after, isLockedOut(after) ? Broken.LOCKED_OUT : null);
  }

  /**
   * Tells whether node 1, which reaches the right server, cannot use it however long it waits. Not
   * asked of a node that is cut off with an old primary, or of one that was silent for so long that
   * nothing kept the wrong server out, until an operator has withdrawn that one.
   */
  private boolean isLockedOut(World world) {
    if (events.containsKey(Event.SPLIT) || (world.silent() && world.withdrawnAt() == NEVER)) {
      return false;
    }
    if (events.containsKey(Event.SILENCE) && world.withdrawnAt() == NEVER) {
      return false;
    }
    World later = world;
    for (int i = 0; i <= WAIT + 1; i++) {
      later = ask(later, 0);
      if (usable(later, 0).isPresent()) {
        return false;
      }
      later =
          later.flags(
              later.tick() + 1,
              later.slow(),
              later.silent(),
              later.withdrawnAt(),
              later.identities());
    }
    return true;
  }
}
