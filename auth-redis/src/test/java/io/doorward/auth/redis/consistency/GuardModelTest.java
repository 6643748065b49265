package io.doorward.auth.redis.consistency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.doorward.auth.redis.consistency.Exploration.Result;
import io.doorward.auth.redis.consistency.GuardModel.Broken;
import io.doorward.auth.redis.consistency.GuardModel.Event;
import io.doorward.auth.redis.consistency.GuardModel.Rule;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Explores which primary a node may use: every order of steps within the bounds, which are printed.
 * Then each rule is taken away, and the shortest way to what it prevents is printed.
 */
class GuardModelTest {
  /** A cut-off node whose questions are answered any number of steps later. */
  private static final Map<Event, Integer> SLOW_REGISTRY =
      Map.of(Event.TICK, 3, Event.CHANGE, 2, Event.SPLIT, 1, Event.SLOW, 1);

  private static final Map<Event, Integer> RESTART =
      Map.of(Event.TICK, 4, Event.CHANGE, 2, Event.RESTART, 2);

  private static final Map<Event, Integer> MISTAKE =
      Map.of(Event.TICK, 5, Event.CHANGE, 2, Event.WRONG_SERVER, 1, Event.CORRECTED, 1);

  /** No node reports the right server alive, so that the wrong one takes over. */
  private static final Map<Event, Integer> WITHDRAWAL =
      Map.of(
          Event.TICK,
          4,
          Event.CHANGE,
          2,
          Event.WRONG_SERVER,
          1,
          Event.SILENCE,
          1,
          Event.WITHDRAW,
          1);

  static Stream<Arguments> scenarios() {
    return Stream.of(
        arguments("slow registry, split brain", SLOW_REGISTRY),
        arguments("restarts", RESTART),
        arguments("a node at the wrong server", MISTAKE),
        arguments("a registration that is withdrawn", WITHDRAWAL));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void noNodeBelievesAnOldPrimaryAndNoneIsLockedOut(String name, Map<Event, Integer> events) {
    Result<Broken> result = new GuardModel(events, EnumSet.allOf(Rule.class)).explore();

    System.out.printf(Locale.ROOT, "explored %,d states: %s %s%n", result.states(), name, events);
    assertThat(result.broken()).as(String.join("\n", result.trace())).isNull();
  }

  static Stream<Arguments> removals() {
    return Stream.of(
        arguments(Rule.EXPIRED_IS_NONE, SLOW_REGISTRY, Broken.OLD_PASSWORD_ACCEPTED),
        arguments(Rule.AGE_FROM_THE_QUESTION, SLOW_REGISTRY, Broken.OLD_PASSWORD_ACCEPTED),
        arguments(Rule.YOUNG_IS_PENDING, SLOW_REGISTRY, Broken.OLD_PASSWORD_ACCEPTED),
        arguments(Rule.STRANGERS_WAIT, MISTAKE, Broken.LOCKED_OUT),
        arguments(Rule.WAITING_ENDS, RESTART, Broken.LOCKED_OUT),
        arguments(Rule.WITHDRAWAL, WITHDRAWAL, Broken.LOCKED_OUT),
        arguments(Rule.NEW_TERM, WITHDRAWAL, Broken.OLD_PASSWORD_ACCEPTED),
        arguments(Rule.AGE_OF_THE_TERM, WITHDRAWAL, Broken.OLD_PASSWORD_ACCEPTED));
  }

  @ParameterizedTest
  @MethodSource("removals")
  void withoutAnyOneRuleALawIsBroken(Rule removed, Map<Event, Integer> events, Broken broken) {
    Set<Rule> rest = EnumSet.complementOf(EnumSet.of(removed));

    Result<Broken> result = new GuardModel(events, rest).explore();

    System.out.printf(
        Locale.ROOT,
        "without %s: %s after %d steps%n",
        removed,
        result.broken(),
        result.trace().size());
    result.trace().forEach(step -> System.out.println("    " + step));
    assertThat(result.broken()).isEqualTo(broken);
  }

  @ParameterizedTest
  @EnumSource(Rule.class)
  void everyRuleIsTakenAwayOnce(Rule rule) {
    assertThat(removals().filter(removal -> removal.get()[0] == rule)).hasSize(1);
  }
}
