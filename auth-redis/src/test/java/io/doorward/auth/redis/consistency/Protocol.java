package io.doorward.auth.redis.consistency;

import static io.doorward.auth.redis.consistency.World.own;

import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.account.PrimaryRegistry.State;
import io.doorward.auth.redis.consistency.FencedEntryModel.Answer;
import io.doorward.auth.redis.consistency.FencedEntryModel.EntryMode;
import io.doorward.auth.redis.consistency.World.Credential;
import io.doorward.auth.redis.consistency.World.Database;
import io.doorward.auth.redis.consistency.World.Late;
import io.doorward.auth.redis.consistency.World.Node;
import io.doorward.auth.redis.consistency.World.Phase;
import io.doorward.auth.redis.consistency.World.Row;
import io.doorward.auth.redis.consistency.World.Server;
import io.doorward.auth.redis.consistency.World.SessionEntry;
import io.doorward.auth.redis.consistency.World.Task;
import io.doorward.auth.redis.consistency.World.User;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which steps are possible in a world, and what each makes of it. A step is what happens at one
 * place at one moment: one script, one statement, one loss. Whoever takes no further step has
 * stopped there, so every process may stop anywhere; a crash is a step of its own only so that the
 * world can come to rest after it.
 */
final class Protocol {
  /** H, in ticks. */
  private static final int CONFIRM_WITHIN = 1;

  /** How far the numbers of another era are away; more than a history of any scenario gives. */
  private static final int ERA = 64;

  private static final Primary FIRST = primary("a", "0");
  private static final Primary SECOND = primary("b", "a");

  private final Scenario scenario;
  private final Set<Protection> with;
  private final Database first;

  Protocol(Scenario scenario, Set<Protection> with) {
    this.scenario = scenario;
    this.with = with;
    this.first = new World(scenario).database;
  }

  /** One step: what to say of it, and the world afterwards. */
  record Step(Supplier<String> text, World after) {}

  World start() {
    return new World(scenario);
  }

  List<Step> steps(World world) {
    return new From(world).all();
  }

  private boolean on(Protection protection) {
    return with.contains(protection);
  }

  private static Primary primary(String digit, String previous) {
    return new Primary(digit.repeat(40), digit.repeat(40), previous.repeat(40), true);
  }

  private static int bit(int index) {
    return 1 << index;
  }

  // ---- Redis, as a node uses it

  /** Returns the server that a node uses, -1 if it has to do without; asks as its guard does. */
  private int use(World world, int nodeIndex) {
    Node node = world.nodes[nodeIndex];
    if (!scenario.isSplit() || !on(Protection.IDENTITY_REGISTRY)) {
      return node.route();
    }
    int stamp = world.servers[node.route()].stamp();
    if (world.tick - node.askedAt() >= CONFIRM_WITHIN) {
      node = ask(world, nodeIndex);
    }
    if ((node.known() & bit(stamp - 1)) == 0) {
      world.registeredAt = Math.min(world.registeredAt, world.tick);
      node = ask(world, nodeIndex);
    }
    return (node.believed() & bit(stamp - 1)) == 0 ? -1 : node.route();
  }

  /** A node asks the database for the primaries and judges them by the library's own rule. */
  private static Node ask(World world, int nodeIndex) {
    List<Registration> all = new ArrayList<>();
    if (world.registeredAt != World.NEVER) {
      all.add(new Registration(SECOND, 2, 0, Duration.ZERO, State.ADMITTED));
    }
    all.add(new Registration(FIRST, 1, 0, Duration.ZERO, State.ADMITTED));
    int known = 0;
    int believed = 0;
    for (Registration each : all) {
      int mask = bit((int) each.number() - 1);
      known |= mask;
      believed |= each.isSuperseded(all) ? 0 : mask;
    }
    Node node = new Node(world.nodes[nodeIndex].route(), known, believed, world.tick);
    world.nodes[nodeIndex] = node;
    return node;
  }

  /** Tells whether a fence at this server binds every node from now on. */
  private boolean isSettled(World world, int nodeIndex, int serverIndex) {
    if (!scenario.isSplit() || !on(Protection.IDENTITY_REGISTRY)) {
      return true;
    }
    int stamp = world.servers[serverIndex].stamp();
    if (on(Protection.ASK_AFTER_FENCE)
        && (ask(world, nodeIndex).believed() & bit(stamp - 1)) == 0) {
      return false;
    }
    return stamp == 1 || world.tick - world.registeredAt >= CONFIRM_WITHIN;
  }

  private void fence(World world, int serverIndex, long credentialFloor, long userFloor) {
    Server server = world.servers[serverIndex];
    if (world.full) {
      // A full Redis takes no floor. What is absent serves nothing and refuses fills.
      world.servers[serverIndex] =
          server.with(FencedEntryModel.absent()).withUser(FencedEntryModel.absent());
      return;
    }
    if (scenario.credentials()) {
      server = server.with(server.credential().fence(server.stamp(), credentialFloor, with));
    }
    if (scenario.sessions()) {
      server = server.withUser(server.user().fence(server.stamp(), userFloor, with));
    }
    world.servers[serverIndex] = server;
  }

  private boolean isSame(CredentialVersion one, CredentialVersion other) {
    return on(Protection.ROW_TAG) ? one.equals(other) : one.number() == other.number();
  }

  /** What a check can say by what is cached: whether the session is live, null if it cannot say. */
  private @Nullable Boolean cachedVerdict(Server server, @Nullable User user, int session) {
    SessionEntry entry = server.sessions().get(session);
    if (entry == null
        || user == null
        || (!scenario.sessionsInRedis()
            && on(Protection.SESSION_STATE)
            && !isSame(entry.user(), user.version()))) {
      return null;
    }
    return isGood(entry.epoch(), user.epoch());
  }

  private boolean isGood(Epoch session, Epoch present) {
    return !on(Protection.EPOCH)
        || (on(Protection.EPOCH_TAG)
            ? session.equals(present)
            : session.number() >= present.number());
  }

  // ---- who opens a session in Redis: each of these is one script or one statement

