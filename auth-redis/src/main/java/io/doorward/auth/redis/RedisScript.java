package io.doorward.auth.redis;

import io.doorward.auth.redis.server.IdentifiedRead;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A Lua script, read from a resource of this package once, the digest by which a server knows it,
 * and the step of its store that it is, for messages. Immutable and thread-safe.
 */
final class RedisScript {
  static final RedisScript ENTRY_LOOKUP = load("look up", "values", "entry", "entry_lookup");
  static final RedisScript ENTRY_PEEK = load("peek", "values", "entry", "entry_peek");
  static final RedisScript ENTRY_FILL = load("fill", "values", "entry", "entry_fill");
  static final RedisScript ENTRY_FENCE = load("fence", "values", "entry", "entry_fence");
  static final RedisScript SESSION_CREATE =
      load("create", "values", "entry", "sessions", "session_create");
  static final RedisScript SESSION_FIND = load("find", "values", "entry", "clock", "session_find");
  static final RedisScript SESSION_TOUCH = load("touch", "values", "sessions", "session_touch");
  static final RedisScript SESSION_ROTATE =
      load("rotate", "values", "entry", "sessions", "session_rotate");
  static final RedisScript SESSION_REVOKE = load("revoke", "sessions", "session_revoke");
  static final RedisScript SESSION_REVOKE_ALL =
      load("revoke all", "sessions", "session_revoke_all");
  static final RedisScript SESSION_LIST = load("list", "values", "sessions", "session_list");
  static final RedisScript VIEW_FIND = load("find", "values", "entry", "view_find");
  static final RedisScript VIEW_FILL = load("fill", "values", "entry", "view_fill");
  static final RedisScript RESERVE = load("reserve", "clock", "attempts", "attempt_reserve");
  static final RedisScript WITHDRAW = load("withdraw", "attempt_withdraw");
  static final RedisScript CONFIG_CHECK = load("look at the server", "config_check");
  static final RedisScript PRIMARY = load("look at the primary", "primary");
  static final RedisScript SETTLE = load("settle", "clock", "attempts", "attempt_settle");

  private final String step;
  private final byte[] source;
  private final byte[] digest;

  private RedisScript(String step, String source) {
    this.step = step;
    this.source = source.getBytes(StandardCharsets.UTF_8);
    this.digest = IdentifiedRead.sha1Hex(this.source).getBytes(StandardCharsets.US_ASCII);
  }

  /** Joins resources: what all share first, then what some share, the command last. */
  private static RedisScript load(String step, String... names) {
    StringBuilder source = new StringBuilder(read("identity.lua")).append('\n');
    for (String name : names) {
      source.append(read(name + ".lua")).append('\n');
    }
    return new RedisScript(step, source.toString());
  }

  private static String read(String file) {
    try (InputStream in = RedisScript.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("the module must contain its script: " + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns what a store does by it, for messages. */
  String step() {
    return step;
  }

  /** Returns the text, for EVAL. Not copied: it does not leave this package. */
  byte[] source() {
    return source;
  }

  /** Returns the digest in hexadecimal, for EVALSHA. Not copied: see {@link #source()}. */
  byte[] digest() {
    return digest;
  }
}
