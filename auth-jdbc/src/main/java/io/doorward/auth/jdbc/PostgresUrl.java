package io.doorward.auth.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A JDBC URL with the role and the passwords taken out of its parameters: the driver writes the URL
 * of each connection to its log.
 *
 * @param text the URL without them
 * @param user decoded; null if the URL names none
 * @param password decoded; null if the URL has none
 * @param sslPassword that of the client's key, decoded; null if the URL has none
 */
record PostgresUrl(
    String text, @Nullable String user, @Nullable String password, @Nullable String sslPassword) {
  private static final String PREFIX = "jdbc:postgresql:";
  private static final String USER = "user=";
  private static final String PASSWORD = "password=";
  private static final String SSL_PASSWORD = "sslpassword=";

  /** Without two slashes the URL names a database of this machine, and no server. */
  private static final Pattern SERVERS = Pattern.compile("//(?<servers>[^/]*)(?<rest>.*)");

  private static final Pattern SERVER =
      Pattern.compile("(?:\\[[^\\[\\]]+]|[^:\\[\\]]*)(?::(?<port>[0-9]{1,5}))?");

  /**
   * Refuses a URL that the driver or the pool cannot read: they would log or quote it whole.
   *
   * @throws IllegalArgumentException the message repeats nothing of the URL
   */
  static void requireReadable(String jdbcUrl) {
    if (!jdbcUrl.startsWith(PREFIX)) {
      throw new IllegalArgumentException("jdbcUrl must start with " + PREFIX);
    }
    String address = jdbcUrl.substring(PREFIX.length());
    int query = address.indexOf('?');
    String place = query < 0 ? address : address.substring(0, query);
    if (place.startsWith("/")) {
      requireServers(place);
    }
    try {
      decode(address);
    } catch (IllegalArgumentException e) {
      // Not the cause: it quotes the characters.
      throw new IllegalArgumentException("jdbcUrl must have two hex digits after each %");
    }
  }

  private static void requireServers(String place) {
    Matcher parts = SERVERS.matcher(place);
    if (!parts.matches()) {
      throw new IllegalArgumentException("jdbcUrl must name its servers after two slashes");
    }
    for (String server : parts.group("servers").split(",", -1)) {
      requireServer(server);
    }
    if (parts.group("rest").indexOf('/') != 0 || parts.group("rest").lastIndexOf('/') != 0) {
      throw new IllegalArgumentException(
          "jdbcUrl must have one slash between its servers and the database, and no more");
    }
  }

  private static void requireServer(String server) {
    if (server.indexOf('@') >= 0) {
      throw new IllegalArgumentException(
          "jdbcUrl must not have user and password before its host: use user(...) and"
              + " password(...)");
    }
    Matcher parts = SERVER.matcher(server);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "jdbcUrl must name its servers as host or host:port, an IPv6 address in brackets");
    }
    if (parts.group("port") != null && !isPort(Integer.parseInt(parts.group("port")))) {
      throw new IllegalArgumentException("jdbcUrl must have ports of 1 to 65535, or none");
    }
  }

  private static boolean isPort(int number) {
    return number >= 1 && number <= 65535;
  }

  /** Reads a URL as the driver does: of a parameter that is there twice, the last counts. */
  static PostgresUrl of(String jdbcUrl) {
    int query = jdbcUrl.indexOf('?');
    if (query < 0) {
      return new PostgresUrl(jdbcUrl, null, null, null);
    }
    List<String> others = new ArrayList<>();
    @Nullable String user = null;
    @Nullable String password = null;
    @Nullable String sslPassword = null;
    for (String parameter : jdbcUrl.substring(query + 1).split("&", -1)) {
      if (parameter.startsWith(USER)) {
        user = decode(parameter.substring(USER.length()));
      } else if (parameter.startsWith(PASSWORD)) {
        password = decode(parameter.substring(PASSWORD.length()));
      } else if (parameter.startsWith(SSL_PASSWORD)) {
        sslPassword = decode(parameter.substring(SSL_PASSWORD.length()));
      } else {
        others.add(parameter);
      }
    }
    String base = jdbcUrl.substring(0, query);
    return new PostgresUrl(
        others.isEmpty() ? base : base + '?' + String.join("&", others),
        user,
        password,
        sslPassword);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, UTF_8);
  }

  /** Returns a text without the passwords. */
  @Override
  public String toString() {
    return "PostgresUrl[hidden]";
  }
}
