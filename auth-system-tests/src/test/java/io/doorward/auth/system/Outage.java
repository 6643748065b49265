package io.doorward.auth.system;

import io.doorward.auth.backend.DegradationTable;

/** Which servers are away, and how. */
enum Outage {
  REDIS_ABSENT_AT_START(true, false, How.ABSENT),
  REDIS_STOPPED(true, false, How.STOPPED),
  REDIS_PAUSED(true, false, How.PAUSED),
  POSTGRES_ABSENT_AT_START(false, true, How.ABSENT),
  POSTGRES_STOPPED(false, true, How.STOPPED),
  POSTGRES_PAUSED(false, true, How.PAUSED),
  BOTH_ABSENT_AT_START(true, true, How.ABSENT),
  BOTH_STOPPED(true, true, How.STOPPED),
  BOTH_PAUSED(true, true, How.PAUSED);

  private enum How {
    ABSENT,
    STOPPED,
    PAUSED
  }

  private final boolean redis;
  private final boolean postgres;
  private final How how;

  Outage(boolean redis, boolean postgres, How how) {
    this.redis = redis;
    this.postgres = postgres;
    this.how = how;
  }

  boolean ofRedis() {
    return redis;
  }

  boolean ofPostgres() {
    return postgres;
  }

  /** Tells whether Redis has lost all that it kept when it is back. */
  boolean emptiesRedis() {
    return redis && how != How.PAUSED;
  }

  /** How the service's table calls it. */
  DegradationTable.Outage declared() {
    if (redis && postgres) {
      return DegradationTable.Outage.BOTH;
    }
    return redis ? DegradationTable.Outage.REDIS : DegradationTable.Outage.DATABASE;
  }

  /** True if nodes are to be started after the servers have gone. */
  boolean isBeforeStart() {
    return how == How.ABSENT;
  }

  void begin() {
    if (redis) {
      if (how == How.PAUSED) {
        OwnServers.redis().pause();
      } else {
        OwnServers.stopRedis();
      }
    }
    if (postgres) {
      if (how == How.PAUSED) {
        OwnServers.postgres().pause();
      } else {
        OwnServers.stopPostgres();
      }
    }
  }
}
