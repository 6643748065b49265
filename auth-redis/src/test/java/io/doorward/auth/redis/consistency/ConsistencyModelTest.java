package io.doorward.auth.redis.consistency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Explores the protocol of cached credentials and sessions. Every scenario is explored exhaustively
 * within its bounds, which are printed with the numbers; then each protection is taken away, and
 * the shortest way to a broken law is printed; then random walks go where the bounds are wider.
 *
 * <p>Bounds, for all: one account, 1 or 2 nodes, at most 2 changes of the password and 3 logins
 * (each with every password at once), or 2 sessions with 2 checks and 1 revocation; every order of
 * steps; each fault that a scenario names as often as it says, at every moment. What a scenario
 * does not name does not happen in it.
 */
class ConsistencyModelTest {
  private static final Set<Protection> ALL = EnumSet.allOf(Protection.class);

  private static final Scenario READS = Scenario.of("shared reads").credentials(1, 3);

  private static final Scenario CHANGES =
      Scenario.of("changes, lost messages, flush")
          .credentials(2, 2)
          .withEach(Fault.FLUSH, Fault.LOST, Fault.CRASH);

  private static final Scenario ANSWERS =
      Scenario.of("unknown commits, late messages")
          .credentials(2, 2)
          .withEach(Fault.LATE, Fault.ANSWER_LOST);

  private static final Scenario REFUSALS =
      Scenario.of("refused changes, unknown commits")
          .credentials(2, 2)
          .withEach(Fault.REFUSED, Fault.ANSWER_LOST);

  private static final Scenario EVICTION =
      Scenario.of("eviction, repeated and late messages")
          .credentials(1, 3)
          .withEach(Fault.EVICTION, Fault.LATE, Fault.REPEAT);

  private static final Scenario EXPIRY =
      Scenario.of("changes, ends of lives, lost messages")
          .credentials(2, 2)
          .withEach(Fault.EXPIRY, Fault.LOST);

  private static final Scenario FAIL_OVER =
      Scenario.of("fail-over to an older state")
          .credentials(1, 2)
          .withEach(Fault.COPY, Fault.FAIL_OVER, Fault.FLUSH, Fault.CRASH);

  private static final Scenario DATABASE =
      Scenario.of("database that loses commits and uses versions again")
          .credentials(2, 2)
          .withEach(Fault.DATABASE_REPLAY, Fault.EXPIRY);

  private static final Scenario ERAS =
      Scenario.of("database fail-over that loses commits")
          .credentials(2, 2)
          .withEach(Fault.DATABASE_FAIL_OVER, Fault.LOST);

  private static final Scenario SPLIT =
      Scenario.of("split brain")
          .nodes(2)
          .credentials(1, 2)
          .withEach(Fault.SPLIT, Fault.HEAL, Fault.TICK);

  private static final Scenario SESSIONS =
      Scenario.of("sessions and a change").sessions(1, 1, 2, 1).withEach(Fault.LOST, Fault.CRASH);

  private static final Scenario REVOCATIONS =
      Scenario.of("two sessions and a revocation").sessions(0, 2, 2, 1).withEach(Fault.FLUSH);

  private static final Scenario SESSION_FAIL_OVER =
      Scenario.of("sessions, fail-over to an older state")
          .sessions(1, 1, 2, 1)
          .withEach(Fault.COPY, Fault.FAIL_OVER, Fault.CRASH);

  private static final Scenario CLOCKS =
      Scenario.of("sessions, clocks apart by the allowed skew")
          .nodes(2)
          .sessions(0, 1, 2, 1)
          .withEach(Fault.CLOCK_AHEAD, Fault.CLEAN_UP, Fault.LOST);

  private static final Scenario FULL =
      Scenario.of("full Redis, credentials")
          .credentials(1, 2)
          .withEach(Fault.FULL, Fault.ROOM, Fault.LOST, Fault.CRASH);

  private static final Scenario FULL_SESSIONS =
      Scenario.of("full Redis, sessions")
          .sessions(0, 1, 2, 1)
          .withEach(Fault.FULL, Fault.ROOM, Fault.LOST);

