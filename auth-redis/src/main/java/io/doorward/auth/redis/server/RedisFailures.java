package io.doorward.auth.redis.server;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.io.Serial;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisClusterOperationException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The one place that says what a failure of Redis means: to the client, which may look for another
 * server, and to a store's caller, as a {@link StoreException}.
 */
public final class RedisFailures {
  /** The oldest Redis that this module works with. */
  public static final String NEEDED_VERSION = RedisVersion.NEEDED;

  private static final Set<String> REFUSALS =
      Set.of(
          "NOTPRIMARY",
          "READONLY",
          "LOADING",
          "MASTERDOWN",
          "CLUSTERDOWN",
          "TRYAGAIN",
          "MOVED",
          "ASK",
          "OOM",
          "MISCONF",
          "BUSY",
          "NOREPLICAS",
          "UNBLOCKED");

  /** What a script meets on a replica, whatever code the version of the server puts before it. */
  private static final String READ_ONLY = "can't write against a read only replica";

  private static final Set<String> ACCESS = Set.of("NOAUTH", "NOPERM", "WRONGPASS");

  /** Answered to a new connection, before anything was read from it. */
  private static final String FULL = "max number of clients";

  /** What is answered by a server that is no primary, or not the one to use. */
  private static final Set<String> NO_PRIMARY =
      Set.of("NOTPRIMARY", "UNBELIEVED", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "LOADING");

  /** What a pool of Jedis's own says, whether it lets its callers wait or not. */
  private static final Pattern POOL_IS_FULL =
      Pattern.compile("Timeout waiting for idle object|Pool exhausted");

  private RedisFailures() {}

  /**
   * Tells whether a server answered that the client may not do this.
   *
   * @param e what it answered
   * @return true if a login or a right is missing
   */
  public static boolean isAboutAccess(JedisDataException e) {
    return e instanceof JedisAccessControlException || ACCESS.contains(code(e));
  }

  /**
   * Tells whether a server's answer is a reason to look for another one.
   *
   * @param e what it answered
   * @return true if it is no primary, or not the one to use
   */
  public static boolean saysNoPrimary(JedisDataException e) {
    return NO_PRIMARY.contains(code(e)) || String.valueOf(e.getMessage()).contains(READ_ONLY);
  }

  /**
   * Tells whether a server answered that it cannot now, whatever it is asked.
   *
   * @param e what it answered
   * @return true if the same may be answered otherwise later
   */
  public static boolean saysNotNow(JedisDataException e) {
    return REFUSALS.contains(code(e)) || lower(e).contains(FULL);
  }

  /**
   * Tells whether a server does not know HELLO, by which a connection begins since Redis 6.0.
   *
   * @param e what it answered
   * @return true if it is older than that, or its configuration renames commands
   */
  public static boolean knowsNoHello(JedisDataException e) {
    String text = lower(e);
    return text.contains("not support hello")
        || (text.contains("unknown command")
            && RedisCommands.namedIn(text).filter("HELLO"::equals).isPresent());
  }

  /**
   * Decides what a server that knows no HELLO is, by what its INFO says.
   *
   * @param info its section {@code server}
   * @param failure what it answered to HELLO
   * @return a {@link TooOldException} if its version is too old, else {@code failure}; empty if no
   *     version stands in {@code info}
   */
  public static Optional<JedisDataException> withoutHello(String info, JedisDataException failure) {
    return RedisVersion.in(info)
        .map(version -> version.isTooOld() ? new TooOldException(version.complaint()) : failure);
  }

  /**
   * Returns the failure of a server that knows no HELLO and does not say its version either.
   *
   * @return a new failure, whose message names the needed version
   */
  public static TooOldException withoutHello() {
    return new TooOldException(
        "the server does not know HELLO: it is older than Redis 6.0, unless its configuration"
            + " renames commands; needed is "
            + NEEDED_VERSION);
  }

  /**
   * Returns host and port for a message, an IPv6 address in brackets.
   *
   * @param server an address
   * @return the text
   */
  public static String name(HostAndPort server) {
    String host = server.getHost();
    return (host.indexOf(':') < 0 ? host : '[' + host + ']') + ':' + server.getPort();
  }

