package io.doorward.auth.redis.consistency;

import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One state of everything: database, Redis, nodes, what runs on them, what is on the wire, and what
 * the laws need to remember. A copy shares the immutable parts; the processes are copied where they
 * are changed.
 */
@SuppressWarnings("EnumOrdinal") // A name of a state needs a number for everything, within one run.
final class World {
  static final int NEVER = 255;

  /**
   * One account's rows. A version is a number and a tag; numbers come from one sequence.
   *
   * @param eraBegan the first number of the present era; 0: of the first one
   */
  record Database(
      CredentialVersion version,
      int password,
      Epoch epoch,
      CredentialVersion user,
      int sessions,
      long sequence,
      long eraBegan,
      List<Row> outbox) {
    boolean has(int session) {
      return (sessions & 1 << session) != 0;
    }

    Credential credential() {
      return new Credential(version, password, epoch);
    }

    /** Other numbers and the same epoch, or another one. */
    Database with(Credential next, CredentialVersion nextUser, List<Row> rows) {
      return new Database(
          next.version,
          next.password,
          next.epoch,
          nextUser,
          sessions,
          nextUser.number(),
          eraBegan,
          rows);
    }

    /** Another version of the same credential. */
    Database with(CredentialVersion next, List<Row> rows) {
      return new Database(next, password, epoch, user, sessions, next.number(), eraBegan, rows);
    }

    Database withUser(CredentialVersion nextUser, int nextSessions, List<Row> rows) {
      return new Database(
          version, password, epoch, nextUser, nextSessions, nextUser.number(), eraBegan, rows);
    }

    Database withSessions(int next) {
      return new Database(version, password, epoch, user, next, sequence, eraBegan, outbox);
    }

    Database withOutbox(List<Row> rows) {
      return new Database(version, password, epoch, user, sessions, sequence, eraBegan, rows);
    }

    Database inEra(long firstNumber) {
      return new Database(
          version, password, epoch, user, sessions, firstNumber - 1, firstNumber, outbox);
    }
  }

  /**
   * What Redis still has to be told.
   *
   * @param credentialFloor 0: nothing of the credential
   * @param replaced the passwords that are dead once it is delivered
   * @param revoked the sessions that are over once it is delivered
   */
  record Row(long credentialFloor, long userFloor, int replaced, int revoked) {}

  /** A cached credential. */
  record Credential(CredentialVersion version, int password, Epoch epoch) {}

  /** A cached user record. */
  record User(CredentialVersion version, Epoch epoch) {}

  /** A cached session: the user record's version that was read with it, and its epoch. */
  record SessionEntry(CredentialVersion user, Epoch epoch) {}

  /** One Redis server. */
  record Server(
      int stamp,
      FencedEntryModel<Credential> credential,
      FencedEntryModel<User> user,
      List<SessionEntry> sessions) {
    static Server empty(int stamp, int sessions) {
      return new Server(
          stamp,
          FencedEntryModel.absent(),
          FencedEntryModel.absent(),
          Arrays.asList(new SessionEntry[sessions]));
    }

    /** Returns what another server can use of this one's state: nothing that bears its stamp. */
    Server withoutStamped() {
      return new Server(stamp, FencedEntryModel.absent(), FencedEntryModel.absent(), sessions);
    }

    Server as(int identity) {
      return new Server(identity, credential, user, sessions);
    }

    Server with(FencedEntryModel<Credential> next) {
      return new Server(stamp, next, user, sessions);
    }

    Server withUser(FencedEntryModel<User> next) {
      return new Server(stamp, credential, next, sessions);
    }

    Server withSession(int session, @Nullable SessionEntry entry) {
      List<SessionEntry> all = new ArrayList<>(sessions);
      all.set(session, entry);
      return new Server(stamp, credential, user, all);
    }
  }

  /** What a node sees: its server, and what the database said of primaries when it asked last. */
  record Node(int route, int known, int believed, int askedAt) {}

  /** A fence that its sender has given up. */
  record Late(int server, long credentialFloor, long userFloor) {}

  enum Phase {
    IDLE,
    HIT,
    WAITING,
    READING,
    FILLING,
    OUTGROWN,
    STORING,
    FENCED,
    COMMITTED,
    UNKNOWN,
    NOT_MADE,
    DONE,
    CRASHED
  }

  /** One process: a login, a change, a check or a revocation. Each uses what it needs. */
  static final class Task {
    Phase phase = Phase.IDLE;
    int node;
    int ticketStamp;
    int ticketNonce;
    @Nullable Credential credential;

    /** What was dead or over when it began: what it must not accept. */
    int dead;

    int deadFromCommit;
    int over;

    /** The passwords that were right at a time since it began. */
    int right;

    /** Of a login: what is left to do when the answer is given. Of a check: to write back. */
    boolean fills;

    boolean creates;
    boolean stores;

    /** Of a session: the user version that was read with its row; of a check: with what it read. */
    @Nullable CredentialVersion user;

    @Nullable Epoch epoch;
    boolean created;

    /** For an opening of a session in Redis: the number that refused the user record; 0: none. */
    long refusedBy;

