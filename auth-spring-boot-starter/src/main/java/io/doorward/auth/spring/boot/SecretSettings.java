package io.doorward.auth.spring.boot;

import java.util.Locale;
import java.util.Set;

/** The properties of Doorward whose values are secrets, or may hold some. */
final class SecretSettings {
  private static final Set<String> SECRETS =
      Set.of("doorwardsecret", "doorwardjdbcpassword", "doorwardjdbcurl", "doorwardredisuri");
  private static final String OTHER_SECRETS = "doorwardothersecrets";

  private SecretSettings() {}

  /**
   * Tells whether a property is one of them.
   *
   * @param key as a property source has it: {@code doorward.jdbc.password} or {@code
   *     DOORWARD_JDBC_PASSWORD}
   */
  static boolean contains(String key) {
    String plain = key.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    return SECRETS.contains(plain) || plain.startsWith(OTHER_SECRETS);
  }
}
