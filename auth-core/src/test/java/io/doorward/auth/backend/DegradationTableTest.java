package io.doorward.auth.backend;

import static io.doorward.auth.backend.DegradationTable.Behaviour.FROM_CACHE;
import static io.doorward.auth.backend.DegradationTable.Behaviour.FROM_DATABASE;
import static io.doorward.auth.backend.DegradationTable.Behaviour.LOCAL;
import static io.doorward.auth.backend.DegradationTable.Behaviour.PENDING;
import static io.doorward.auth.backend.DegradationTable.Behaviour.REFUSES;
import static io.doorward.auth.backend.DegradationTable.Behaviour.STARTS;
import static io.doorward.auth.backend.DegradationTable.Behaviour.UNAVAILABLE;
import static io.doorward.auth.backend.DegradationTable.Behaviour.UNVERIFIED;
import static io.doorward.auth.backend.DegradationTable.Behaviour.WORKS;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.backend.DegradationTable.Assembly;
import io.doorward.auth.backend.DegradationTable.Behaviour;
import io.doorward.auth.backend.DegradationTable.Operation;
import io.doorward.auth.backend.DegradationTable.Outage;
import io.doorward.auth.backend.DegradationTable.SessionLocation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DegradationTableTest {
  private static final Degradation DEFAULTS = Degradation.defaults();

  @Test
  void withSessionsInRedisOnly() {
    DegradationTable table = table(SessionLocation.REDIS, DEFAULTS);

    row(table, Operation.LOGIN_CACHED, UNAVAILABLE, FROM_CACHE, UNAVAILABLE);
    row(table, Operation.LOGIN_NOT_CACHED, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
    row(table, Operation.CHECK, UNAVAILABLE, WORKS, UNAVAILABLE);
    row(table, Operation.REFRESH, UNAVAILABLE, WORKS, UNAVAILABLE);
    row(table, Operation.LOGOUT, UNAVAILABLE, WORKS, UNAVAILABLE);
    row(table, Operation.SIGN_UP, PENDING, UNAVAILABLE, UNAVAILABLE);
    row(table, Operation.CHANGE, PENDING, UNAVAILABLE, UNAVAILABLE);
    row(table, Operation.THROTTLE, LOCAL, WORKS, LOCAL);
    row(table, Operation.START, STARTS, STARTS, STARTS);
  }

  @Test
  void withDurableSessions() {
    DegradationTable table = table(SessionLocation.DATABASE_WITH_VIEW, DEFAULTS);

    row(table, Operation.LOGIN_CACHED, FROM_DATABASE, UNAVAILABLE, UNAVAILABLE);
    row(table, Operation.LOGIN_NOT_CACHED, FROM_DATABASE, UNAVAILABLE, UNAVAILABLE);
    row(table, Operation.CHECK, FROM_DATABASE, FROM_CACHE, UNAVAILABLE);
    row(table, Operation.REFRESH, FROM_DATABASE, UNAVAILABLE, UNAVAILABLE);
    row(table, Operation.LOGOUT, PENDING, UNAVAILABLE, UNAVAILABLE);
  }

  @Test
  void withSessionsInTheDatabase() {
    DegradationTable table = table(SessionLocation.DATABASE, DEFAULTS);

    row(table, Operation.LOGIN_CACHED, FROM_DATABASE, UNAVAILABLE, UNAVAILABLE);
    row(table, Operation.CHECK, WORKS, UNAVAILABLE, UNAVAILABLE);
    row(table, Operation.REFRESH, WORKS, UNAVAILABLE, UNAVAILABLE);
    row(table, Operation.LOGOUT, WORKS, UNAVAILABLE, UNAVAILABLE);
  }

  @Test
  void withoutAnythingInRedisNothingIsMissedThere() {
    DegradationTable table =
        DegradationTable.of(
            new Assembly(SessionLocation.DATABASE, false, false, DEFAULTS, StartPolicy.defaults()));

    row(table, Operation.CHANGE, WORKS, UNAVAILABLE, UNAVAILABLE);
    row(table, Operation.THROTTLE, WORKS, WORKS, WORKS);
    row(table, Operation.LOGIN_CACHED, FROM_DATABASE, UNAVAILABLE, UNAVAILABLE);
  }

  @Test
  void withSessionsInMemoryChecksMissNothing() {
    row(table(SessionLocation.MEMORY, DEFAULTS), Operation.CHECK, WORKS, WORKS, WORKS);
    DegradationTable alone =
        DegradationTable.of(
            new Assembly(SessionLocation.MEMORY, false, false, DEFAULTS, StartPolicy.defaults()));
    row(alone, Operation.CHANGE, WORKS, UNAVAILABLE, UNAVAILABLE);
  }

  @Test
  void aStoreThatNobodyKnowsPromisesNothing() {
    row(
        table(SessionLocation.ELSEWHERE, DEFAULTS),
        Operation.CHECK,
        UNAVAILABLE,
        UNAVAILABLE,
        UNAVAILABLE);
  }

  @Test
  void everyChoiceShowsInItsRow() {
    SessionLocation redis = SessionLocation.REDIS;
    SessionLocation durable = SessionLocation.DATABASE_WITH_VIEW;

    row(
        table(durable, DEFAULTS.refusingLoginsWithoutRedis()),
        Operation.LOGIN_CACHED,
        UNAVAILABLE,
        UNAVAILABLE,
        UNAVAILABLE);
    row(
        table(redis, DEFAULTS.refusingLoginsWithoutDatabase()),
        Operation.LOGIN_CACHED,
        UNAVAILABLE,
        UNAVAILABLE,
        UNAVAILABLE);
    row(
        table(durable, DEFAULTS.refusingChangesWithoutRedis()),
        Operation.CHANGE,
        UNAVAILABLE,
        UNAVAILABLE,
        UNAVAILABLE);
    row(
        table(durable, DEFAULTS.refusingChangesWithoutRedis()),
        Operation.SIGN_UP,
        PENDING,
        UNAVAILABLE,
        UNAVAILABLE);
    DegradationTable noLimiter = table(durable, DEFAULTS.refusingLoginsWithoutLimiter());
    row(noLimiter, Operation.THROTTLE, UNAVAILABLE, WORKS, UNAVAILABLE);
    row(noLimiter, Operation.LOGIN_NOT_CACHED, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
    Degradation presuming = DEFAULTS.allowingUnverified(Duration.ofMinutes(1));
    row(table(redis, presuming), Operation.CHECK, UNVERIFIED, WORKS, UNVERIFIED);
    row(table(durable, presuming), Operation.CHECK, FROM_DATABASE, FROM_CACHE, UNVERIFIED);
    row(
        DegradationTable.of(
            new Assembly(redis, true, true, DEFAULTS, StartPolicy.defaults().requiringServers())),
        Operation.START,
        REFUSES,
        REFUSES,
        REFUSES);
  }

  @Test
  void isPrintedWithALineForEachOperation() {
    assertThat(table(SessionLocation.DATABASE_WITH_VIEW, DEFAULTS).toString().lines())
        .hasSize(1 + Operation.values().length)
        .anySatisfy(
            line ->
                assertThat(line.split(" {2,}"))
                    .containsExactly(
                        "", "request check", "from the database", "from the cache", "unavailable"))
        .anySatisfy(
            line ->
                assertThat(line.split(" {2,}"))
                    .containsExactly("", "Redis away", "database away", "both away"));
  }

  private static DegradationTable table(SessionLocation sessions, Degradation choices) {
    return DegradationTable.of(new Assembly(sessions, true, true, choices, StartPolicy.defaults()));
  }

  private static void row(DegradationTable table, Operation operation, Behaviour... expected) {
    List<Behaviour> seen = new ArrayList<>();
    for (Outage outage : Outage.values()) {
      seen.add(table.behaviour(operation, outage));
    }
    assertThat(seen).as("%s", operation).containsExactly(expected);
  }
}
