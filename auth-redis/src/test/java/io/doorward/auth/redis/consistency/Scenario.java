package io.doorward.auth.redis.consistency;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The bounds within which the model is explored. Immutable.
 *
 * @param name for the output
 * @param credentials whether logins use the credential entry
 * @param sessions whether logins open sessions, with the user record and session entries
 * @param sessionsInRedis whether sessions are in Redis only; else the database has them, too
 * @param nodes 1 or 2; each process picks its node
 * @param changes of the password, one after another or at the same time
 * @param logins each is tried with every password
 * @param checks of a session
 * @param revocations of a session
 * @param faults how often each may happen; those not named may not
 */
record Scenario(
    String name,
    boolean credentials,
    boolean sessions,
    boolean sessionsInRedis,
    int nodes,
    int changes,
    int logins,
    int checks,
    int revocations,
    Map<Fault, Integer> faults) {
  static Scenario of(String name) {
    return new Scenario(name, false, false, false, 1, 0, 0, 0, 0, Map.of());
  }

  Scenario credentials(int howManyChanges, int howManyLogins) {
    return new Scenario(
        name,
        true,
        sessions,
        sessionsInRedis,
        nodes,
        howManyChanges,
        howManyLogins,
        checks,
        revocations,
        faults);
  }

  Scenario sessions(int howManyChanges, int howManyLogins, int howManyChecks, int revoked) {
    return new Scenario(
        name,
        credentials,
        true,
        sessionsInRedis,
        nodes,
        howManyChanges,
        howManyLogins,
        howManyChecks,
        revoked,
        faults);
  }

  /** Sessions that no database has: one dies with its entry, and none is revoked here. */
  Scenario sessionsInRedis(int howManyChanges, int howManyLogins, int howManyChecks) {
    return new Scenario(
        name,
        credentials,
        true,
        true,
        nodes,
        howManyChanges,
        howManyLogins,
        howManyChecks,
        0,
        faults);
  }

  Scenario nodes(int number) {
    return new Scenario(
        name,
        credentials,
        sessions,
        sessionsInRedis,
        number,
        changes,
        logins,
        checks,
        revocations,
        faults);
  }

  Scenario with(Fault fault, int times) {
    Map<Fault, Integer> more = new EnumMap<>(Fault.class);
    more.putAll(faults);
    more.put(fault, times);
    return new Scenario(
        name,
        credentials,
        sessions,
        sessionsInRedis,
        nodes,
        changes,
        logins,
        checks,
        revocations,
        Collections.unmodifiableMap(more));
  }

  Scenario withEach(Fault... once) {
    Scenario all = this;
    for (Fault fault : once) {
      all = all.with(fault, 1);
    }
    return all;
  }

  /** Whether every fence that a node sends is followed by all that it does about it. */
  boolean finishesWhatItBegins() {
    return Collections.disjoint(
        faults.keySet(),
        Set.of(
            Fault.CRASH,
            Fault.LATE,
            Fault.REPEAT,
            Fault.SPLIT,
            Fault.DATABASE_FAIL_OVER,
            Fault.DATABASE_REPLAY));
  }

  boolean isSplit() {
    return faults.containsKey(Fault.SPLIT);
  }

  @Override
  public String toString() {
    return name;
  }

  /** Returns the bounds in words. */
  String bounds() {
    return String.format(
        Locale.ROOT,
        "%d node(s), %d change(s), %d login(s), %d check(s), %d revocation(s), %s",
        nodes,
        changes,
        logins,
        checks,
        revocations,
        faults);
  }
}
