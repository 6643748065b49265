package io.doorward.auth.redis;

import io.doorward.auth.base.SuppressForbidden;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A Lua script, read from a resource of this package once, and the digest by which a server knows
 * it. Immutable and thread-safe.
 */
final class RedisScript {
  static final RedisScript ENTRY_LOOKUP = load("entry", "entry_lookup");
  static final RedisScript ENTRY_PEEK = load("entry", "entry_peek");
  static final RedisScript ENTRY_FILL = load("entry", "entry_fill");
  static final RedisScript ENTRY_FENCE = load("entry", "entry_fence");
  static final RedisScript SESSION_CREATE = load("entry", "sessions", "session_create");
  static final RedisScript SESSION_FIND = load("entry", "session_find");
  static final RedisScript SESSION_TOUCH = load("sessions", "session_touch");
  static final RedisScript SESSION_REVOKE = load("sessions", "session_revoke");
  static final RedisScript SESSION_REVOKE_OLDEST = load("sessions", "session_revoke_oldest");
  static final RedisScript SESSION_REVOKE_ALL = load("sessions", "session_revoke_all");
  static final RedisScript SESSION_LIST = load("entry", "sessions", "session_list");
  static final RedisScript VIEW_FIND = load("entry", "view_find");
  static final RedisScript VIEW_FILL = load("entry", "view_fill");
  static final RedisScript RESERVE_NETWORK = load("attempts", "attempt_reserve_network");
  static final RedisScript RESERVE_LOGIN = load("attempts", "attempt_reserve_login");
  static final RedisScript WITHDRAW = load("attempt_withdraw");
  static final RedisScript CONFIG_CHECK = load("config_check");
  static final RedisScript PRIMARY = load("primary");
  static final RedisScript SETTLE = load("attempts", "attempt_settle");

  private final byte[] source;
  private final byte[] digest;

  private RedisScript(String source) {
    this.source = source.getBytes(StandardCharsets.UTF_8);
    this.digest = sha1Hex(this.source).getBytes(StandardCharsets.US_ASCII);
  }

  /** Joins resources: what all share first, then what some share, the command last. */
  private static RedisScript load(String... names) {
    StringBuilder source = new StringBuilder(read("identity.lua")).append('\n');
    for (String name : names) {
      source.append(read(name + ".lua")).append('\n');
    }
    return new RedisScript(source.toString());
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

  /** SHA-1 is what Redis names scripts by; nothing's security rests on it. */
  @SuppressForbidden("SHA-1, which EVALSHA asks for")
  static String sha1Hex(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-1 must be available", e);
    }
  }

  /** Returns the text, for EVAL. Not copied: nobody outside this package sees it. */
  byte[] source() {
    return source;
  }

  /** Returns the digest in hexadecimal, for EVALSHA. Not copied: see {@link #source()}. */
  byte[] digest() {
    return digest;
  }
}