  /** Asks for the user record; where it is there, it is judged by that, else there is a ticket. */
  private void askForUser(World world, Task login, EntryMode mode) {
    int index = use(world, login.node);
    if (index < 0) {
      giveUp(login);
      return;
    }
    Server server = world.servers[index];
    Answer<User> found = server.user().lookup(server.stamp(), world.nonces + 1, mode, with);
    world.servers[index] = server.withUser(found.after());
    if (found.isHit()) {
      // A no is never on the word of Redis alone: another epoch than the present is read anew.
      boolean good = isGood(login.credential.epoch(), found.payload().epoch());
      login.user = found.payload().version();
      login.phase = good ? Phase.STORING : Phase.HIT;
    } else {
      world.nonces = Math.max(world.nonces, found.nonce());
      login.ticketStamp = server.stamp();
      login.ticketNonce = found.nonce();
      login.phase = Phase.READING;
    }
  }

  private static void readUser(World world, Task login) {
    login.user = world.database.user();
    login.epoch = world.database.epoch();
    login.phase = Phase.FILLING;
  }

  private void fillUser(World world, Task login) {
    int index = use(world, login.node);
    Server server = world.servers[Math.max(index, 0)];
    FencedEntryModel<User> filled = null;
    if (index >= 0) {
      FencedEntryModel<User> entry = server.user();
      User read = new User(login.user, login.epoch);
      filled =
          entry.fill(
              server.stamp(),
              login.ticketStamp,
              login.ticketNonce,
              login.user.number(),
              read,
              with);
      if (filled != null) {
        world.servers[index] = server.withUser(filled);
      }
    }
    long refusing = index < 0 || filled != null ? 0 : refusing(server, login);
    if (refusing != 0 && login.refusedBy == 0) {
      login.refusedBy = refusing;
      login.phase = Phase.OUTGROWN;
    } else if (isGood(login.credential.epoch(), login.epoch)) {
      login.phase = Phase.STORING;
    } else {
      giveUp(login);
    }
  }

  /**
   * Returns the number that refused a fill under a ticket that is good; 0 if it was not a number.
   */
  private long refusing(Server server, Task task) {
    return on(Protection.OUTGROW)
        ? server
            .user()
            .refusedBy(server.stamp(), task.ticketStamp, task.ticketNonce, task.user.number())
        : 0;
  }

  /** The database gives the account other numbers, if it still is where the number refuses it. */
  private static void outgrow(World world, Task login, boolean leavesRow) {
    Database old = world.database;
    if (old.user().number() < login.refusedBy && login.refusedBy < old.eraBegan()) {
      if (--world.mayOutgrow < 0) {
        world.mayOutgrow = 0;
        world.broken = Law.OUTGROWN_FOR_NOTHING;
      }
      long number = old.sequence() + 1;
      world.tags += 2;
      CredentialVersion version = World.version(number, world.tags - 1);
      List<Row> rows = new ArrayList<>(old.outbox());
      if (leavesRow) {
        rows.add(new Row(number, number + 1, 0, 0));
      }
      world.database =
          old.with(
              new Credential(version, old.password(), old.epoch()),
              World.version(number + 1, world.tags),
              List.copyOf(rows));
    }
    login.phase = Phase.READING;
  }

  /** Stores the session, if the user record is the one that it was judged by. */
  private void storeInRedis(World world, Task login, int session) {
    int index = use(world, login.node);
    Server server = world.servers[Math.max(index, 0)];
    Answer<User> there = server.user().lookup(server.stamp(), 1, EntryMode.SERVE, with);
    if (index >= 0 && there.isHit() && isSame(there.payload().version(), login.user)) {
      world.servers[index] =
          server.withSession(session, new SessionEntry(login.user, login.credential.epoch()));
      login.created = true;
    }
    giveUp(login);
  }

  private static void giveUp(Task login) {
    login.phase = Phase.DONE;
    forgetUser(login);
    login.credential = login.created ? login.credential : null;
  }

  /** Tells whether the right password gets a session when nothing else is under way. */
  private boolean opens(World resting) {
    World world = resting.copy();
    Task login = new Task();
    login.credential = world.database.credential();
    askForUser(world, login, EntryMode.SERVE);
    while (login.phase != Phase.DONE) {
      switch (login.phase) {
        case HIT -> askForUser(world, login, EntryMode.KEEP);
        case READING -> readUser(world, login);
        case FILLING -> fillUser(world, login);
        case OUTGROWN -> outgrow(world, login, false);
        default -> storeInRedis(world, login, 0);
      }
    }
    return login.created;
  }

  private static void forgetUser(Task login) {
    login.creates = false;
    login.ticketNonce = 0;
    login.ticketStamp = 0;
    login.user = null;
    login.epoch = null;
    login.refusedBy = 0;
  }

  /** The steps from one world. */
  private final class From {
    private final World from;
    private final List<Step> steps = new ArrayList<>();

    From(World from) {
      this.from = from;
    }

    List<Step> all() {
      for (int i = 0; i < from.logins.length; i++) {
        login(i);
      }
      for (int i = 0; i < from.changes.length; i++) {
        change(i);
      }
      for (int i = 0; i < from.checks.length; i++) {
        check(i);
      }
      for (int i = 0; i < from.revocations.length; i++) {
        revocation(i);
      }
      for (int i = 0; i < from.database.outbox().size(); i++) {
        relay(i);
      }
      for (int i = 0; i < from.wire.size(); i++) {
        lateFence(i);
      }
      faults();
      return steps;
    }

    private void add(World after, Supplier<String> text) {
      if (after.broken == null && after.isAtRest()) {
        after.broken = atRest(after);
      }
      steps.add(new Step(text, after));
    }

    /** The next one of a kind begins only when the one before has: the names do not matter. */
    private boolean mayBegin(Task[] all, int index) {
      return all[index].phase == Phase.IDLE && (index == 0 || all[index - 1].phase != Phase.IDLE);
    }

    private String at(int node) {
      return scenario.nodes() == 1 ? "" : " on node " + (node + 1);
    }

    // ---- login

