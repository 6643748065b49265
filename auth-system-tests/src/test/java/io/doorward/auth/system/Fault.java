package io.doorward.auth.system;

/** The rows of docs/faults.md: what can go wrong, by the names of the fault model. */
enum Fault {
  F1("Redis cannot be connected to"),
  F2("Redis answers nothing"),
  F3("Redis is late"),
  F4("connections to Redis are reset before a command is sent"),
  F5("connections to Redis are reset after a command was sent"),
  F6("answers of Redis come in pieces"),
  F7("Redis is slow"),
  F8("fail-over to a replica that lacks the last writes"),
  F9("split brain"),
  F10("a replica that lags"),
  F11("Redis refuses"),
  F12("Redis loses its data"),
  F13("corrupted and foreign values"),
  F14("PostgreSQL is away"),
  F15("PostgreSQL has no time"),
  F16("the answer to a commit is lost"),
  F17("PostgreSQL loses a committed change"),
  F18("PostgreSQL undoes a transaction"),
  F19("a node dies between PostgreSQL and Redis"),
  F20("clocks differ"),
  F21("a caller is interrupted, or stands still"),
  F22("hashing is saturated"),
  F23("thundering herd"),
  F24("nodes have different keys"),
  F25("the fault is over"),
  F26("PostgreSQL is not what it is taken for");

  private final String title;

  Fault(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /** The columns: what is asked for meanwhile. */
  enum Operation {
    LH("login, cached"),
    LM("login, not cached"),
    V("request check"),
    R("refresh"),
    O("logout"),
    K("list and kick-out"),
    C("change"),
    T("throttle");

    private final String title;

    Operation(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }
}
