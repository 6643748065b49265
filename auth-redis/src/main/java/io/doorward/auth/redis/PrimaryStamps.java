package io.doorward.auth.redis;

import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.redis.server.IdentifiedRead;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What scripts and Java say to each other of a primary, as {@code identity.lua} has it. Apart from
 * the guard, because scripts and stored formats depend on these texts and on nothing else of it.
 */
final class PrimaryStamps {
  /** What a script answers where its server is not one that its caller believes. */
  private static final Pattern UNBELIEVED =
      Pattern.compile("UNBELIEVED ([0-9a-f]{40}) ([0-9a-f]{40}) ([0-9a-f]{40}) (\\w+)");

  private PrimaryStamps() {}

  /** Reads the description of a primary out of a script's refusal; empty if it is another error. */
  static Optional<Primary> primaryIn(String error) {
    Matcher match = UNBELIEVED.matcher(error);
    return match.matches()
        ? Optional.of(
            new Primary(
                match.group(1), match.group(2), match.group(3), !match.group(4).equals("cluster")))
        : Optional.empty();
  }

  /** Returns what scripts are told, so that they believe this primary in its present term. */
  static String token(Registration registration) {
    String identity = registration.primary().identity();
    return registration.term() == 0 ? identity : identity + ':' + registration.term();
  }

  /** Returns the stamp of what a primary stores, another one in each term. */
  static String stampOf(Registration registration) {
    return registration.term() == 0
        ? registration.primary().identity()
        : IdentifiedRead.sha1Hex(Scripts.bytes(token(registration)));
  }
}
