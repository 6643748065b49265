package io.doorward.auth.redis;

import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.account.PrimaryRegistry.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the database said last of the primaries, and how the question after it went. One value, so
 * that a caller decides on one state of it while the guard's thread learns the next. Immutable.
 *
 * @param believed what scripts are told
 * @param stamps of what the primaries store that may be believed, by their identities
 * @param all every registration, newest first
 * @param confirmedAt when the question was put that the database answered
 * @param outOfReach whether the database could not be reached at all when it was asked last
 * @param late whether the last question took too long for its answer to confirm anything
 */
record PrimaryKnowledge(
    String believed,
    Map<String, String> stamps,
    List<Registration> all,
    long confirmedAt,
    boolean outOfReach,
    boolean late) {
  /** What scripts are told while no primary is known: none is believed. */
  private static final String NONE = "-";

  /** Knows nothing, and says so of a moment that is too long ago to confirm anything. */
  static PrimaryKnowledge none(long longAgo) {
    return new PrimaryKnowledge(NONE, Map.of(), List.of(), longAgo, false, false);
  }

  /** Takes in what the database said to a question of the moment {@code askedAt}. */
  static PrimaryKnowledge of(List<Registration> all, long askedAt, boolean late) {
    Map<String, String> stamps = new HashMap<>();
    List<String> tokens = new ArrayList<>();
    for (Registration registration : all) {
      if (!registration.isSuperseded(all)) {
        stamps.put(registration.primary().identity(), PrimaryStamps.stampOf(registration));
        tokens.add(PrimaryStamps.token(registration));
      }
    }
    String believed = tokens.isEmpty() ? NONE : String.join(" ", tokens);
    return new PrimaryKnowledge(believed, Map.copyOf(stamps), all, askedAt, false, late);
  }

  /** Keeps what was known, since a question has failed. */
  PrimaryKnowledge afterFailure(boolean cannotBeReached, boolean tookTooLong) {
    return new PrimaryKnowledge(believed, stamps, all, confirmedAt, cannotBeReached, tookTooLong);
  }

  boolean believes(String identity) {
    return stamps.containsKey(identity);
  }

  boolean knows(String identity) {
    return stateOf(identity, all).isPresent();
  }

  /** Tells whether registering a primary again changes nothing. */
  boolean isSettledOn(String identity) {
    return stateOf(identity, all).filter(state -> state != State.WAITING).isPresent();
  }

  /** Says why a primary is not believed. */
  static String whyNot(Primary primary, List<Registration> all) {
    return switch (stateOf(primary.identity(), all).orElse(State.WAITING)) {
      case WITHDRAWN -> "its registration was withdrawn";
      case WAITING -> "it does not continue the present primary, which may be alive";
      case ADMITTED -> "another primary has taken over from the one that answers";
    };
  }

  static Optional<State> stateOf(String identity, List<Registration> all) {
    return all.stream()
        .filter(each -> each.primary().identity().equals(identity))
        .map(Registration::state)
        .findAny();
  }
}
