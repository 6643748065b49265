package io.doorward.auth.redis.server;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Says what an operator has to mend where a server answers an error that does not pass by itself.
 * Apart from {@link RedisFailures}, which decides what a failure means to a caller, because every
 * text here names a setting, a right or a version, and none of them changes that meaning.
 */
final class Advice {
  /** Given where the server has as many clients as it takes. */
  static final String FULL =
      "the server has as many clients as its maxclients allows: raise it, or let every node have"
          + " fewer connections(...)";

  private static final String NEEDED =
      "needed in all are "
          + RedisCommands.rules()
          + ", with another database than 0 also "
          + RedisCommands.rules(RedisCommands.WITH_DATABASE)
          + ", in a cluster also "
          + RedisCommands.rules(RedisCommands.IN_CLUSTER);

  private Advice() {}

  /** Returns the advice for an answer whose error code is known. */
  static String on(String code, JedisDataException e) {
    String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
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
      return "another application uses a key of this namespace (WRONGTYPE): choose another namespace";
    }
    if (text.contains("one of the keys")) {
      return "the server's access rules do not let this user use the keys of this namespace (NOPERM):"
          + " allow them with a key pattern, ~NAMESPACE:*";
    }
    if (code.equals("NOPERM") || text.contains("can't run this command")) {
      return denied(RedisCommands.namedIn(text).map(Set::of).orElse(Set.of()));
    }
    if (RedisFailures.knowsNoHello(e)) {
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
}