    private void login(int i) {
      Task login = from.logins[i];
      if (mayBegin(from.logins, i)) {
        for (int node = 0; node < scenario.nodes(); node++) {
          beginLogin(i, node);
        }
      }
      if (login.creates && scenario.sessionsInRedis()) {
        openInRedis(i);
        return;
      }
      switch (login.phase) {
        case HIT -> {
          match(i);
          differ(i);
        }
        case WAITING -> {
          read(i, false);
          if (waitsWithOthers(i)) {
            read(i, true);
          }
          if (!on(Protection.JOIN_NEXT_BATCH)) {
            joinRunning(i);
          }
        }
        case READING -> answer(i);
        default -> {}
      }
      if (login.fills) {
        fill(i);
      }
      if (login.creates) {
        create(i);
      }
      if (login.stores) {
        storeSession(i);
      }
    }

    private void beginLogin(int i, int node) {
      World after = from.copy();
      Task login = own(after.logins, i);
      login.node = node;
      login.dead = after.dead;
      login.deadFromCommit = after.deadFromCommit;
      login.right = bit(after.database.password());
      int server = scenario.credentials() ? use(after, node) : -1;
      login.phase = Phase.WAITING;
      if (server >= 0) {
        Server asked = after.servers[server];
        Answer<Credential> found =
            asked.credential().lookup(asked.stamp(), after.nonces + 1, EntryMode.SERVE, with);
        if (found.isHit()) {
          login.phase = Phase.HIT;
          login.credential = found.payload();
        } else if (!after.full) {
          after.servers[server] = asked.with(found.after());
          after.nonces = Math.max(after.nonces, found.nonce());
          login.ticketStamp = asked.stamp();
          login.ticketNonce = found.nonce();
        }
      }
      add(
          after,
          () ->
              String.format(
                  Locale.ROOT,
                  "login %d begins%s: %s",
                  i + 1,
                  at(node),
                  server < 0
                      ? "asks no cache"
                      : login.phase == Phase.HIT
                          ? "hit, " + text(login.credential)
                          : "miss, ticket " + login.ticketNonce));
    }

    private void match(int i) {
      World after = from.copy();
      Task login = own(after.logins, i);
      accept(after, login);
      add(
          after,
          () -> String.format(Locale.ROOT, "login %d: cached password matches, accepted", i + 1));
    }

    /** Another password than the cached one: the version is probed before it is refused. */
    private void differ(int i) {
      World after = from.copy();
      Task login = own(after.logins, i);
      Credential cached = login.credential;
      if (isSame(cached.version(), after.database.version())) {
        refuseOthers(after, login);
        endLogin(login);
        add(
            after,
            () ->
                String.format(
                    Locale.ROOT, "login %d with another password: same version, refused", i + 1));
        return;
      }
      int server = use(after, login.node);
      if (server >= 0) {
        fence(after, server, cached.version().number() + 1, 0);
      }
      login.phase = Phase.WAITING;
      login.credential = null;
      add(
          after,
          () ->
              String.format(
                  Locale.ROOT,
                  "login %d with another password: entry is out of date, fenced",
                  i + 1));
    }

    private boolean waitsWithOthers(int i) {
      for (int j = 0; j < from.logins.length; j++) {
        if (j != i
            && from.logins[j].phase == Phase.WAITING
            && from.logins[j].node == from.logins[i].node) {
          return true;
        }
      }
      return false;
    }

    private void read(int i, boolean forAll) {
      World after = from.copy();
      Database database = after.database;
      Credential read = database.credential();
      for (int j = 0; j < after.logins.length; j++) {
        Task other = after.logins[j];
        if (j == i
            || (forAll && other.phase == Phase.WAITING && other.node == after.logins[i].node)) {
          Task reader = own(after.logins, j);
          reader.phase = Phase.READING;
          reader.credential = read;
        }
      }
      add(
          after,
          () ->
              String.format(
                  Locale.ROOT,
                  "login %d reads the database%s: %s",
                  i + 1,
                  forAll ? " for all that wait" : "",
                  text(read)));
    }

    private void joinRunning(int i) {
      for (int j = 0; j < from.logins.length; j++) {
        Task other = from.logins[j];
        if (other.phase == Phase.READING && other.node == from.logins[i].node) {
          World after = from.copy();
          Task login = own(after.logins, i);
          login.phase = Phase.READING;
          login.credential = other.credential;
          int leader = j + 1;
          add(
              after,
              () ->
                  String.format(
                      Locale.ROOT, "login %d joins the running read of login %d", i + 1, leader));
        }
      }
    }

    private void answer(int i) {
      World after = from.copy();
      Task login = own(after.logins, i);
      Credential read = login.credential;
      login.fills = login.ticketNonce != 0;
      refuseOthers(after, login);
      accept(after, login);
      add(
          after,
          () -> String.format(Locale.ROOT, "login %d: has hashed, %s accepted", i + 1, text(read)));
    }

    private void accept(World after, Task login) {
      int password = bit(login.credential.password());
      if ((login.dead & password) != 0) {
        after.broken = Law.OLD_PASSWORD_ACCEPTED;
      } else if ((login.deadFromCommit & password) != 0) {
        after.broken = Law.OLD_PASSWORD_AFTER_CRASH;
      }
      login.creates = scenario.sessions();
      endLogin(login);
    }

    /**
     * Every other password than the one compared with is refused: was one of them the right one?
     */
    private void refuseOthers(World after, Task login) {
      int password = bit(login.credential.password());
      if (Integer.bitCount(login.right) == 1 && login.right != password) {
        after.broken = Law.RIGHT_PASSWORD_REFUSED;
      }
    }

    private void endLogin(Task login) {
      login.end();
      if (!login.fills) {
        login.ticketNonce = 0;
        login.ticketStamp = 0;
      }
      if (!login.fills && !login.creates && !login.stores && !login.created) {
        login.credential = null;
      }
    }

    private void fill(int i) {
      if (from.may(Fault.LOST)) {
        World after = from.copy().spend(Fault.LOST);
        Task login = own(after.logins, i);
        login.fills = false;
        endLogin(login);
        add(after, () -> String.format(Locale.ROOT, "login %d: the fill is lost", i + 1));
      }
      deliverFill(i, false);
      if (from.may(Fault.REPEAT)) {
        deliverFill(i, true);
      }
    }

