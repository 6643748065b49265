package io.doorward.auth.redis.server;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The one list of what is sent to Redis, and so of what access rules have to allow. The advice in
 * messages and the documentation are made from it; tests compare it with the scripts and with what
 * servers see.
 */
final class RedisCommands {
  /** What scripts call. */
  static final Set<String> IN_SCRIPTS =
      Set.of(
          "DEL",
          "EXISTS",
          "GETRANGE",
          "INFO",
          "PEXPIRE",
          "PTTL",
          "SET",
          "SETRANGE",
          "TIME",
          "TYPE",
          "ZADD",
          "ZCARD",
          "ZCOUNT",
          "ZRANDMEMBER",
          "ZRANGE",
          "ZRANGEBYSCORE",
          "ZREM",
          "ZREMRANGEBYSCORE",
          "ZSCORE");

  /** What is sent outside of scripts. AUTH and HELLO are left out: no rule can forbid them. */
  static final Set<String> BY_CLIENT = Set.of("EVAL", "EVALSHA", "GETRANGE", "INFO", "PING");

  /** What is sent besides where a database other than 0 is used. */
  static final Set<String> WITH_DATABASE = Set.of("SELECT");

  /** What is sent besides to the nodes of a cluster. */
  static final Set<String> IN_CLUSTER = Set.of("ASKING", "CLUSTER|SLOTS");

  private static final List<Set<String>> ALL =
      List.of(IN_SCRIPTS, BY_CLIENT, WITH_DATABASE, IN_CLUSTER);

  /** Servers quote the command in their answers, in one way or another. */
  private static final Pattern QUOTED = Pattern.compile("['`\"]([A-Za-z|]{2,20})['`\"]");

  private RedisCommands() {}

  /** Returns the access rules that every user needs: {@code +del +eval ...}. */
  static String rules() {
    Set<String> always = new TreeSet<>(IN_SCRIPTS);
    always.addAll(BY_CLIENT);
    return rules(always);
  }

  /** Returns the rules that allow the commands. */
  static String rules(Collection<String> commands) {
    return commands.stream()
        .map(command -> '+' + command.toLowerCase(Locale.ROOT))
        .sorted()
        .collect(Collectors.joining(" "));
  }

  /** Finds the command of ours that a server's answer names; whatever else it quotes is not. */
  static Optional<String> namedIn(String answer) {
    Matcher quoted = QUOTED.matcher(answer);
    while (quoted.find()) {
      String command = quoted.group(1).toUpperCase(Locale.ROOT);
      if (command.equals("HELLO") || ALL.stream().anyMatch(some -> some.contains(command))) {
        return Optional.of(command);
      }
    }
    return Optional.empty();
  }
}
