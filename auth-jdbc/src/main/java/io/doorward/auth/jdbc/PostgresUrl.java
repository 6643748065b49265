package io.doorward.auth.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A JDBC URL with the role and the password taken out of its parameters: the driver writes the URL
 * of each connection to its log.
 *
 * @param text the URL without them
 * @param user decoded; null if the URL names none
 * @param password decoded; null if the URL has none
 */
record PostgresUrl(String text, @Nullable String user, @Nullable String password) {
  private static final String USER = "user=";
  private static final String PASSWORD = "password=";

  /** Reads a URL as the driver does: of a parameter that is there twice, the last counts. */
  static PostgresUrl of(String jdbcUrl) {
    int query = jdbcUrl.indexOf('?');
    if (query < 0) {
      return new PostgresUrl(jdbcUrl, null, null);
    }
    List<String> others = new ArrayList<>();
    @Nullable String user = null;
    @Nullable String password = null;
    for (String parameter : jdbcUrl.substring(query + 1).split("&", -1)) {
      if (parameter.startsWith(USER)) {
        user = URLDecoder.decode(parameter.substring(USER.length()), UTF_8);
      } else if (parameter.startsWith(PASSWORD)) {
        password = URLDecoder.decode(parameter.substring(PASSWORD.length()), UTF_8);
      } else {
        others.add(parameter);
      }
    }
    String base = jdbcUrl.substring(0, query);
    return new PostgresUrl(
        others.isEmpty() ? base : base + '?' + String.join("&", others), user, password);
  }

  /** Returns a text without the password. */
  @Override
  public String toString() {
    return "PostgresUrl[hidden]";
  }
}