    private void deliverFill(int i, boolean again) {
      World after = from.copy();
      Task login = own(after.logins, i);
      Credential read = login.credential;
      int ticket = login.ticketNonce;
      int server = use(after, login.node);
      boolean stored = false;
      if (server >= 0) {
        Server asked = after.servers[server];
        FencedEntryModel<Credential> filled =
            after.full
                ? null
                : asked
                    .credential()
                    .fill(
                        asked.stamp(),
                        login.ticketStamp,
                        ticket,
                        read.version().number(),
                        read,
                        with);
        stored = filled != null;
        after.servers[server] = stored ? asked.with(filled) : asked;
      }
      if (again) {
        after.spend(Fault.REPEAT);
      } else {
        login.fills = false;
        endLogin(login);
      }
      String outcome = stored ? "stored" : "refused";
      add(
          after,
          () ->
              String.format(
                  Locale.ROOT,
                  "login %d fills %s under ticket %d: %s%s",
                  i + 1,
                  text(read),
                  ticket,
                  outcome,
                  again ? ", and it will come again" : ""));
    }

    // ---- session

    private void openInRedis(int i) {
      World after = from.copy();
      Task login = own(after.logins, i);
      String did =
          switch (login.phase) {
            case HIT -> {
              askForUser(after, login, EntryMode.KEEP);
              yield "takes a ticket to read its user record anew";
            }
            case READING -> {
              readUser(after, login);
              yield "reads user " + text(login.user);
            }
            case FILLING -> {
              String read = text(login.user);
              fillUser(after, login);
              yield "fills user " + read;
            }
            case OUTGROWN -> {
              outgrow(after, login, on(Protection.OUTBOX));
              yield "asks the database to outgrow a number, user " + text(after.database.user());
            }
            case STORING -> {
              storeInRedis(after, login, i);
              yield "stores its session";
            }
            default -> {
              askForUser(after, login, EntryMode.SERVE);
              yield "asks for its user record";
            }
          };
      String outcome = login.created ? "session " + (i + 1) : login.creates ? "on" : "no session";
      add(after, () -> String.format(Locale.ROOT, "login %d %s: %s", i + 1, did, outcome));
    }

    private void create(int i) {
      World after = from.copy();
      Task login = own(after.logins, i);
      login.creates = false;
      Database database = after.database;
      boolean good = isGood(login.credential.epoch(), database.epoch());
      if (good) {
        after.database = database.withSessions(database.sessions() | bit(i));
        login.created = true;
        login.user = database.user();
        login.stores = true;
      }
      endLogin(login);
      add(
          after,
          () ->
              String.format(
                  Locale.ROOT,
                  "login %d: session %d is %s",
                  i + 1,
                  i + 1,
                  good ? "created in the database" : "refused"));
    }

    private void storeSession(int i) {
      if (from.may(Fault.LOST)) {
        World after = from.copy().spend(Fault.LOST);
        Task login = own(after.logins, i);
        login.stores = false;
        login.user = null;
        add(after, () -> String.format(Locale.ROOT, "session %d does not reach Redis", i + 1));
      }
      World after = from.copy();
      Task login = own(after.logins, i);
      int server = use(after, login.node);
      if (server >= 0 && !after.full) {
        after.servers[server] =
            after.servers[server].withSession(
                i, new SessionEntry(login.user, login.credential.epoch()));
      }
      CredentialVersion user = login.user;
      login.stores = false;
      login.user = null;
      add(
          after,
          () ->
              String.format(Locale.ROOT, "session %d is cached beside user %s", i + 1, text(user)));
    }

    private void check(int k) {
      Task check = from.checks[k];
      if (mayBegin(from.checks, k)) {
        for (int i = 0; i < from.logins.length; i++) {
          for (int node = 0; from.logins[i].created && node < scenario.nodes(); node++) {
            if (!isOverAt(node, i)) {
              beginCheck(k, i, node);
            }
          }
        }
      }
      if (check.phase == Phase.WAITING) {
        readSession(k);
      }
      if (check.fills && check.refusedBy == 0) {
        writeBack(k);
      } else if (check.fills) {
        outgrowByCheck(k);
      }
    }

    private void outgrowByCheck(int k) {
      World after = from.copy();
      Task check = own(after.checks, k);
      outgrow(after, check, on(Protection.OUTBOX));
      check.phase = Phase.DONE;
      check.refusedBy = 0;
      forgetRead(check);
      add(
          after,
          () ->
              String.format(
                  Locale.ROOT,
                  "check %d asks the database to outgrow a number, user %s",
                  k + 1,
                  text(after.database.user())));
    }

    private void forgetRead(Task check) {
      check.fills = false;
      check.created = false;
      check.ticketNonce = 0;
      check.ticketStamp = 0;
      check.user = null;
      check.epoch = null;
    }

    private void beginCheck(int k, int session, int node) {
      World after = from.copy();
      Task check = own(after.checks, k);
      check.node = node;
      check.subject = session;
      check.dead = after.dead;
      check.over = after.over;
      int server = use(after, node);
      Boolean verdict = null;
      if (server >= 0) {
        Server asked = after.servers[server];
        Answer<User> found =
            asked.user().lookup(asked.stamp(), after.nonces + 1, EntryMode.SERVE, with);
        verdict = cachedVerdict(asked, found.payload(), session);
        if (scenario.sessionsInRedis() && asked.sessions().get(session) == null) {
          verdict = false;
        }
        if (!found.isHit() && !after.full) {
          after.servers[server] = asked.withUser(found.after());
          after.nonces = Math.max(after.nonces, found.nonce());
          check.ticketStamp = asked.stamp();
          check.ticketNonce = found.nonce();
        }
      }
      String said;
      if (verdict == null) {
        check.phase = Phase.WAITING;
        said = "not known";
      } else {
        decide(after, check, verdict);
        said = verdict ? "passes by what is cached" : "refused by what is cached";
      }
      add(
          after,
          () ->
              String.format(
                  Locale.ROOT,
                  "check %d of session %d begins%s: %s",
                  k + 1,
                  session + 1,
                  at(node),
                  said));
    }

    private void decide(World after, Task check, boolean passes) {
      int session = check.subject;
      if (passes && (check.over & bit(session)) != 0) {
        after.broken = Law.REVOKED_SESSION_PASSED;
      } else if (passes && (check.dead & bit(after.logins[session].credential.password())) != 0) {
        after.broken = Law.OLD_SESSION_PASSED;
      }
      check.end();
    }