  /**
   * Notes on a failure which server it came from, so that a message can say so.
   *
   * @param <E> its type
   * @param server the server
   * @param e the failure; the first note on it stays
   * @return {@code e}
   */
  public static <E extends JedisException> E at(HostAndPort server, E e) {
    if (server(e).isEmpty()) {
      e.addSuppressed(new At(server));
    }
    return e;
  }

  private static Optional<HostAndPort> server(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      for (Throwable note : t.getSuppressed()) {
        if (note instanceof At at) {
          return Optional.of(at.server);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Says so if a server is too old.
   *
   * @param info its section {@code server}
   * @return its version and the needed one; empty if it is not too old, or {@code info} has none
   */
  public static Optional<String> tooOld(String info) {
    return RedisVersion.in(info).filter(RedisVersion::isTooOld).map(RedisVersion::complaint);
  }

  /**
   * Says so if a call failed because its server is too old.
   *
   * @param e the failure of a store's call
   * @return its version and the needed one; empty if it failed for another reason
   */
  public static Optional<String> tooOld(StoreException e) {
    return e.getCause() instanceof TooOldException old
        ? Optional.of(String.valueOf(old.getMessage()))
        : Optional.empty();
  }

  /**
   * Translates what Jedis threw, and says which server it was, where that is known. A server's own
   * text is not repeated, only its error code and what it is known to mean: texts may quote keys
   * and arguments. The cause is kept without its message for the same reason.
   *
   * @param store the store's name, for the message
   * @param step what it was doing, for the message
   * @param e what Jedis threw
   * @return what the store throws
   */
  public static StoreException translate(String store, String step, JedisException e) {
    String where = store + ": " + step + ": " + server(e).map(it -> name(it) + ": ").orElse("");
    if (e instanceof NoServerException unknown) {
      return new StoreException(unknown.kind, where + unknown.getMessage(), bare(e));
    }
    if (e instanceof JedisDataException data) {
      return answered(where, data);
    }
    if (e instanceof JedisClusterOperationException) {
      // Several attempts at several servers: the last one's failure says nothing of the first.
      return new StoreException(
          Kind.TIMEOUT, where + "no node of the cluster answered in time", bare(e));
    }
    if (isCrowded(e)) {
      return new StoreException(
          Kind.OVERLOADED, where + "all connections of this node are in use", bare(e));
    }
    if (isTurnedAway(e)) {
      return new StoreException(Kind.REFUSED, where + Advice.FULL, bare(e));
    }
    if (wasNeverSent(e)) {
      return new StoreException(
          Kind.UNREACHABLE,
          where + "no connection could be had in time (" + rootName(e) + ")",
          bare(e));
    }
    return new StoreException(Kind.TIMEOUT, where + "the answer was lost or too late", bare(e));
  }

  private static StoreException answered(String where, JedisDataException e) {
    String code = code(e);
    String text = lower(e);
    if (text.contains(FULL)) {
      return new StoreException(Kind.REFUSED, where + Advice.FULL, bare(e));
    }
    if (REFUSALS.contains(code)) {
      return notNow(where, code, e);
    }
    if (text.contains("not allowed when used memory")) {
      return notNow(where, "OOM", e);
    }
    if (text.contains(READ_ONLY)) {
      return notNow(where, "READONLY", e);
    }
    if (text.contains("non local key")) {
      // A key that a script computes was moved to another node while its slot is on its way.
      return notNow(where, "TRYAGAIN", e);
    }
    return new StoreException(Kind.MISCONFIGURED, where + advice(e), bare(e));
  }

  private static StoreException notNow(String where, String code, JedisDataException e) {
    return new StoreException(
        Kind.REFUSED, where + "the server answered that it cannot now: " + code, bare(e));
  }

  /**
   * Says what an operator has to mend, or that a server cannot answer now.
   *
   * @param e what a server answered
   * @return a text that repeats nothing of the answer
   */
  public static String advice(JedisDataException e) {
    if (e instanceof TooOldException) {
      return String.valueOf(e.getMessage());
    }
    if (lower(e).contains(FULL)) {
      return Advice.FULL;
    }
    String code = code(e);
    return REFUSALS.contains(code)
        ? "the server answered that it cannot now: " + code
        : Advice.on(code, e);
  }

  /**
   * Says what has to be mended where a server does not let this client do all that is needed.
   *
   * @param denied the commands that access rules do not let this client run
   * @param unknown the commands that the server does not know
   * @return empty if there are none
   */
  public static Optional<String> missing(Collection<String> denied, Collection<String> unknown) {
    if (!denied.isEmpty()) {
      return Optional.of(Advice.denied(denied));
    }
    return unknown.isEmpty() ? Optional.empty() : Optional.of(Advice.unknown(unknown, "ERR"));
  }

  private static String lower(JedisException e) {
    return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
  }

  /** Tells whether a server that is full closed the connection before it could be used. */
  private static boolean isTurnedAway(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (String.valueOf(t.getMessage()).contains(FULL)) {
        return true;
      }
    }
    return false;
  }

  /** Tells whether this node's own connections were what was missing. */
  private static boolean isCrowded(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof CrowdedException
          || (t instanceof NoSuchElementException
              && POOL_IS_FULL.matcher(String.valueOf(t.getMessage())).lookingAt())) {
        return true;
      }
    }
    return false;
  }

