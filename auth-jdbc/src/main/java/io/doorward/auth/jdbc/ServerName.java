package io.doorward.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names the server of a data source, for messages: hosts, ports, database and role, never a
 * password. The server of a foreign data source is known from its first connection on. Thread-safe.
 */
final class ServerName {
  private static final Logger LOG = LoggerFactory.getLogger(ServerName.class);

  private static final String PRODUCT = "PostgreSQL";

  /** Text before an at sign is dropped: it may be a password in the wrong place. */
  private static final Pattern URL =
      Pattern.compile("jdbc:postgresql:(?://(?:[^/?]*@)?(?<hosts>[^/?]*)/?)?(?<database>[^?]*).*");

  private static final Pattern USER = Pattern.compile("[?&]user=([^&]*)");
  private static final Pattern PORT = Pattern.compile(":[0-9]+$");

  private static final List<String> URLS = List.of("getJdbcUrl", "getURL", "getUrl");
  private static final List<String> USERS = List.of("getUsername", "getUser");

  private volatile String text;
  private volatile boolean known;

  private ServerName(@Nullable String found, String otherwise) {
    this.known = found != null;
    this.text = found == null ? PRODUCT + otherwise : found;
  }

  /** Reads the settings of a data source, where that is possible. Never connects. */
  static ServerName of(DataSource dataSource) {
    String otherwise = " behind a " + dataSource.getClass().getSimpleName();
    try {
      return new ServerName(ofSettings(dataSource), otherwise);
    } catch (RuntimeException e) {
      LOG.debug("{}{}: its settings cannot be read", PRODUCT, otherwise, e);
      return new ServerName(null, otherwise);
    }
  }

  private static @Nullable String ofSettings(DataSource dataSource) {
    String url = setting(dataSource, URLS);
    if (url != null) {
      return ofUrl(url, setting(dataSource, USERS));
    }
    DataSource behind = dataSource instanceof HikariDataSource pool ? pool.getDataSource() : null;
    return behind == null ? null : ofSettings(behind);
  }

  /** Pools and drivers have no interface for this in common, but hardly another name. */
  private static @Nullable String setting(DataSource dataSource, List<String> getters) {
    for (String getter : getters) {
      try {
        if (dataSource.getClass().getMethod(getter).invoke(dataSource) instanceof String value) {
          return value;
        }
      } catch (ReflectiveOperationException e) {
        LOG.trace("{} has no {}", dataSource.getClass(), getter, e);
      }
    }
    return null;
  }

  static @Nullable String ofUrl(String url, @Nullable String user) {
    Matcher parts = URL.matcher(url);
    if (!parts.matches()) {
      return null;
    }
    String hosts = Objects.requireNonNullElse(parts.group("hosts"), "");
    StringJoiner servers = new StringJoiner(",");
    for (String host : (hosts.isEmpty() ? "localhost" : hosts).split(",", -1)) {
      servers.add(PORT.matcher(host).find() ? host : host + ":5432");
    }
    Matcher parameter = USER.matcher(url);
    String role = user == null && parameter.find() ? decoded(parameter.group(1)) : user;
    String database = decoded(parts.group("database"));
    return PRODUCT
        + " at "
        + servers
        + " (database "
        + (database.isEmpty() ? "of the role's name" : database)
        + (role == null ? ")" : ", role " + role + ")");
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  /** Completes the name from a connection. Asks the driver, not the server. */
  void learn(Connection connection) {
    if (known) {
      return;
    }
    known = true;
    try {
      String url = connection.getMetaData().getURL();
      String found = url == null ? null : ofUrl(url, connection.getMetaData().getUserName());
      if (found != null) {
        text = found;
      }
    } catch (SQLException | RuntimeException e) {
      LOG.debug("{}: its address is not known", text, e);
    }
  }

  /** Returns the name, for the beginning of a message. */
  @Override
  public String toString() {
    return text;
  }
}