    private void readSession(int k) {
      World after = from.copy();
      Task check = own(after.checks, k);
      Database database = after.database;
      Epoch proved = after.logins[check.subject].credential.epoch();
      boolean there = scenario.sessionsInRedis() || database.has(check.subject);
      boolean live =
          there
              && (after.overByDatabase & bit(check.subject)) == 0
              && isGood(proved, database.epoch());
      decide(after, check, live);
      check.fills = true;
      check.stores = false;
      check.created = live;
      check.user = database.user();
      check.epoch = database.epoch();
      add(
          after,
          () ->
              String.format(
                  Locale.ROOT,
                  "check %d reads the database: session %s, user %s",
                  k + 1,
                  live ? "live" : "over",
                  text(check.user)));
    }

    private void writeBack(int k) {
      World after = from.copy();
      Task check = own(after.checks, k);
      int server = use(after, check.node);
      boolean stored = false;
      if (server >= 0 && !after.full) {
        Server asked = after.servers[server];
        User read = new User(check.user, check.epoch);
        FencedEntryModel<User> filled =
            check.ticketNonce == 0
                ? null
                : asked
                    .user()
                    .fill(
                        asked.stamp(),
                        check.ticketStamp,
                        check.ticketNonce,
                        read.version().number(),
                        read,
                        with);
        stored = filled != null;
        check.refusedBy = stored ? 0 : refusing(asked, check);
        if (stored) {
          asked = asked.withUser(filled);
        }
        Epoch proved = after.logins[check.subject].credential.epoch();
        after.servers[server] =
            scenario.sessionsInRedis()
                ? asked
                : asked.withSession(
                    check.subject, check.created ? new SessionEntry(check.user, proved) : null);
      }
      String user = text(check.user) + (stored ? ", user record stored" : ", user record refused");
      if (check.refusedBy == 0) {
        forgetRead(check);
      }
      add(
          after,
          () ->
              String.format(
                  Locale.ROOT, "check %d writes back what it read with user %s", k + 1, user));
    }

    private void revocation(int r) {
      Task revocation = from.revocations[r];
      if (mayBegin(from.revocations, r)) {
        for (int i = 0; i < from.logins.length; i++) {
          for (int node = 0; from.logins[i].created && node < scenario.nodes(); node++) {
            if (!from.database.has(i)) {
              // A repeat delivers what is still pending, as the relay does.
              if (isPending(i)) {
                continue;
              }
              revokeNothing(r, i, node, "finds no row of session");
            } else if (isOverAt(node, i) && !on(Protection.REVOKE_WHATEVER_THE_CLOCK)) {
              revokeNothing(r, i, node, "does not take the token of session");
            } else {
              revoke(r, i, node, false);
              if (from.may(Fault.ANSWER_LOST)) {
                revoke(r, i, node, true);
              }
            }
          }
        }
      }
      if (revocation.phase == Phase.COMMITTED) {
        tellAfter(from.revocations, "revocation", r);
      }
    }

    /** A node does not accept a token that its own clock calls over. */
    private boolean isOverAt(int node, int session) {
      return node == 0 && (from.overByNode & bit(session)) != 0;
    }

    private boolean isPending(int session) {
      for (Row row : from.database.outbox()) {
        if ((row.revoked() & bit(session)) != 0) {
          return true;
        }
      }
      return false;
    }

    /** Returns without having ended anything: no check may find the session live from here on. */
    private void revokeNothing(int r, int session, int node, String found) {
      World after = from.copy();
      after.over |= bit(session);
      endChange(own(after.revocations, r));
      add(
          after,
          () ->
              String.format(
                  Locale.ROOT,
                  "revocation %d%s %s %d and returns",
                  r + 1,
                  at(node),
                  found,
                  session + 1));
    }

    private void revoke(int r, int session, int node, boolean answerLost) {
      World after = from.copy();
      Database old = after.database;
      if ((after.overByDatabase & bit(session)) != 0 && !on(Protection.REVOKE_WHATEVER_THE_CLOCK)) {
        after.database = without(old, session);
        after.over |= bit(session);
        endChange(own(after.revocations, r));
        add(
            after,
            () ->
                String.format(
                    Locale.ROOT,
                    "revocation %d%s deletes session %d, which is over, and tells nobody",
                    r + 1,
                    at(node),
                    session + 1));
        return;
      }
      long number = old.sequence() + 1;
      Row row = new Row(0, number, 0, bit(session));
      after.tags++;
      after.database =
          old.withUser(
              World.version(number, after.tags),
              old.sessions() & ~bit(session),
              append(old.outbox(), row));
      Task revocation = own(after.revocations, r);
      revocation.node = node;
      revocation.phase = answerLost ? Phase.DONE : Phase.COMMITTED;
      revocation.row = answerLost ? null : row;
      if (answerLost) {
        after.spend(Fault.ANSWER_LOST);
      }
      String user = text(after.database.user());
      add(
          after,
          () ->
              String.format(
                  Locale.ROOT,
                  "revocation %d%s deletes session %d: user %s%s",
                  r + 1,
                  at(node),
                  session + 1,
                  user,
                  answerLost ? ", but the answer is lost" : ""));
    }

    private static Database without(Database old, int session) {
      return old.withSessions(old.sessions() & ~bit(session));
    }

    // ---- change

    private void change(int c) {
      Task change = from.changes[c];
      if (mayBegin(from.changes, c)) {
        for (int node = 0; node < scenario.nodes(); node++) {
          tellBefore(c, node);
        }
      }
      switch (change.phase) {
        case FENCED -> {
          commit(c, false);
          if (from.may(Fault.ANSWER_LOST)) {
            commit(c, true);
            loseUncommitted(c);
          }
          if (from.may(Fault.REFUSED)) {
            refuse(c);
          }
          crash(from.changes, "change", c);
        }
        case COMMITTED -> tellAfter(from.changes, "change", c);
        case UNKNOWN -> tellUnknown(c);
        case NOT_MADE -> moveOn(c);
        default -> {}
      }
    }

