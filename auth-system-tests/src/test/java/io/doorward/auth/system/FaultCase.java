package io.doorward.auth.system;

import io.doorward.auth.system.Fault.Operation;

/** The lines of docs/faults.md: the faults, each in every way in which it is brought about. */
enum FaultCase {
  REDIS_REFUSES(Fault.F1, "", FaultCells.redisAway()),
  REDIS_KILLED(Fault.F1, "the server is killed", FaultCells.redisAway()),
  REDIS_BLACK_HOLE(Fault.F2, "what is sent is swallowed", FaultCells.redisAway()),
  REDIS_ANSWERS_LOST(Fault.F2, "what it answers is swallowed", FaultCells.redisAway()),
  REDIS_FROZEN(Fault.F2, "the server is frozen", FaultCells.redisAway()),
  REDIS_LATE(Fault.F3, "20 to 40 ms each way", FaultCells.asEver()),
  REDIS_TOO_LATE(Fault.F3, "5 to 6 s each way", FaultCells.redisAway()),
  REDIS_RESET_ONCE(Fault.F4, "once", FaultCells.asEver().both(Operation.T, FaultCells.LIMITS_LATE)),
  REDIS_RESET_BEFORE(Fault.F4, "again and again", FaultCells.redisAway()),
  REDIS_RESET_AFTER_ONCE(
      Fault.F5, "once", FaultCells.asEver().both(Operation.T, FaultCells.LIMITS_LATE)),
  REDIS_RESET_AFTER(Fault.F5, "again and again", FaultCells.redisAway()),
  REDIS_CUT_IN_ANSWER(Fault.F6, "and end after three bytes", FaultCells.redisAway()),
  REDIS_SLICED(Fault.F6, "of one byte", FaultCells.asEver()),
  ANSWERS_MIXED(
      Fault.F6,
      "or are cut, for many accounts at once",
      FaultCells.none()
          .logins("nobody else's", "nobody else's")
          .both(Operation.V, "nobody else's")
          .because(
              "Its answer names nobody, so that it could not be anybody else's.",
              Operation.O,
              Operation.C,
              Operation.T)),
  REDIS_DRIPS(Fault.F7, "an answer drips, 10 bytes a second", FaultCells.redisAway()),
  REDIS_CLOSES_LATE(Fault.F7, "ends of connections come late", FaultCells.asEver()),
  FAILOVER(
      Fault.F8,
      "",
      FaultCells.none()
          .logins(FaultCells.BY_DATABASE, FaultCells.BY_DATABASE)
          .both(Operation.V, FaultCells.PASSES)
          .each(Operation.O, "may be undone", "stays done")
          .both(Operation.C, "stays done")
          .both(Operation.T, "counts anew")),
  SPLIT_BRAIN(
      Fault.F9,
      "asked on the old side",
      FaultCells.none()
          .each(Operation.LH, FaultCells.UNAVAILABLE, FaultCells.BY_DATABASE)
          .each(Operation.LM, FaultCells.UNAVAILABLE, FaultCells.BY_DATABASE)
          .each(Operation.V, FaultCells.UNAVAILABLE, FaultCells.PASSES)
          .each(Operation.O, FaultCells.UNAVAILABLE, FaultCells.PENDING)
          .both(Operation.C, FaultCells.PENDING)
          .both(Operation.T, FaultCells.LIMITS_ALONE)),
  STALE_REPLICA(Fault.F10, "is taken for the primary", FaultCells.redisAway().unlooked()),
  REDIS_READONLY(Fault.F11, "`READONLY`", FaultCells.redisAway()),
  REDIS_MASTERDOWN(Fault.F11, "`MASTERDOWN`", FaultCells.redisAway()),
  REDIS_OOM(
      Fault.F11,
      "`OOM`, and it reads and deletes",
      FaultCells.asEver()
          .each(Operation.LH, FaultCells.UNAVAILABLE, FaultCells.BY_CACHE)
          .each(Operation.LM, FaultCells.UNAVAILABLE, FaultCells.BY_DATABASE)),
  REDIS_FULL(
      Fault.F11,
      "full Redis, with memory again: what was ended stays ended",
      FaultCells.asEver()
          .unlooked()
          .logins(FaultCells.REFUSED, FaultCells.BY_DATABASE)
          .both(Operation.V, FaultCells.REFUSED)),
  REDIS_NOAUTH(Fault.F11, "`NOAUTH`", FaultCells.redisAway()),
  REDIS_LOADING(Fault.F11, "`LOADING`", FaultCells.redisAway()),
  REDIS_NOSCRIPT(Fault.F11, "`NOSCRIPT`", FaultCells.asEver()),
  REDIS_MOVED(
      Fault.F11,
      "`MOVED`: a cluster's slots are on another node",
      FaultCells.asEver().unlooked().logins(FaultCells.BY_DATABASE, FaultCells.BY_DATABASE)),
  REDIS_CLUSTERDOWN(Fault.F11, "`CLUSTERDOWN`", FaultCells.redisAway().unlooked()),
  REDIS_FLUSHED(Fault.F12, "`FLUSHALL`", FaultCells.lost()),
  REDIS_EVICTED(Fault.F12, "eviction", FaultCells.lost()),
  REDIS_RESTARTED(
      Fault.F12,
      "restart without persistence",
      FaultCells.lost().both(Operation.T, FaultCells.LIMITS_LATE)),
  GARBAGE(Fault.F13, "random bytes", FaultCells.lost()),
  WRONG_TYPE(Fault.F13, "`WRONGTYPE`", FaultCells.lost()),
  DATABASE_REFUSES(Fault.F14, "connections are refused", FaultCells.databaseAway()),
  DATABASE_KILLED(Fault.F14, "the server is killed", FaultCells.databaseAway()),
  DATABASE_BLACK_HOLE(Fault.F14, "what is sent is swallowed", FaultCells.databaseAway()),
  DATABASE_FROZEN(Fault.F14, "the server is frozen", FaultCells.databaseAway()),
  DATA_SOURCE_HANGS(Fault.F14, "the host's `DataSource` hangs", FaultCells.databaseAway()),
  STANDBY(
      Fault.F14,
      "a server that only refuses to write is behind its address",
      FaultCells.databaseAway().each(Operation.LM, FaultCells.BY_DATABASE, FaultCells.UNAVAILABLE)),
  BOTH_REFUSE(Fault.F14, "and Redis, too", FaultCells.bothAway()),
  POOL_EXHAUSTED(Fault.F15, "all connections are taken", FaultCells.databaseAway()),
  DATABASE_SLOW(Fault.F15, "every statement is slow", FaultCells.databaseAway()),
  GUARD_UNANSWERED(
      Fault.F15,
      "a `PrimaryGuard` is answered later than it counts",
      FaultCells.redisAway().unlooked()),
  COMMIT_LOST(Fault.F16, "", FaultCells.asEver()),
  CHANGE_LOST(
      Fault.F17,
      "the lost password is cached, and typed",
      FaultCells.none()
          .each(Operation.LH, FaultCells.BY_CACHE, FaultCells.REFUSED)
          .each(Operation.LM, FaultCells.UNAVAILABLE, FaultCells.BY_DATABASE)
          .both(Operation.V, FaultCells.PASSES)
          .both(Operation.O, FaultCells.DONE)
          .both(Operation.C, FaultCells.DONE)
          .because("Attempts are not counted in PostgreSQL.", Operation.T)),
  SEQUENCE_REPLAYED(
      Fault.F17,
      "by a fail-over, after which numbers are given out again",
      FaultCells.none()
          .both(Operation.LH, FaultCells.BY_DATABASE)
          .both(Operation.LM, FaultCells.BY_DATABASE)
          .both(Operation.V, FaultCells.PASSES)
          .both(Operation.O, FaultCells.DONE)
          .both(Operation.C, FaultCells.DONE)
          .because("Attempts are not counted in PostgreSQL.", Operation.T)),
  SERIALISATION(Fault.F18, "`40001`, once", FaultCells.asEver()),
  DEADLOCK(Fault.F18, "`40P01`, once", FaultCells.asEver()),
  DUPLICATE(
      Fault.F18,
      "`23505`",
      FaultCells.none()
          .both(Operation.C, "duplicate")
          .because(
              "Only a sign-up and a new login identifier can meet somebody else's.",
              Operation.LH,
              Operation.LM,
              Operation.V,
              Operation.O,
              Operation.T)),
  CRASH(
      Fault.F19,
      "at any step",
      FaultCells.none()
          .logins(FaultCells.BY_CACHE, FaultCells.BY_DATABASE)
          .both(Operation.V, FaultCells.PASSES)
          .both(Operation.O, "finished")
          .both(Operation.C, "finished")
          .both(Operation.T, FaultCells.LIMITS)),
  CUT_OFF(
      Fault.F19, "or is cut off, and its connections stay open", FaultCells.asEver().unlooked()),
  CLOCKS_AGREE_ENOUGH(Fault.F20, "by a minute", FaultCells.asEver().unlooked()),
  CLOCKS_AT_AN_END(
      Fault.F20,
      "apart by the allowed skew, at the end of a session",
      FaultCells.asEver().unlooked().both(Operation.V, FaultCells.REFUSED)),
  CLOCK_AHEAD(Fault.F20, "a node is two minutes ahead", FaultCells.asEver().unlooked()),
  CLOCK_BEHIND(
      Fault.F20,
      "a node is two minutes behind",
      FaultCells.asEver()
          .unlooked()
          .both(Operation.LH, FaultCells.BY_DATABASE)
          .both(Operation.V, FaultCells.REFUSED)),
  INTERRUPTED(
      Fault.F21,
      "is interrupted",
      FaultCells.none()
          .logins("typed, flag kept", "typed, flag kept")
          .both(Operation.V, "typed, flag kept")
          .both(Operation.O, "typed, flag kept")
          .both(Operation.C, "typed, flag kept")
          .both(Operation.T, "typed, flag kept")),
  STANDS_STILL(
      Fault.F21,
      "stands still while the password is changed",
      FaultCells.none()
          .logins(FaultCells.REFUSED, FaultCells.REFUSED)
          .because(
              "Only a login can rest upon a password that is replaced meanwhile: everything else is"
                  + " one operation at the store that decides.",
              Operation.V,
              Operation.O,
              Operation.C,
              Operation.T)),
  HASHING_SATURATED(
      Fault.F22,
      "",
      FaultCells.asEver()
          .unlooked()
          .logins(FaultCells.UNAVAILABLE, FaultCells.UNAVAILABLE)
          .both(Operation.C, "done, password 503")),
  HERD(
      Fault.F23,
      "",
      FaultCells.none()
          .both(Operation.LM, "shared reads")
          .because("What Redis has needs no read that could be shared.", Operation.LH)
          .because(
              "Only logins of one account read one row of PostgreSQL in a herd; checks of one"
                  + " durable session share their reads in the same way.",
              Operation.V,
              Operation.O,
              Operation.C,
              Operation.T)),
  KEYS_ROTATE(Fault.F24, "in the documented order", FaultCells.asEver().unlooked()),
  KEYS_DIFFER(
      Fault.F24,
      "none in common",
      FaultCells.none()
          .logins(FaultCells.BY_CACHE, FaultCells.BY_DATABASE)
          .both(Operation.V, FaultCells.REFUSED)
          .because(
              "Nodes without a key in common do not share Redis: what is counted, ended and changed"
                  + " there by one is unknown to the other. `keys.md` has the order of a rotation, in"
                  + " which that never happens.",
              Operation.O,
              Operation.C,
              Operation.T)),
  OVER(Fault.F25, "each of F1 to F7, F11 to F16 and F18, on one server each", FaultCells.asEver()),
  POOLER(Fault.F26, "PgBouncer hands its sessions round", FaultCells.asEver().unlooked()),
  ROW_SECURITY(
      Fault.F26, "row security hides rows from its user", FaultCells.databaseAway().unlooked()),
  NO_UNICODE(
      Fault.F26,
      "its encoding lacks what devices and strangers send",
      FaultCells.asEver().unlooked());

  private final Fault fault;
  private final String text;

  // Unchangeable, as its type says; Error Prone knows that of annotated types only.
  @SuppressWarnings("ImmutableEnumChecker")
  private final FaultCells cells;

  FaultCase(Fault fault, String text, FaultCells cells) {
    this.fault = fault;
    this.text = text;
    this.cells = cells;
  }

  Fault fault() {
    return fault;
  }

  /** In which way; empty if there is one only. */
  String text() {
    return text;
  }

  FaultCells cells() {
    return cells;
  }
}
