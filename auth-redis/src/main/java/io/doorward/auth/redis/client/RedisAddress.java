package io.doorward.auth.redis.client;

import io.doorward.auth.redis.server.RedisFailures;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.HostAndPort;

/**
 * Where a Redis server is and how to log in to it, as a URI says it: {@code
 * redis://user:password@host:port/database}. Every part of the URI is used or refused. Immutable;
 * never prints its secrets.
 *
 * <p>The authority is taken apart here, not by {@link URI}, which knows no host where a name has an
 * underscore, as those that Docker Compose makes.
 */
final class RedisAddress {
  static final int DEFAULT_PORT = 6379;

  private static final String FORM = "redis://user:password@host:port/database";

  private static final String HOST_RULE =
      "letters, digits, dots, hyphens and underscores, or by its IP address";

  /** A name or IPv4 address; which of the two it is shows when it is looked up. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._-]{0,253})");

  private static final Pattern IPV6 =
      Pattern.compile("(?=[^:]*:[^:]*:)[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9._~-]{1,32})?");

  /** Host and port, after the last {@code @}. */
  private static final Pattern PLACE =
      Pattern.compile("(?<host>\\[[^\\[\\]]*]|[^:\\[\\]]*)(?::(?<port>.*))?");

  private static final Pattern PORT = Pattern.compile("0*([1-9][0-9]{0,4})");
  private static final Pattern DATABASE = Pattern.compile("/(0|[1-9][0-9]{0,8})");

  private final HostAndPort server;
  private final boolean tls;
  private final Optional<Login> login;
  private final int database;

  /** The default user where no user is named. */
  record Login(Optional<String> user, String password) {
    /** Returns a text without the password. */
    @Override
    public String toString() {
      return "Login[" + user.orElse("default user") + "]";
    }
  }

  private RedisAddress(HostAndPort server, boolean tls, Optional<Login> login, int database) {
    this.server = server;
    this.tls = tls;
    this.login = login;
    this.database = database;
  }

  /**
   * Reads a URI.
   *
   * @throws IllegalArgumentException if any part of it cannot be used; the message says which rule
   *     it breaks and repeats nothing of it
   */
  static RedisAddress parse(URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    boolean tls = scheme.equals("rediss");
    if (!tls && !scheme.equals("redis")) {
      throw refused(
          "must begin with redis:// or rediss://; for several servers use sentinel(...) or"
              + " cluster(...)");
    }
    if (uri.getRawQuery() != null) {
      throw refused("must have no query: the database is the path, all else has a setter");
    }
    if (uri.getRawFragment() != null) {
      throw refused("must have no fragment: a # in a password is written %23");
    }
    if (uri.getRawAuthority() == null) {
      throw refused("must name a host");
    }
    String authority = uri.getRawAuthority();
    int at = authority.indexOf('@');
    if (at != authority.lastIndexOf('@')) {
      throw refused("must have one @ at most: another one in user or password is written %40");
    }
    return new RedisAddress(
        place(authority.substring(at + 1)),
        tls,
        at < 0 ? Optional.empty() : Optional.of(login(authority.substring(0, at))),
        database(uri.getRawPath()));
  }

  private static Login login(String userInfo) {
    int colon = userInfo.indexOf(':');
    if (colon < 0) {
      throw refused("must have a password behind the user: user:password@, or :password@");
    }
    String user = decode(userInfo.substring(0, colon));
    String password = decode(userInfo.substring(colon + 1));
    if (password.isEmpty()) {
      throw refused("must have a password before the @; without a login leave out the @, too");
    }
    return new Login(user.isEmpty() ? Optional.empty() : Optional.of(user), password);
  }

  private static HostAndPort place(String text) {
    Matcher parts = PLACE.matcher(text);
    if (!parts.matches()) {
      throw refused("must name one host and one port; an IPv6 address stands in brackets");
    }
    String host = parts.group("host");
    boolean bracketed = host.startsWith("[");
    String bare = bracketed ? decode(host.substring(1, host.length() - 1)) : host;
    if (bare.isEmpty()) {
      throw refused("must name a host");
    }
    if (!(bracketed ? IPV6 : NAME).matcher(bare).matches()) {
      throw refused("must name one host by " + HOST_RULE);
    }
    String port = parts.group("port");
    return new HostAndPort(bare, port == null ? DEFAULT_PORT : port(port));
  }

  private static int port(String text) {
    Matcher number = PORT.matcher(text);
    int port = number.matches() ? Integer.parseInt(number.group(1)) : 0;
    if (port < 1 || port > 65535) {
      throw refused("must have a port of 1 to 65535, or none: then it is " + DEFAULT_PORT);
    }
    return port;
  }

  private static int database(String path) {
    if (path == null || path.isEmpty() || path.equals("/")) {
      return 0;
    }
    Matcher number = DATABASE.matcher(path);
    if (!number.matches()) {
      throw refused("must have the number of a database as its path, such as /3, or no path");
    }
    return Integer.parseInt(number.group(1));
  }

  /** Undoes percent-encoding, by which alone a plus sign is a plus sign. */
  private static String decode(String raw) {
    if (raw.indexOf('%') < 0) {
      return raw;
    }
    byte[] text = raw.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(text.length);
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '%') {
        bytes.put((byte) Integer.parseInt(raw(text, i + 1), 16));
        i += 2;
      } else {
        bytes.put(text[i]);
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw refused("must be percent-encoded UTF-8");
    }
  }

  private static String raw(byte[] text, int from) {
    return new String(text, from, 2, StandardCharsets.US_ASCII);
  }

  /**
   * Checks an address that is no part of a URI.
   *
   * @param what stands before the rule in the message
   * @return the address; an IPv6 address without brackets
   * @throws IllegalArgumentException if host or port cannot be any server's
   */
  static HostAndPort require(String what, HostAndPort address) {
    String host = address.getHost();
    if (host.isBlank()) {
      throw new IllegalArgumentException(what + "host must not be empty");
    }
    String bare =
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    if (!NAME.matcher(host).matches() && !IPV6.matcher(bare).matches()) {
      throw new IllegalArgumentException(what + "host must be named by " + HOST_RULE);
    }
    if (address.getPort() < 1 || address.getPort() > 65535) {
      throw new IllegalArgumentException(what + "port must be 1 to 65535: " + address.getPort());
    }
    return bare.equals(host) ? address : new HostAndPort(bare, address.getPort());
  }

  private static IllegalArgumentException refused(String rule) {
    return new IllegalArgumentException("uri " + rule + " (" + FORM + ")");
  }

  HostAndPort server() {
    return server;
  }

  boolean tls() {
    return tls;
  }

  Optional<Login> login() {
    return login;
  }

  int database() {
    return database;
  }

  /** Returns a text without the password. */
  @Override
  public String toString() {
    return (tls ? "rediss://" : "redis://")
        + RedisFailures.name(server)
        + '/'
        + database
        + ' '
        + login;
  }
}