    private void tellBefore(int c, int node) {
      Database database = from.database;
      long floor = database.version().number() + 1;
      String name =
          String.format(
              Locale.ROOT, "change %d%s begins, fences before the commit", c + 1, at(node));
      if (!on(Protection.PRE_FENCE)) {
        World after = from.copy();
        beginChange(after, c, node).toldBefore = true;
        add(after, () -> String.format(Locale.ROOT, "change %d%s begins", c + 1, at(node)));
        return;
      }
      tell(
          name,
          node,
          floor,
          0,
          (after, told) ->
              // A second primary that has been promoted is a loss, too.
              // What is deleted in place of a fence has no floor, as after a flush.
              beginChange(after, c, node).toldBefore =
                  told && after.servers.length == 1 && !after.full);
    }

    private Task beginChange(World after, int c, int node) {
      Task change = own(after.changes, c);
      change.node = node;
      change.phase = Phase.FENCED;
      change.credential =
          new Credential(
              after.database.version(), after.database.password(), after.database.epoch());
      return change;
    }

    private void commit(int c, boolean answerLost) {
      World after = from.copy();
      Task change = own(after.changes, c);
      Database old = after.database;
      if (!change.credential.version().equals(old.version())) {
        if (!answerLost) {
          endChange(change);
          add(after, () -> String.format(Locale.ROOT, "change %d: somebody was faster", c + 1));
        }
        return;
      }
      long number = old.sequence() + 1;
      int replaced = bit(old.password());
      Row row = new Row(number, number + 1, replaced, 0);
      CredentialVersion version = World.version(number, after.tags + 1);
      Credential now = new Credential(version, c + 1, Epoch.of(version));
      after.tags += 2;
      after.database =
          old.with(now, World.version(number + 1, after.tags), append(old.outbox(), row));
      for (int i = 0; i < after.logins.length; i++) {
        if (!after.logins[i].isAtRest() && after.logins[i].right != 0) {
          own(after.logins, i).right |= bit(c + 1);
        }
      }
      if (change.toldBefore) {
        after.deadFromCommit |= replaced;
      }
      change.toldBefore = false;
      change.row = row;
      change.phase = answerLost ? Phase.UNKNOWN : Phase.COMMITTED;
      if (answerLost) {
        after.spend(Fault.ANSWER_LOST);
      }
      add(
          after,
          () ->
              String.format(
                  Locale.ROOT,
                  "change %d commits %s%s",
                  c + 1,
                  text(now),
                  answerLost ? ", but the answer is lost" : ""));
    }

    private List<Row> append(List<Row> outbox, Row row) {
      if (!on(Protection.OUTBOX)) {
        return outbox;
      }
      List<Row> all = new ArrayList<>(outbox);
      all.add(row);
      return List.copyOf(all);
    }

    private void loseUncommitted(int c) {
      World after = from.copy().spend(Fault.ANSWER_LOST);
      Task change = own(after.changes, c);
      change.toldBefore = false;
      change.phase = Phase.UNKNOWN;
      add(
          after,
          () -> String.format(Locale.ROOT, "change %d: not committed, and nobody says so", c + 1));
    }

    private void refuse(int c) {
      World after = from.copy().spend(Fault.REFUSED);
      endFenced(own(after.changes, c));
      add(after, () -> String.format(Locale.ROOT, "change %d is refused", c + 1));
    }

    /** Goes on to give the credential another version, or is done without. */
    private void endFenced(Task change) {
      change.toldBefore = false;
      change.row = null;
      change.phase = Phase.NOT_MADE;
      if (!on(Protection.MOVES_ON)) {
        endChange(change);
      }
    }

    /** The credential gets another version, unless it has one by now. */
    private void moveOn(int c) {
      World after = from.copy();
      Task change = own(after.changes, c);
      Database old = after.database;
      if (!change.credential.version().equals(old.version())) {
        endChange(change);
        add(after, () -> String.format(Locale.ROOT, "change %d: the version has moved on", c + 1));
        return;
      }
      long number = old.sequence() + 1;
      Row row = new Row(number, 0, 0, 0);
      after.tags++;
      after.database = old.with(World.version(number, after.tags), append(old.outbox(), row));
      change.row = row;
      change.phase = Phase.COMMITTED;
      add(
          after,
          () -> String.format(Locale.ROOT, "change %d moves the version to %d", c + 1, number));
      crash(from.changes, "change", c);
    }

    private void endChange(Task change) {
      change.end();
      change.credential = null;
      change.row = null;
      change.toldBefore = false;
    }

    /** The fence after a commit; of a change or a revocation. */
    private void tellAfter(Task[] kind, String name, int index) {
      Task process = kind[index];
      Row row = process.row;
      if (!on(Protection.POST_FENCE)) {
        World after = from.copy();
        finish(after, row);
        endChange(own(same(after, kind), index));
        add(after, () -> String.format(Locale.ROOT, "%s %d returns", name, index + 1));
        return;
      }
      tell(
          String.format(Locale.ROOT, "%s %d fences after the commit", name, index + 1),
          process.node,
          row.credentialFloor(),
          row.userFloor(),
          (after, told) -> {
            if (told) {
              finish(after, row);
            }
            endChange(own(same(after, kind), index));
          });
      crash(kind, name, index);
    }

    private void tellUnknown(int c) {
      Task change = from.changes[c];
      if (!on(Protection.POST_FENCE)) {
        World after = from.copy();
        endChange(own(after.changes, c));
        add(after, () -> String.format(Locale.ROOT, "change %d does not know and returns", c + 1));
        return;
      }
      tell(
          String.format(Locale.ROOT, "change %d does not know, fences", c + 1),
          change.node,
          change.credential.version().number() + 1,
          0,
          (after, told) -> endFenced(own(after.changes, c)));
      crash(from.changes, "change", c);
    }

    private void crash(Task[] kind, String name, int index) {
      if (from.may(Fault.CRASH)) {
        World after = from.copy().spend(Fault.CRASH);
        Task process = own(same(after, kind), index);
        endChange(process);
        process.phase = Phase.CRASHED;
        add(after, () -> String.format(Locale.ROOT, "%s %d: its node crashes", name, index + 1));
      }
    }

    /** Returns the processes of this kind in another world. */
    private Task[] same(World after, Task[] kind) {
      return kind == from.changes ? after.changes : after.revocations;
    }

