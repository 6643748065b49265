package io.doorward.auth.system;

/** Where an application keeps its sessions. */
enum Sessions {
  IN_POSTGRES,
  IN_REDIS,
  /** Owned by PostgreSQL, answered by Redis. */
  DURABLE;

  /** Losing Redis then ends no session. */
  boolean areInPostgres() {
    return this != IN_REDIS;
  }
}
