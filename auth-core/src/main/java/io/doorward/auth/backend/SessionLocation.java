package io.doorward.auth.backend;

/** Where sessions are kept, which determines the effect of an outage on them. */
public enum SessionLocation {
  /** In this process; for tests and for applications of one node. */
  MEMORY,
  /** In the database, which answers every check. */
  DATABASE,
  /** In Redis and nowhere else. */
  REDIS,
  /** In the database, with a view in Redis that answers checks. */
  DATABASE_WITH_VIEW,
  /** Somewhere that this library does not know. */
  ELSEWHERE
}