  private static final Scenario SESSION_REPLAY =
      Scenario.of("sessions, database that loses commits and uses versions again")
          .sessions(2, 1, 1, 0)
          .withEach(Fault.DATABASE_REPLAY, Fault.EXPIRY);

  private static final Scenario IN_REDIS =
      Scenario.of("sessions in Redis only")
          .sessionsInRedis(1, 2, 1)
          .withEach(Fault.EVICTION, Fault.EXPIRY, Fault.LOST);

  private static final Scenario IN_REDIS_REPLAY =
      Scenario.of("sessions in Redis only, database that uses versions again")
          .sessionsInRedis(2, 1, 1)
          .withEach(Fault.DATABASE_REPLAY, Fault.EXPIRY);

  private static final Scenario IN_REDIS_ERAS =
      Scenario.of("sessions in Redis only, database fail-over that loses commits")
          .sessionsInRedis(2, 1, 1)
          .withEach(Fault.DATABASE_FAIL_OVER, Fault.EXPIRY);

  private static final Scenario IN_REDIS_RACES =
      Scenario.of("logins that race in Redis only, database fail-over that loses commits")
          .sessionsInRedis(1, 2, 1)
          .withEach(Fault.DATABASE_FAIL_OVER, Fault.LOST);

  private static final Scenario MANY_LOGINS =
      Scenario.of("many logins and changes, most faults")
          .credentials(3, 6)
          .with(Fault.FLUSH, 2)
          .with(Fault.EVICTION, 2)
          .with(Fault.LOST, 2)
          .with(Fault.LATE, 2)
          .with(Fault.REPEAT, 2)
          .withEach(Fault.REFUSED, Fault.ANSWER_LOST, Fault.CRASH, Fault.COPY, Fault.FAIL_OVER);

  private static final Scenario MANY_SESSIONS =
      Scenario.of("credentials and sessions, most faults")
          .credentials(3, 4)
          .sessions(2, 4, 6, 2)
          .with(Fault.FLUSH, 2)
          .with(Fault.EVICTION, 2)
          .with(Fault.LOST, 2)
          .withEach(Fault.LATE, Fault.ANSWER_LOST, Fault.CRASH, Fault.COPY, Fault.FAIL_OVER);

  private static final Scenario LONG_SPLIT =
      Scenario.of("split brain, more logins and changes")
          .nodes(2)
          .credentials(3, 5)
          .with(Fault.TICK, 3)
          .withEach(Fault.SPLIT, Fault.HEAL, Fault.COPY, Fault.LOST, Fault.CRASH);

