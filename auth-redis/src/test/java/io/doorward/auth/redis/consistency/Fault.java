package io.doorward.auth.redis.consistency;

/**
 * What may go wrong. A scenario says how often each may happen; time and copies count as faults.
 */
enum Fault {
  /** Redis forgets everything and stays the same server. */
  FLUSH,
  /**
   * Redis forgets one fenced entry, its floor included, as eviction or the end of its life does.
   */
  EVICTION,
  /**
   * The time to live passes: what was read of the database before is neither served nor stored any
   * more, by the end that is sealed inside. Floors stay.
   */
  EXPIRY,
  /** A replica or a dump takes in the present state of Redis. */
  COPY,
  /** Redis goes on under a new identity with the state of the copy. */
  FAIL_OVER,
  /** The copy becomes a second primary; one node stays cut off with the old one. */
  SPLIT,
  /** The node that is cut off reaches the new primary. */
  HEAL,
  /** The time H passes, within which every node asks the database for the present primary. */
  TICK,
  /** A fence is not delivered. */
  LOST,
  /** A fence is taken to be lost and delivered at any time later. */
  LATE,
  /** A fill or a late fence is delivered once more. */
  REPEAT,
  /** The answer to a commit is lost, whether it was committed or not. */
  ANSWER_LOST,
  /** The database refuses a change that was fenced: another account has the new identifier. */
  REFUSED,
  /** A node stops in the middle of a change or a revocation. */
  CRASH,
  /** The database goes on with the state it had at first, as another history that says so. */
  DATABASE_FAIL_OVER,
  /** The database goes on with the state it had at first, says nothing, and uses numbers again. */
  DATABASE_REPLAY,
  /**
   * One clock, of the database, of the first node or of Redis, steps ahead by as much as clocks may
   * differ: it alone calls the sessions over that are there.
   */
  CLOCK_AHEAD,
  /** A clean-up deletes the sessions that the clock of the database calls over. */
  CLEAN_UP,
  /** Redis has no memory left. */
  FULL,
  /** Redis has memory again. */
  ROOM
}