    /** What was committed counts from here on: the caller was told, or the relay has delivered. */
    private void finish(World after, Row row) {
      // Where the database has lost a history, a change in the new one ends that one's passwords.
      after.dead |= row.replaced() == 0 ? 0 : row.replaced() | after.lost;
      after.over |= row.revoked();
      Database old = after.database;
      List<Row> outbox = new ArrayList<>(old.outbox());
      outbox.removeIf(
          each ->
              each.userFloor() == row.userFloor()
                  && each.credentialFloor() == row.credentialFloor());
      after.database = old.withOutbox(List.copyOf(outbox));
    }

    /** What a sender does when its fence was told to all, or was not. */
    private interface Then {
      void go(World after, boolean told);
    }

    /** A fence: delivered; or lost; or late, so that its sender takes it for lost. */
    private void tell(String name, int node, long credentialFloor, long userFloor, Then then) {
      World delivered = from.copy();
      int server = use(delivered, node);
      if (server < 0) {
        then.go(delivered, false);
        add(delivered, () -> name + ": this Redis is not to be used");
        return;
      }
      fence(delivered, server, credentialFloor, userFloor);
      boolean told = isSettled(delivered, node, server);
      then.go(delivered, told);
      add(
          delivered,
          () ->
              String.format(
                  Locale.ROOT,
                  "%s, floor %d, at server %d: %s",
                  name,
                  scenario.credentials() ? credentialFloor : userFloor,
                  server + 1,
                  told ? "told" : "pending"));
      if (from.may(Fault.LOST)) {
        World lost = from.copy().spend(Fault.LOST);
        then.go(lost, false);
        add(lost, () -> name + ": lost");
      }
      if (from.may(Fault.LATE)) {
        World late = from.copy().spend(Fault.LATE);
        List<Late> wire = new ArrayList<>(late.wire);
        wire.add(new Late(server, credentialFloor, userFloor));
        late.wire = List.copyOf(wire);
        then.go(late, false);
        add(late, () -> name + ": late");
      }
    }

    private void lateFence(int index) {
      Late late = from.wire.get(index);
      deliverLate(late, index, false);
      if (from.may(Fault.REPEAT)) {
        deliverLate(late, index, true);
      }
    }

    private void deliverLate(Late late, int index, boolean again) {
      World after = from.copy();
      fence(after, late.server(), late.credentialFloor(), late.userFloor());
      if (again) {
        after.spend(Fault.REPEAT);
      } else {
        List<Late> wire = new ArrayList<>(after.wire);
        wire.remove(index);
        after.wire = List.copyOf(wire);
      }
      add(after, () -> "a late fence arrives, floor " + late.credentialFloor());
    }

    private void relay(int index) {
      Row row = from.database.outbox().get(index);
      for (int node = 0; node < scenario.nodes(); node++) {
        World after = from.copy();
        int server = use(after, node);
        if (server < 0) {
          continue;
        }
        fence(after, server, row.credentialFloor(), row.userFloor());
        boolean told = isSettled(after, node, server);
        if (told) {
          finish(after, row);
        }
        String where = at(node);
        add(
            after,
            () ->
                String.format(
                    Locale.ROOT,
                    "the relay%s delivers floor %d at server %d: %s",
                    where,
                    scenario.credentials() ? row.credentialFloor() : row.userFloor(),
                    server + 1,
                    told ? "done" : "pending"));
      }
    }

    // ---- faults

    private void faults() {
      for (Fault fault : Fault.values()) {
        if (from.may(fault)) {
          happen(fault);
        }
      }
    }

    private void happen(Fault fault) {
      World after = from.copy().spend(fault);
      Server server = after.servers[0];
      switch (fault) {
        case FLUSH -> {
          after.servers[0] = Server.empty(server.stamp(), scenario.logins());
          lose(after);
          add(after, () -> "Redis is flushed");
        }
        case EVICTION -> {
          if (server.credential().stamp() != 0) {
            World evicted = from.copy().spend(fault);
            evicted.servers[0] = server.with(FencedEntryModel.absent());
            lose(evicted);
            add(evicted, () -> "the credential entry is evicted");
          }
          if (server.user().stamp() != 0) {
            World evicted = from.copy().spend(fault);
            evicted.servers[0] = server.withUser(FencedEntryModel.absent());
            lose(evicted);
            add(evicted, () -> "the user record is evicted");
          }
        }
        case COPY -> {
          // With stamps, no other server will ever look at the rest, so states differ less.
          after.copy = on(Protection.STAMP) ? server.withoutStamped() : server;
          add(after, () -> "the copy takes in the present state");
        }
        case FAIL_OVER -> {
          after.stamps++;
          after.servers[0] = after.copy.as(after.stamps);
          lose(after);
          add(after, () -> "Redis goes on with the state of the copy under a new identity");
        }
        case SPLIT -> {
          after.servers = new Server[] {server, after.copy.as(2)};
          Node node = after.nodes[1];
          after.nodes[1] = new Node(1, node.known(), node.believed(), node.askedAt());
          lose(after);
          add(after, () -> "the copy is promoted; node 1 stays cut off with the old primary");
        }
        case HEAL -> {
          if (after.servers.length == 2) {
            Node node = after.nodes[0];
            after.nodes[0] = new Node(1, node.known(), node.believed(), node.askedAt());
            add(after, () -> "node 1 reaches the new primary");
          }
        }
        case TICK -> {
          after.tick++;
          add(after, () -> "H passes");
        }
        case CLOCK_AHEAD -> clockAhead();
        case CLEAN_UP -> {
          // What the clock of the database has just begun to call over, no clean-up touches yet.
          if (!on(Protection.CLEAN_UP_AFTER_SKEW)) {
            for (int i = 0; i < from.logins.length; i++) {
              if ((from.overByDatabase & bit(i)) != 0) {
                after.database = without(after.database, i);
              }
            }
            add(after, () -> "a clean-up deletes what is over by the clock of the database");
          }
        }
        case FULL -> {
          after.full = true;
          add(after, () -> "Redis has no memory left");
        }
        case ROOM -> {
          if (after.full) {
            after.full = false;
            add(after, () -> "Redis has memory again");
          }
        }
        case EXPIRY -> {
          expire(after);
          add(after, () -> "the time to live passes");
        }
        case DATABASE_FAIL_OVER -> {
          long given = after.database.sequence();
          loseCommits(after);
          if (on(Protection.ERA)) {
            after.database = first.inEra(Math.max(given, first.sequence()) / ERA * ERA + ERA);
          }
          after.mayOutgrow++;
          add(after, () -> "the database goes on with the state it had at first, and says so");
        }
        case DATABASE_REPLAY -> {
          loseCommits(after);
          add(after, () -> "the database goes on with the state it had at first");
        }
        default -> {
          // Belongs to a process: see there.
        }
      }
    }

