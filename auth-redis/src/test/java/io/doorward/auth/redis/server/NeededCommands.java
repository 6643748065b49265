package io.doorward.auth.redis.server;

import java.util.Collection;
import java.util.Set;

/** The list of commands, for tests of what is sent and of what access rules have to allow. */
public final class NeededCommands {
  private NeededCommands() {}

  public static Set<String> inScripts() {
    return RedisCommands.IN_SCRIPTS;
  }

  public static Set<String> byClient() {
    return RedisCommands.BY_CLIENT;
  }

  /** Returns the rules that every user needs. */
  public static String rules() {
    return RedisCommands.rules();
  }

  public static String rules(Collection<String> commands) {
    return RedisCommands.rules(commands);
  }

  /** Returns the version that a server's INFO names. */
  public static String versionIn(String info) {
    return RedisVersion.in(info).orElseThrow().text();
  }
}
