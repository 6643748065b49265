package io.doorward.auth.redis;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.io.Serial;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisClusterOperationException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** The one place that says what a failure of Redis means. */
final class RedisFailures {
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

  /** What is answered by a server that is no primary, or not the one to use. */
  private static final Set<String> NO_PRIMARY =
      Set.of("NOTPRIMARY", "UNBELIEVED", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "LOADING");

  /** What a pool of Jedis's own says, whether it lets its callers wait or not. */
  private static final Pattern POOL_IS_FULL =
      Pattern.compile("Timeout waiting for idle object|Pool exhausted");

  private RedisFailures() {}

  /** Tells whether a server's answer is that the client may not do this. */
  static boolean isAboutAccess(JedisDataException e) {
    return e instanceof JedisAccessControlException || ACCESS.contains(code(e));
  }

  /** Tells whether a server's answer is a reason to look for another one. */
  static boolean saysNoPrimary(JedisDataException e) {
    return NO_PRIMARY.contains(code(e)) || String.valueOf(e.getMessage()).contains(READ_ONLY);
  }

  /**
   * Translates what Jedis threw. A server's own text is not repeated, only its error code: texts
   * may quote keys and arguments. The cause is kept without its message for the same reason.
   */
  static StoreException translate(String store, String step, JedisException e) {
    String where = store + ": " + step + ": ";
    if (e instanceof NoServerException nobody) {
      return new StoreException(nobody.kind, where + nobody.getMessage(), bare(e));
    }
    if (e instanceof JedisDataException && !(e instanceof JedisAccessControlException)) {
      return answered(where, e);
    }
    if (e instanceof JedisClusterOperationException) {
      // Several attempts at several servers: the last one's failure says nothing of the first.
      return new StoreException(
          Kind.TIMEOUT, where + "no node of the cluster answered in time", bare(e));
    }
    if (e instanceof JedisAccessControlException) {
      return new StoreException(Kind.MISCONFIGURED, where + accessAdvice(code(e)), bare(e));
    }
    if (isCrowded(e)) {
      return new StoreException(
          Kind.OVERLOADED, where + "all connections of this node are in use", bare(e));
    }
    if (wasNeverSent(e)) {
      return new StoreException(
          Kind.UNREACHABLE,
          where + "no connection could be had in time (" + rootName(e) + ")",
          bare(e));
    }
    return new StoreException(Kind.TIMEOUT, where + "the answer was lost or too late", bare(e));
  }

  private static StoreException answered(String where, JedisException e) {
    String code = code(e);
    if (REFUSALS.contains(code)) {
      return new StoreException(
          Kind.REFUSED, where + "the server answered that it cannot now: " + code, bare(e));
    }
    if (ACCESS.contains(code)) {
      return new StoreException(Kind.MISCONFIGURED, where + accessAdvice(code), bare(e));
    }
    if (code.equals("WRONGTYPE")) {
      return new StoreException(
          Kind.MISCONFIGURED,
          where + "somebody else uses a key of this namespace: WRONGTYPE; choose another namespace",
          bare(e));
    }
    String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    if (text.contains("can't run this command") || text.contains("no permission")) {
      // What Redis 7 says of an access rule when it meets it inside a script.
      return new StoreException(Kind.MISCONFIGURED, where + accessAdvice("NOPERM"), bare(e));
    }
    if (text.contains("not allowed when used memory")) {
      return new StoreException(
          Kind.REFUSED, where + "the server answered that it cannot now: OOM", bare(e));
    }
    if (text.contains(READ_ONLY)) {
      return new StoreException(
          Kind.REFUSED, where + "the server answered that it cannot now: READONLY", bare(e));
    }
    if (text.contains("non local key")) {
      // A key that a script computes was moved to another node while its slot is on its way.
      return new StoreException(
          Kind.REFUSED, where + "the server answered that it cannot now: TRYAGAIN", bare(e));
    }
    return new StoreException(
        Kind.MISCONFIGURED,
        where
            + "the server does not understand (Redis 6.2 or later is needed, with EVAL, EVALSHA,"
            + " INFO and the string, sorted-set and key commands): "
            + code,
        bare(e));
  }

  private static String accessAdvice(String code) {
    return "the server does not allow it ("
        + code
        + "): check user and password, and that the user's access rules allow EVAL, EVALSHA, INFO"
        + " (also inside scripts) and the string, sorted-set and key commands on this namespace";
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
    Throwable[] suppressed = root.getSuppressed();
    return (suppressed.length == 0 ? root : suppressed[0]).getClass().getSimpleName();
  }

  /** Keeps class and stack, without a text that could quote what was sent. */
  private static JedisException bare(JedisException e) {
    JedisException bare = new JedisException(e.getClass().getSimpleName(), null);
    bare.setStackTrace(e.getStackTrace());
    return bare;
  }

  /** No connection could be had, so nothing was sent. */
  static class NotSentException extends JedisException {
    @Serial private static final long serialVersionUID = 1L;

    NotSentException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** All connections that this node allows itself are in use. */
  static final class CrowdedException extends NotSentException {
    @Serial private static final long serialVersionUID = 1L;

    CrowdedException() {
      super("all connections are in use", null);
    }
  }

  /** The server could not be connected to: perhaps another one has its place now. */
  static final class NotConnectedException extends NotSentException {
    @Serial private static final long serialVersionUID = 1L;

    NotConnectedException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Nobody could say which server to use, so nothing was sent. Its message may be shown. */
  static final class NoServerException extends JedisException {
    @Serial private static final long serialVersionUID = 1L;
    private final Kind kind;

    NoServerException(Kind kind, String message) {
      super(message);
      this.kind = kind;
    }
  }
}
