package io.doorward.auth.redis;

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
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
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

  /** Answered to a new connection, before anything was read from it. */
  private static final String FULL = "max number of clients";

  /** What is answered by a server that is no primary, or not the one to use. */
  private static final Set<String> NO_PRIMARY =
      Set.of("NOTPRIMARY", "UNBELIEVED", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "LOADING");

  /** What a pool of Jedis's own says, whether it lets its callers wait or not. */
  private static final Pattern POOL_IS_FULL =
      Pattern.compile("Timeout waiting for idle object|Pool exhausted");

  private static final String FULL_ADVICE =
      "the server has as many clients as its maxclients allows: raise it, or let every node have"
          + " fewer connections(...)";

  private static final String NEEDED =
      "needed in all are "
          + RedisCommands.rules()
          + ", with another database than 0 also "
          + RedisCommands.rules(RedisCommands.WITH_DATABASE)
          + ", in a cluster also "
          + RedisCommands.rules(RedisCommands.IN_CLUSTER);

  private RedisFailures() {}

  /** Tells whether a server's answer is that the client may not do this. */
  static boolean isAboutAccess(JedisDataException e) {
    return e instanceof JedisAccessControlException || ACCESS.contains(code(e));
  }

  /** Tells whether a server's answer is a reason to look for another one. */
  static boolean saysNoPrimary(JedisDataException e) {
    return NO_PRIMARY.contains(code(e)) || String.valueOf(e.getMessage()).contains(READ_ONLY);
  }

  /** Tells whether a server answered that it cannot now, whatever it is asked. */
  static boolean saysNotNow(JedisDataException e) {
    return REFUSALS.contains(code(e)) || lower(e).contains(FULL);
  }

  /** Tells whether a server does not know HELLO, by which a connection begins since Redis 6.0. */
  static boolean knowsNoHello(JedisDataException e) {
    String text = lower(e);
    return text.contains("not support hello")
        || (text.contains("unknown command")
            && RedisCommands.namedIn(text).filter("HELLO"::equals).isPresent());
  }

  /** Notes on a failure which server it came from, so that a message can say so. */
  static <E extends JedisException> E at(HostAndPort server, E e) {
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

  /** Returns what to say of a server that is too old, if that is why a call failed. */
  static Optional<String> tooOld(StoreException e) {
    return e.getCause() instanceof TooOldException old
        ? Optional.of(String.valueOf(old.getMessage()))
        : Optional.empty();
  }

  /**
   * Translates what Jedis threw, and says which server it was, where that is known. A server's own
   * text is not repeated, only its error code and what it is known to mean: texts may quote keys
   * and arguments. The cause is kept without its message for the same reason.
   */
  static StoreException translate(String store, String step, JedisException e) {
    String where =
        store + ": " + step + ": " + server(e).map(it -> RedisAddress.show(it) + ": ").orElse("");
    if (e instanceof NoServerException nobody) {
      return new StoreException(nobody.kind, where + nobody.getMessage(), bare(e));
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
      return new StoreException(Kind.REFUSED, where + FULL_ADVICE, bare(e));
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
      return new StoreException(Kind.REFUSED, where + FULL_ADVICE, bare(e));
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
    return new StoreException(Kind.MISCONFIGURED, where + advice(code, text, e), bare(e));
  }

  private static StoreException notNow(String where, String code, JedisDataException e) {
    return new StoreException(
        Kind.REFUSED, where + "the server answered that it cannot now: " + code, bare(e));
  }

  /** Says what a person has to mend. */
  static String advice(JedisDataException e) {
    return advice(code(e), lower(e), e);
  }

  private static String advice(String code, String text, JedisDataException e) {
    if (e instanceof TooOldException) {
      return String.valueOf(e.getMessage());
    }
    if (text.contains(FULL)) {
      return FULL_ADVICE;
    }
    if (REFUSALS.contains(code)) {
      return "the server answered that it cannot now: " + code;
    }
    if (code.equals("NOAUTH")) {
      return "the server wants a login and got none (NOAUTH): check user and password of this client";
    }
    if (code.equals("WRONGPASS") || text.contains("invalid password")) {
      return "the server refuses the login (WRONGPASS): check user and password of this client, and"
          + " that the server has that user and it is on";
    }
    if (text.contains("without any password configured") || text.contains("no password is set")) {
      return "the server has no password for the default user, and this client sends one: leave it"
          + " out, name a user, or set requirepass";
    }
    if (code.equals("DENIED") || text.contains("protected mode")) {
      return "the server is in protected mode and lets no other machine in: give it a password, or"
          + " set protected-mode to no";
    }
    if (text.contains("db index is out of range") || text.contains("invalid db index")) {
      return "the server has no database of this number: choose another one, or raise its setting"
          + " databases";
    }
    if (text.contains("select is not allowed in cluster mode")) {
      return "the server is a node of a cluster and has database 0 only: use BoundedRedisClient.cluster";
    }
    if (code.equals("WRONGTYPE")) {
      return "somebody else uses a key of this namespace: WRONGTYPE; choose another namespace";
    }
    if (text.contains("one of the keys")) {
      return "the server's access rules do not let this user use the keys of this namespace (NOPERM):"
          + " allow them with a key pattern, ~NAMESPACE:*";
    }
    if (code.equals("NOPERM") || text.contains("can't run this command")) {
      return denied(RedisCommands.namedIn(text).map(Set::of).orElse(Set.of()));
    }
    if (knowsNoHello(e)) {
      return unknown(Set.of("HELLO"), code);
    }
    return unknown(RedisCommands.namedIn(text).map(Set::of).orElse(Set.of()), code);
  }

  /** Says which rights are missing; of which an answer names none, all that are needed. */
  static String denied(Collection<String> commands) {
    return "the server's access rules do not let this user run "
        + (commands.isEmpty() ? "all that is needed" : String.join(", ", new TreeSet<>(commands)))
        + " (NOPERM): "
        + (commands.isEmpty() ? "" : "add " + RedisCommands.rules(commands) + "; ")
        + NEEDED;
  }

  /** Says which commands the server lacks. */
  static String unknown(Collection<String> commands, String code) {
    return "the server does not understand "
        + (commands.isEmpty()
            ? "what it is asked (" + code + ")"
            : String.join(", ", new TreeSet<>(commands)))
        + ": it is older than Redis "
        + RedisVersion.NEEDED
        + ", or its configuration renames commands; "
        + NEEDED;
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
      super(RedisAddress.show(server), null, false, false);
      this.server = server;
    }
  }

  /** The server is of a version that cannot be worked with. Its message may be shown. */
  static final class TooOldException extends JedisDataException {
    @Serial private static final long serialVersionUID = 1L;

    TooOldException(String message) {
      super(message);
    }
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
