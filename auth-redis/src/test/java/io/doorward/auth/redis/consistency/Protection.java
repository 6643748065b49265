package io.doorward.auth.redis.consistency;

/** What the protocol rests on. The model can do without any one of them, to show what it is for. */
public enum Protection {
  /** A fill is refused unless the nonce of its ticket is still there. */
  TICKET,
  /** Nothing below the floor is served or stored. */
  FLOOR,
  /** A change tells Redis before its commit. */
  PRE_FENCE,
  /** A change tells Redis after its commit. */
  POST_FENCE,
  /**
   * A credential whose change was fenced and not made gets another version, which is above the
   * floor.
   */
  MOVES_ON,
  /** A commit leaves a row that is delivered until Redis has confirmed it. */
  OUTBOX,
  /** A fill is refused where nothing is remembered. */
  ABSENT_REFUSES,
  /** Creating and checking a session refuse what was proved in another epoch than the present. */
  EPOCH,
  /** Two epochs are the same only if number and tag are equal. */
  EPOCH_TAG,
  /** In another history of the database numbers go on above all that the one before has given. */
  ERA,
  /**
   * An account whose record is refused by a number of an earlier era gets a version of this one.
   */
  OUTGROW,
  /** A login shares only a database read that was sent after it came. */
  JOIN_NEXT_BATCH,
  /** What another server, or this one before a restart, has stored counts as absent. */
  STAMP,
  /** A primary that another one took over from is not believed, and a young one is not enough. */
  IDENTITY_REGISTRY,
  /** The database is asked once more after a fence whether the one that was told is the present. */
  ASK_AFTER_FENCE,
  /** Two states are the same only if number and tag are equal. */
  ROW_TAG,
  /** A cached session is served only beside the user record it was read with. */
  SESSION_STATE,
  /** A fence drops whatever is there: a history that the database lost may have higher numbers. */
  FENCE_DROPS_ALL,
  /** A revocation ends a session and says so, whatever a clock says of it. */
  REVOKE_WHATEVER_THE_CLOCK,
  /** A clean-up deletes only what has been over for longer than clocks may differ. */
  CLEAN_UP_AFTER_SKEW
}