    private void clockAhead() {
      int sessions = from.database.sessions();
      if (sessions == 0) {
        return;
      }
      World database = from.copy().spend(Fault.CLOCK_AHEAD);
      database.overByDatabase = sessions;
      add(database, () -> "the clock of the database is ahead and calls the sessions over");
      World node = from.copy().spend(Fault.CLOCK_AHEAD);
      node.overByNode = sessions;
      add(node, () -> "the clock of node 1 is ahead and calls the sessions over");
      World redis = from.copy().spend(Fault.CLOCK_AHEAD);
      redis.servers[0] = Server.empty(redis.servers[0].stamp(), scenario.logins());
      lose(redis);
      add(redis, () -> "the clock of Redis is ahead, and what it has ends");
    }

    /** What Redis confirmed before a commit that is still to come does not bind it any more. */
    private void lose(World after) {
      for (int c = 0; c < after.changes.length; c++) {
        if (after.changes[c].toldBefore) {
          own(after.changes, c).toldBefore = false;
        }
      }
    }

    /**
     * What was read before is too old. So whatever was committed before binds from here on, told or
     * not, and what a lost commit had set opens nothing any more.
     */
    private void expire(World after) {
      for (int s = 0; s < after.servers.length; s++) {
        after.servers[s] = withoutPayloads(after.servers[s]);
      }
      after.copy = withoutPayloads(after.copy);
      for (int i = 0; i < after.logins.length; i++) {
        Task login = own(after.logins, i);
        if (login.phase != Phase.IDLE && login.phase != Phase.WAITING) {
          // Its deadline is long over.
          login.fills = false;
          login.stores = false;
          forgetUser(login);
          endLogin(login);
        }
      }
      for (int k = 0; k < after.checks.length; k++) {
        Task check = own(after.checks, k);
        if (check.phase == Phase.DONE) {
          check.refusedBy = 0;
          forgetRead(check);
        }
      }
      after.dead |= after.lost;
      for (Row row : after.database.outbox()) {
        after.dead |= row.replaced();
        after.over |= row.revoked();
      }
    }

    private Server withoutPayloads(Server server) {
      return server.with(server.credential().expired()).withUser(server.user().expired());
    }

    private void loseCommits(World after) {
      if (after.database.password() != 0) {
        after.lost |= bit(after.database.password());
      }
      after.lost |= after.dead & ~1;
      after.dead = 0;
      after.deadFromCommit = 0;
      after.over = 0;
      after.lostSessions |= after.database.sessions();
      after.database = first;
      for (int i = 0; i < after.logins.length; i++) {
        Task login = own(after.logins, i);
        login.dead = 0;
        login.deadFromCommit = 0;
        login.right |= login.right == 0 ? 0 : bit(0);
      }
      for (int k = 0; k < after.checks.length; k++) {
        Task check = own(after.checks, k);
        check.dead = 0;
        check.over = 0;
      }
      for (int c = 0; c < after.changes.length; c++) {
        Task change = own(after.changes, c);
        change.toldBefore = false;
        if (change.row != null) {
          change.row = new Row(change.row.credentialFloor(), change.row.userFloor(), 0, 0);
        }
      }
    }

    // ---- at rest

    /** Nothing is under way and nothing is owed: what Redis would answer must be the truth. */
    private @Nullable Law atRest(World resting) {
      for (int node = 0; node < scenario.nodes(); node++) {
        World probe = resting.copy();
        int server = use(probe, node);
        if (server >= 0 && !agrees(probe, probe.servers[server])) {
          return Law.OLD_AT_REST;
        }
        if (server >= 0
            && scenario.finishesWhatItBegins()
            && refuses(probe, probe.servers[server])) {
          return Law.KEPT_OUT;
        }
      }
      // A history that is lost without a word may leave a number behind that nobody can outgrow.
      boolean promised =
          scenario.sessionsInRedis() && !scenario.faults().containsKey(Fault.DATABASE_REPLAY);
      return promised && !opens(resting) ? Law.RIGHT_PASSWORD_SHUT_OUT : null;
    }

    private boolean refuses(World world, Server server) {
      return server.credential().stamp() == server.stamp()
          && server.credential().floor() > world.database.version().number();
    }

    private boolean agrees(World world, Server server) {
      Database database = world.database;
      Credential cached =
          server.credential().lookup(server.stamp(), 1, EntryMode.SERVE, with).payload();
      if (cached != null
          && cached.password() != database.password()
          && (world.lost & ~world.dead & bit(cached.password())) == 0) {
        return false;
      }
      User user = server.user().lookup(server.stamp(), 1, EntryMode.SERVE, with).payload();
      // What a history that the database has lost leaves behind is served until the account
      // changes.
      boolean leftBehind = (world.lost & ~world.dead) != 0;
      for (int i = 0; i < world.logins.length; i++) {
        if (leftBehind || (world.lostSessions & bit(i)) != 0) {
          continue;
        }
        Boolean verdict = cachedVerdict(server, user, i);
        boolean live =
            verdict != null
                && (scenario.sessionsInRedis() || database.has(i))
                && isGood(world.logins[i].credential.epoch(), database.epoch());
        if (verdict != null && verdict != live) {
          return false;
        }
      }
      return true;
    }
  }

  private static String text(@Nullable Credential credential) {
    return credential == null
        ? "nothing"
        : String.format(
            Locale.ROOT,
            "password %d of version %s",
            credential.password(),
            text(credential.version()));
  }

  private static String text(@Nullable CredentialVersion version) {
    return version == null ? "none" : version.number() + "/" + version.tag();
  }
}
