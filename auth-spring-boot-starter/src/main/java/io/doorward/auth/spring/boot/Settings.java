package io.doorward.auth.spring.boot;

import io.doorward.auth.event.AuthListener;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;

/** What the configurations share. */
final class Settings {
  private Settings() {}

  /**
   * Calls a builder of the library, whose refusals are one line that says what to do.
   *
   * @param what what was not made, for the message
   */
  static <T> T checked(String what, Supplier<T> build) {
    try {
      return build.get();
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new DoorwardConfigurationException(
          what + ": " + e.getMessage(),
          "Correct the property or the server that the description names;"
              + " docs/spring-boot.md lists the properties and docs/errors.md the findings.",
          e);
    }
  }

  /** Returns one listener that tells all of the application's, in their order. */
  static AuthListener listener(ObjectProvider<AuthListener> listeners) {
    return AuthListener.all(listeners.orderedStream().toArray(AuthListener[]::new));
  }
}
