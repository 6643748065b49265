package io.doorward.auth.redis.consistency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.doorward.auth.redis.consistency.Exploration.Result;
import io.doorward.auth.redis.consistency.PlainReadModel.Broken;
import io.doorward.auth.redis.consistency.PlainReadModel.Rule;
import java.util.EnumSet;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Explores when the answer of a plain read may be used. Then each rule is taken away, and the
 * shortest way to what it prevents is printed.
 */
class PlainReadModelTest {
  @Test
  void aDemotedServerIsBelievedForHAtMost() {
    Result<Broken> result = new PlainReadModel(EnumSet.allOf(Rule.class)).explore();

    System.out.printf(Locale.ROOT, "explored %,d states of plain reads%n", result.states());
    assertThat(result.broken()).as(String.join("\n", result.trace())).isNull();
  }

  static Stream<Arguments> removals() {
    return Stream.of(
        arguments(Rule.WORD_EXPIRES, Broken.BELIEVED_FOR_TOO_LONG),
        arguments(Rule.AGE_WHEN_USED, Broken.BELIEVED_FOR_TOO_LONG),
        arguments(Rule.AGE_FROM_THE_QUESTION, Broken.BELIEVED_FOR_TOO_LONG),
        arguments(Rule.GUARD, Broken.OLD_VERSION_AFTER_THE_CHANGE));
  }

  @ParameterizedTest
  @MethodSource("removals")
  void withoutAnyOneRuleALawIsBroken(Rule removed, Broken broken) {
    Result<Broken> result = new PlainReadModel(EnumSet.complementOf(EnumSet.of(removed))).explore();

    System.out.printf(Locale.ROOT, "without %s: %s%n", removed, result.broken());
    result.trace().stream()
        .filter(step -> !step.equals("a tick"))
        .forEach(step -> System.out.println("    " + step));
    assertThat(result.broken()).isEqualTo(broken);
  }

  @ParameterizedTest
  @EnumSource(Rule.class)
  void everyRuleIsTakenAwayOnce(Rule rule) {
    assertThat(removals().filter(removal -> removal.get()[0] == rule)).hasSize(1);
  }
}
