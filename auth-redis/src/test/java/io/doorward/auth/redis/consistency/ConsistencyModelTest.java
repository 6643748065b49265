package io.doorward.auth.redis.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Explores the protocol of cached credentials and sessions exhaustively within the bounds of each
 * scenario, and prints how far that went.
 */
class ConsistencyModelTest {
  private static final Scenario READS = Scenario.of("shared reads").credentials(1, 3);

  private static final Scenario CHANGES =
      Scenario.of("changes, lost messages, flush")
          .credentials(2, 2)
          .withEach(Fault.FLUSH, Fault.LOST, Fault.CRASH);

  private static final Scenario ANSWERS =
      Scenario.of("unknown commits, late messages")
          .credentials(2, 2)
          .withEach(Fault.LATE, Fault.ANSWER_LOST);

  private static final Scenario EVICTION =
      Scenario.of("eviction, repeated and late messages")
          .credentials(1, 2)
          .withEach(Fault.EVICTION, Fault.LATE, Fault.CRASH)
          .with(Fault.REPEAT, 2);

  private static final Scenario FAIL_OVER =
      Scenario.of("fail-over to an older state")
          .credentials(1, 2)
          .withEach(Fault.COPY, Fault.FAIL_OVER, Fault.FLUSH, Fault.CRASH);

  private static final Scenario DATABASE =
      Scenario.of("database fail-over that uses versions again")
          .credentials(2, 2)
          .withEach(Fault.DATABASE_FAIL_OVER);

  private static final Scenario SESSIONS =
      Scenario.of("sessions")
          .sessions(1, 1, 2, 1)
          .withEach(Fault.LOST, Fault.CRASH, Fault.EVICTION);

  static Stream<Scenario> scenarios() {
    return Stream.of(READS, CHANGES, ANSWERS, EVICTION, FAIL_OVER, DATABASE, SESSIONS);
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void noLawIsBroken(Scenario scenario) {
    Explorer.Result result =
        new Explorer(new Protocol(scenario, EnumSet.allOf(Protection.class))).all();
    System.out.printf(
        "explored %,d states, %,d transitions in scenario %s (%s)%n",
        result.states(), result.transitions(), scenario, scenario.bounds());
    result.trace().forEach(System.out::println);
    assertThat(result.law()).as(String.join("\n", result.trace())).isNull();
  }
}