    /** Of a check and a revocation: which session. Of a change: the password it replaces. */
    int subject;

    /** Of a change: that Redis confirmed before the commit and has lost nothing since. */
    boolean toldBefore;

    @Nullable Row row;

    Task copy() {
      Task copy = new Task();
      copy.phase = phase;
      copy.node = node;
      copy.ticketStamp = ticketStamp;
      copy.ticketNonce = ticketNonce;
      copy.credential = credential;
      copy.dead = dead;
      copy.deadFromCommit = deadFromCommit;
      copy.over = over;
      copy.right = right;
      copy.fills = fills;
      copy.creates = creates;
      copy.stores = stores;
      copy.user = user;
      copy.epoch = epoch;
      copy.refusedBy = refusedBy;
      copy.created = created;
      copy.subject = subject;
      copy.toldBefore = toldBefore;
      copy.row = row;
      return copy;
    }

    boolean isAtRest() {
      return (phase == Phase.IDLE || phase == Phase.DONE || phase == Phase.CRASHED)
          && !fills
          && !creates
          && !stores;
    }

    /** Forgets what no later step looks at, so that states that differ only in it are one. */
    void end() {
      phase = Phase.DONE;
      dead = 0;
      deadFromCommit = 0;
      over = 0;
      right = 0;
    }
  }

  Database database;
  Server[] servers;
  Server copy;
  Node[] nodes;
  int tick;

  /** When the second primary was registered; the first one was long before. */
  int registeredAt = NEVER;

  Task[] logins;
  Task[] changes;
  Task[] checks;
  Task[] revocations;
  List<Late> wire;
  int[] left;

  int nonces;
  int tags;
  int stamps;

  /** Passwords whose change has returned or was delivered. */
  int dead;

  /** Passwords that a change replaced which Redis had confirmed before its commit. */
  int deadFromCommit;

  /** Sessions whose revocation has returned or was delivered. */
  int over;

  /** Passwords that only a lost commit had set. */
  int lost;

  /** Sessions that the clock of the database calls over, and no other. */
  int overByDatabase;

  /** Sessions that the clock of the first node calls over, and no other. */
  int overByNode;

  /** Redis has no memory left: it reads and deletes. */
  boolean full;

  /** Sessions that only a lost history of the database had. */
  int lostSessions;

  /**
   * How often the database has lost a history and said so, less the times that this was outgrown.
   */
  int mayOutgrow;

  /** Which logins may trade places without anybody noticing: those that open no session. */
  private final boolean loginsAreAlike;

  @Nullable Law broken;

  World(Scenario scenario) {
    database =
        new Database(version(1, 1), 0, Epoch.of(version(1, 1)), version(2, 2), 0, 2, 0, List.of());
    tags = 2;
    stamps = 1;
    servers = new Server[] {Server.empty(1, scenario.logins())};
    copy = servers[0];
    nodes = new Node[scenario.nodes()];
    Arrays.fill(nodes, new Node(0, 1, 1, 0));
    logins = processes(scenario.logins());
    changes = processes(scenario.changes());
    checks = processes(scenario.checks());
    revocations = processes(scenario.revocations());
    wire = List.of();
    loginsAreAlike = !scenario.sessions();
    left = new int[Fault.values().length];
    scenario.faults().forEach((fault, times) -> left[fault.ordinal()] = times);
  }

  private World(World other) {
    database = other.database;
    servers = other.servers.clone();
    copy = other.copy;
    nodes = other.nodes.clone();
    tick = other.tick;
    registeredAt = other.registeredAt;
    logins = other.logins.clone();
    changes = other.changes.clone();
    checks = other.checks.clone();
    revocations = other.revocations.clone();
    wire = other.wire;
    left = other.left;
    nonces = other.nonces;
    tags = other.tags;
    stamps = other.stamps;
    dead = other.dead;
    deadFromCommit = other.deadFromCommit;
    over = other.over;
    lost = other.lost;
    overByDatabase = other.overByDatabase;
    overByNode = other.overByNode;
    full = other.full;
    lostSessions = other.lostSessions;
    mayOutgrow = other.mayOutgrow;
    loginsAreAlike = other.loginsAreAlike;
  }

  private static Task[] processes(int number) {
    Task[] all = new Task[number];
    Arrays.setAll(all, i -> new Task());
    return all;
  }

  static CredentialVersion version(long number, int tag) {
    return new CredentialVersion(number, Integer.toString(tag));
  }

  World copy() {
    return new World(this);
  }

  /** Returns a process of this world to be changed. */
  static Task own(Task[] all, int index) {
    Task mine = all[index].copy();
    all[index] = mine;
    return mine;
  }

  boolean may(Fault fault) {
    return left[fault.ordinal()] > 0;
  }

  World spend(Fault fault) {
    left = left.clone();
    left[fault.ordinal()]--;
    return this;
  }

  boolean isAtRest() {
    return wire.isEmpty()
        && database.outbox().isEmpty()
        && allAtRest(logins)
        && allAtRest(changes)
        && allAtRest(checks)
        && allAtRest(revocations);
  }