  static Stream<Scenario> scenarios() {
    return Stream.of(
        READS,
        CHANGES,
        ANSWERS,
        REFUSALS,
        EVICTION,
        EXPIRY,
        FAIL_OVER,
        DATABASE,
        ERAS,
        SPLIT,
        SESSIONS,
        REVOCATIONS,
        SESSION_FAIL_OVER,
        CLOCKS,
        FULL,
        FULL_SESSIONS,
        SESSION_REPLAY,
        IN_REDIS,
        IN_REDIS_REPLAY,
        IN_REDIS_ERAS,
        IN_REDIS_RACES);
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void noLawIsBroken(Scenario scenario) {
    Explorer.Result result = new Explorer(new Protocol(scenario, ALL)).all();

    System.out.printf(
        Locale.ROOT,
        "explored %,d states, %,d transitions: scenario %s (%s)%n",
        result.states(),
        result.transitions(),
        scenario,
        scenario.bounds());
    assertThat(result.law()).as(String.join("\n", result.trace())).isNull();
  }

  static Stream<Arguments> removals() {
    return Stream.of(
        arguments(Protection.TICKET, EVICTION, Law.OLD_PASSWORD_ACCEPTED),
        arguments(Protection.FLOOR, CHANGES, Law.OLD_PASSWORD_AFTER_CRASH),
        arguments(Protection.PRE_FENCE, READS, Law.OLD_PASSWORD_AFTER_CRASH),
        arguments(Protection.POST_FENCE, CHANGES, Law.OLD_PASSWORD_ACCEPTED),
        arguments(Protection.MOVES_ON, REFUSALS, Law.KEPT_OUT),
        arguments(Protection.OUTBOX, CHANGES, Law.OLD_AT_REST),
        arguments(Protection.ABSENT_REFUSES, CHANGES, Law.OLD_PASSWORD_ACCEPTED),
        arguments(Protection.EPOCH, SESSIONS, Law.OLD_SESSION_PASSED),
        arguments(Protection.EPOCH_TAG, IN_REDIS_REPLAY, Law.OLD_SESSION_PASSED),
        arguments(Protection.ERA, IN_REDIS_ERAS, Law.RIGHT_PASSWORD_SHUT_OUT),
        arguments(Protection.OUTGROW, IN_REDIS_ERAS, Law.RIGHT_PASSWORD_SHUT_OUT),
        arguments(Protection.JOIN_NEXT_BATCH, READS, Law.OLD_PASSWORD_ACCEPTED),
        arguments(Protection.STAMP, FAIL_OVER, Law.OLD_PASSWORD_ACCEPTED),
        arguments(Protection.IDENTITY_REGISTRY, SPLIT, Law.OLD_PASSWORD_ACCEPTED),
        arguments(Protection.ASK_AFTER_FENCE, SPLIT, Law.OLD_PASSWORD_ACCEPTED),
        arguments(Protection.ROW_TAG, DATABASE, Law.RIGHT_PASSWORD_REFUSED),
        arguments(Protection.SESSION_STATE, REVOCATIONS, Law.REVOKED_SESSION_PASSED),
        arguments(Protection.FENCE_DROPS_ALL, DATABASE, Law.OLD_PASSWORD_ACCEPTED),
        arguments(Protection.REVOKE_WHATEVER_THE_CLOCK, CLOCKS, Law.REVOKED_SESSION_PASSED),
        arguments(Protection.CLEAN_UP_AFTER_SKEW, CLOCKS, Law.REVOKED_SESSION_PASSED));
  }

  @ParameterizedTest
  @MethodSource("removals")
  void withoutAnyOneProtectionALawIsBroken(Protection removed, Scenario scenario, Law law) {
    Explorer.Result result = new Explorer(new Protocol(scenario, without(removed))).until(law);

    System.out.printf(
        Locale.ROOT,
        "without %s: %s after %d steps (scenario %s)%n",
        removed,
        result.law(),
        result.trace().size(),
        scenario);
    result.trace().forEach(step -> System.out.println("    " + step));
    assertThat(result.law()).isEqualTo(law);
  }

  @Test
  void deletingInPlaceOfAFenceNeedsThatAbsentRefuses() {
    Explorer.Result result =
        new Explorer(new Protocol(FULL, without(Protection.ABSENT_REFUSES)))
            .until(Law.OLD_PASSWORD_ACCEPTED);

    result.trace().forEach(step -> System.out.println("    " + step));
    assertThat(result.law()).isEqualTo(Law.OLD_PASSWORD_ACCEPTED);
  }

  @ParameterizedTest
  @EnumSource(Protection.class)
  void everyProtectionIsTakenAwayOnce(Protection protection) {
    assertThat(removals().filter(removal -> removal.get()[0] == protection)).hasSize(1);
  }

  static Stream<Arguments> walks() {
    return Stream.of(
        arguments(20_261L, MANY_LOGINS, 4_000),
        arguments(20_262L, MANY_SESSIONS, 4_000),
        arguments(20_263L, LONG_SPLIT, 4_000));
  }

  @ParameterizedTest
  @MethodSource("walks")
  void randomWalksInWiderBoundsBreakNoLaw(long seed, Scenario scenario, int walks) {
    Explorer.Result result = new Explorer(new Protocol(scenario, ALL)).atRandom(seed, walks);

    System.out.printf(
        Locale.ROOT,
        "walked %,d ways, %,d steps, seed %d: scenario %s (%s)%n",
        walks,
        result.transitions(),
        seed,
        scenario,
        scenario.bounds());
    assertThat(result.law()).as(String.join("\n", result.trace())).isNull();
  }

  private static Set<Protection> without(Protection removed) {
    Set<Protection> rest = EnumSet.allOf(Protection.class);
    rest.remove(removed);
    return rest;
  }
}