  private static boolean wasNeverSent(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      String text = String.valueOf(t.getMessage());
      if (t instanceof ConnectException
          || t instanceof UnknownHostException
          || t instanceof NoRouteToHostException
          || t instanceof NoSuchElementException
          || t instanceof NotSentException
          || t instanceof NotConnectedException
          || t instanceof CrowdedException
          || text.startsWith("Failed to connect to")
          || text.startsWith("Failed to create socket")
          || text.startsWith("Could not get a resource")) {
        return true;
      }
      for (Throwable suppressed : t.getSuppressed()) {
        if (wasNeverSent(suppressed)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Returns the first word of the server's answer, if it looks like an error code. */
  static String code(JedisException e) {
    String text = String.valueOf(e.getMessage());
    String word = text.substring(0, Math.max(0, (text + " ").indexOf(' ')));
    return word.matches("[A-Z]{2,16}") ? word : "ERR";
  }

  private static String rootName(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return Arrays.stream(root.getSuppressed())
        .filter(suppressed -> !(suppressed instanceof At))
        .findFirst()
        .orElse(root)
        .getClass()
        .getSimpleName();
  }

  /** Keeps class and stack, without a text that could quote what was sent. */
  private static JedisException bare(JedisException e) {
    if (e instanceof TooOldException) {
      return e;
    }
    JedisException bare = new JedisException(e.getClass().getSimpleName(), null);
    bare.setStackTrace(e.getStackTrace());
    return bare;
  }

  /** Says which server a failure came from. Rides along, so that the failure keeps its type. */
  private static final class At extends Exception {
    @Serial private static final long serialVersionUID = 1L;
    private final transient HostAndPort server;

    At(HostAndPort server) {
      super(name(server), null, false, false);
      this.server = server;
    }
  }

  /** The server is of a version that cannot be worked with. Its message may be shown. */
  public static final class TooOldException extends JedisDataException {
    @Serial private static final long serialVersionUID = 1L;

    private TooOldException(String message) {
      super(message);
    }
  }

  /** No connection could be had, so nothing was sent. */
  public static final class NotSentException extends JedisException {
    @Serial private static final long serialVersionUID = 1L;

    /**
     * Makes a failure.
     *
     * @param message why there was no connection
     * @param cause what happened, if anything was thrown
     */
    public NotSentException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** All connections that this node allows itself are in use. */
  public static final class CrowdedException extends JedisException {
    @Serial private static final long serialVersionUID = 1L;

    /** Makes a failure. */
    public CrowdedException() {
      super("all connections are in use");
    }
  }

  /** The server could not be connected to: perhaps another one has its place now. */
  public static final class NotConnectedException extends JedisException {
    @Serial private static final long serialVersionUID = 1L;

    /**
     * Makes a failure.
     *
     * @param message what was tried
     * @param cause what happened
     */
    public NotConnectedException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Which server to use could not be found out, so nothing was sent. Its message may be shown. */
  public static final class NoServerException extends JedisException {
    @Serial private static final long serialVersionUID = 1L;
    private final Kind kind;

    /**
     * Makes a failure.
     *
     * @param kind what it means to a store's caller
     * @param message why it could not be found out
     */
    public NoServerException(Kind kind, String message) {
      super(message);
      this.kind = kind;
    }
  }
}
