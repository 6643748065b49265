package io.doorward.auth.redis.consistency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.doorward.auth.redis.consistency.Exploration.Result;
import io.doorward.auth.redis.consistency.RefreshModel.Broken;
import io.doorward.auth.redis.consistency.RefreshModel.Rule;
import io.doorward.auth.redis.consistency.RefreshModel.Scenario;
import java.util.EnumSet;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Explores the exchange of refresh tokens: every order of steps within the bounds, which are
 * printed. Then each rule is taken away, and the shortest way to what it prevents is printed.
 */
class RefreshModelTest {
  private static final Scenario ONE_PLACE = Scenario.tabs(10, true, false);
  private static final Scenario COPIES = Scenario.tabs(6, false, false);
  private static final Scenario CLOCK_AHEAD = COPIES.withFailOvers(1, RefreshModel.SKEW);
  private static final Scenario THEFT = Scenario.tabs(6, true, false).withThief().withEnds();

  /** The new key comes to all nodes before any node uses it. */
  private static final Scenario NEW_KEY = Scenario.tabs(5, true, false).withRollOut(2, true);

  /** Nodes that take up and drop keys without waiting for each other. */
  private static final Scenario HASTE = Scenario.tabs(2, false, false).withRollOut(3, false);

  static Stream<Arguments> scenarios() {
    return Stream.of(
        arguments("tabs that keep one token", Scenario.tabs(14, true, false)),
        arguments("tabs that keep one token, answers get lost", Scenario.tabs(9, true, true)),
        arguments("tabs with copies, answers get lost", Scenario.tabs(9, false, true)),
        arguments("logout", Scenario.tabs(6, false, true).withEnds()),
        arguments("fail-over", Scenario.tabs(7, true, false).withFailOvers(1, 0)),
        arguments("fail-over to a clock ahead", CLOCK_AHEAD),
        arguments(
            "fail-over to a clock ahead, answers get lost",
            Scenario.tabs(5, false, true).withFailOvers(1, RefreshModel.SKEW)),
        arguments(
            "fail-over to a clock behind",
            Scenario.tabs(5, false, true).withFailOvers(1, -RefreshModel.SKEW)),
        arguments(
            "two fail-overs", Scenario.tabs(4, false, false).withFailOvers(2, RefreshModel.SKEW)),
        arguments("thief", THEFT),
        arguments(
            "thief, fail-over", Scenario.tabs(3, true, false).withThief().withFailOvers(1, 0)),
        arguments("new key in order", NEW_KEY),
        arguments("new key in haste", HASTE),
        arguments(
            "new key in haste, fail-over",
            Scenario.tabs(1, true, false).withRollOut(2, false).withFailOvers(1, 0)));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void aTokenHasOneSuccessorAndNoHonestTabIsLoggedOut(String name, Scenario scenario) {
    RefreshModel model = new RefreshModel(scenario, EnumSet.allOf(Rule.class));

    Result<Broken> result = model.explore();

    System.out.printf(
        Locale.ROOT,
        "explored %,d states, %,d allowed refusals of honest tabs: %s %s%n",
        result.states(),
        model.allowedRefusals(),
        name,
        scenario);
    assertThat(result.broken()).as(String.join("\n", result.trace())).isNull();
  }

  @Test
  void withoutOnceAWindowARacerEndsTheSession() {
    assertThat(without(Rule.ONCE_A_WINDOW, COPIES)).isEqualTo(Broken.HONEST_LOGGED_OUT);
  }

  @Test
  void withAWindowOfTheGraceAClockAheadEndsTheSession() {
    assertThat(without(Rule.WINDOW_COVERS_THE_SKEW, CLOCK_AHEAD))
        .isEqualTo(Broken.HONEST_LOGGED_OUT);
  }

  @Test
  void withoutTheGraceARacerIsRefused() {
    assertThat(without(Rule.GRACE, COPIES)).isEqualTo(Broken.HONEST_LOGGED_OUT);
  }

  @Test
  void withoutAnEndOfTheGraceAReplacedTokenStaysGood() {
    assertThat(without(Rule.GRACE_ENDS, COPIES)).isEqualTo(Broken.ACCEPTED_TOO_LATE);
  }

  @Test
  void withoutTheSkewAClockAheadEndsARacersSession() {
    assertThat(without(Rule.SKEW, CLOCK_AHEAD)).isEqualTo(Broken.HONEST_LOGGED_OUT);
  }

  @Test
  void withoutCatchUpALostRotationEndsTheSession() {
    assertThat(without(Rule.CATCH_UP, CLOCK_AHEAD)).isEqualTo(Broken.HONEST_LOGGED_OUT);
  }

  @Test
  void withoutAGraceAfterCatchUpARacerEndsTheSession() {
    assertThat(without(Rule.GRACE_AFTER_CATCH_UP, CLOCK_AHEAD)).isEqualTo(Broken.HONEST_LOGGED_OUT);
  }

  @Test
  void withoutTheKeyInTheRowAGenerationHasTwoTokens() {
    assertThat(without(Rule.KEY_IN_THE_ROW, HASTE)).isEqualTo(Broken.FORK);
  }

  @Test
  void anUnknownKeyThatIsRefusedLogsAnHonestTabOut() {
    assertThat(without(Rule.UNKNOWN_IS_UNAVAILABLE, HASTE)).isEqualTo(Broken.HONEST_LOGGED_OUT);
  }

  @Test
  void aKeyThatIsLookedUpAfterTheWriteCostsTheToken() {
    assertThat(without(Rule.KEY_BEFORE_WRITE, HASTE)).isEqualTo(Broken.UNAVAILABLE_CHANGED_THE_ROW);
  }

  @Test
  void withABlindWriteAnEndedSessionLivesAgain() {
    assertThat(without(Rule.COMPARE_AND_SET, THEFT)).isEqualTo(Broken.ENDED_SESSION_LIVES);
  }

  @Test
  void withoutTheEndByReuseTheThiefKeepsTheSession() {
    assertThat(without(Rule.REUSE_ENDS, THEFT)).isEqualTo(Broken.REUSE_LEFT_ALIVE);
  }

  @Test
  void anAnswerBeforeTheEndLeavesTheThiefTheSession() {
    assertThat(without(Rule.END_BEFORE_THE_ANSWER, THEFT)).isEqualTo(Broken.REUSE_LEFT_ALIVE);
  }

  @Test
  void theSameTokenStoredAgainReplacesANewerOne() {
    assertThat(without(Rule.SAME_TOKEN_IS_NOT_STORED, ONE_PLACE))
        .isEqualTo(Broken.HONEST_LOGGED_OUT);
  }

  @Test
  void aKeyThatIsUsedBeforeAllNodesHaveItIsUnavailable() {
    assertThat(without(Rule.KEYS_IN_ORDER, NEW_KEY)).isEqualTo(Broken.UNAVAILABLE_IN_ORDER);
  }

  private static @Nullable Broken without(Rule removed, Scenario scenario) {
    Result<Broken> result =
        new RefreshModel(scenario, EnumSet.complementOf(EnumSet.of(removed))).explore();

    System.out.printf(
        Locale.ROOT,
        "without %s: %s after %d steps%n",
        removed,
        result.broken(),
        result.trace().size());
    result.trace().forEach(step -> System.out.println("    " + step));
    return result.broken();
  }
}