  private static boolean allAtRest(Task[] all) {
    for (Task process : all) {
      if (!process.isAtRest()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns a name of this state: equal for equal states, and for those that differ only in what no
   * later step can tell: in how nonces are numbered, in which of two nonces that nobody remembers a
   * ticket has, and in which of several like processes is in which state.
   */
  String name() {
    return new Namer().name();
  }

  /** Writes a state down, a character for each part. Nonces are numbered as they are met. */
  private final class Namer {
    /** A nonce that no entry has: its ticket is void, whichever it is. */
    private static final byte VOID = (byte) 255;

    private final byte[] nonceNames = new byte[nonces + 1];
    private StringBuilder out = new StringBuilder(192);
    private byte named;

    String name() {
      put(database.version);
      put(database.password);
      put(database.epoch);
      put(database.user);
      put(database.sessions);
      put(database.sequence);
      put(database.eraBegan);
      put(database.outbox.size());
      database.outbox.forEach(this::put);
      put(servers.length);
      for (Server server : servers) {
        put(server);
      }
      put(copy);
      for (Node node : nodes) {
        put(node.route);
        put(node.known);
        put(node.believed);
        put(node.askedAt);
      }
      put(tick);
      put(registeredAt);
      putAll(logins, loginsAreAlike);
      putAll(changes, false);
      putAll(checks, true);
      putAll(revocations, true);
      put(wire.size());
      for (Late late : wire) {
        put(late.server);
        put(late.credentialFloor);
        put(late.userFloor);
      }
      for (int times : left) {
        put(times);
      }
      put(dead);
      put(deadFromCommit);
      put(over);
      put(lost);
      put(overByDatabase);
      put(overByNode);
      put(full);
      put(lostSessions);
      put(mayOutgrow);
      return out.toString();
    }

    private void put(long part) {
      if (part < 0 || part > 255) {
        throw new IllegalStateException("the model has outgrown its names: " + part);
      }
      out.append((char) part);
    }

    private void put(boolean part) {
      put(part ? 1 : 0);
    }

    private void put(@Nullable CredentialVersion version) {
      put(version == null ? 0 : version.number());
      put(version == null ? 0 : Integer.parseInt(version.tag()));
    }

    private void put(@Nullable Epoch epoch) {
      put(epoch == null ? 0 : epoch.number());
      put(epoch == null ? 0 : Integer.parseInt(epoch.tag()));
    }

    private void put(@Nullable Credential credential) {
      put(credential == null ? (CredentialVersion) null : credential.version);
      put(credential == null ? 0 : credential.password);
      put(credential == null ? (Epoch) null : credential.epoch);
    }

    /** Of a nonce that an entry has. */
    private void putNonce(int nonce) {
      if (nonce != 0 && nonceNames[nonce] == 0) {
        nonceNames[nonce] = ++named;
      }
      put(nonce == 0 ? 0 : nonceNames[nonce]);
    }

    private void putTicket(int nonce) {
      put(nonce == 0 ? 0 : nonceNames[nonce] == 0 ? VOID & 255 : nonceNames[nonce]);
    }

    private void put(Row row) {
      put(row.credentialFloor);
      put(row.userFloor);
      put(row.replaced);
      put(row.revoked);
    }

    private void put(Server server) {
      put(server.stamp);
      putEntry(server.credential);
      put(server.credential.payload());
      putEntry(server.user);
      User user = server.user.payload();
      put(user == null ? (CredentialVersion) null : user.version);
      put(user == null ? (Epoch) null : user.epoch);
      for (SessionEntry entry : server.sessions) {
        put(entry == null ? (CredentialVersion) null : entry.user);
        put(entry == null ? (Epoch) null : entry.epoch);
      }
    }

    private void putEntry(FencedEntryModel<?> entry) {
      put(entry.stamp());
      putNonce(entry.nonce());
      put(entry.floor());
      put(entry.version());
    }

    private void putAll(Task[] all, boolean alike) {
      if (!alike || all.length < 2) {
        for (Task process : all) {
          put(process);
        }
        return;
      }
      StringBuilder whole = out;
      String[] names = new String[all.length];
      for (int i = 0; i < all.length; i++) {
        out = new StringBuilder(32);
        put(all[i]);
        names[i] = out.toString();
      }
      Arrays.sort(names);
      out = whole;
      for (String name : names) {
        out.append(name);
      }
    }

    private void put(Task process) {
      put(process.phase.ordinal());
      if (process.phase == Phase.IDLE) {
        return;
      }
      put(process.node);
      put(process.ticketStamp);
      putTicket(process.ticketNonce);
      put(process.credential);
      put(process.dead);
      put(process.deadFromCommit);
      put(process.over);
      put(process.right);
      put(process.fills);
      put(process.creates);
      put(process.stores);
      put(process.created);
      put(process.user);
      put(process.epoch);
      put(process.refusedBy);
      put(process.subject);
      put(process.toldBefore);
      put(process.row != null);
      if (process.row != null) {
        put(process.row);
      }
    }
  }
}
