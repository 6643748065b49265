package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.backend.Backend;
import io.doorward.auth.key.KeyRing;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * What every store of one Redis has in common, so that none of them has another namespace, another
 * clock or another way to the server: scripts, keys, seals and events. Thread-safe.
 */
final class StoreContext {
  static final String DEFAULT_NAMESPACE = "doorward";

  /** Clocks of nodes may differ by so much. */
  static final Duration SKEW = Duration.ofSeconds(60);

  private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9_-]{1,32}");

  private final Scripts scripts;
  private final KeyRing keys;
  private final String namespace;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final StoreReports reports;

  StoreContext(
      Scripts scripts,
      KeyRing keys,
      String namespace,
      InstantSource clock,
      RandomGenerator random,
      StoreReports reports) {
    this.scripts = scripts;
    this.keys = keys;
    this.namespace = namespace;
    this.clock = clock;
    this.random = random;
    this.reports = reports;
  }

  /** Returns the name of a key. The tag in braces decides its slot in a cluster. */
  static String key(String namespace, String tag, String suffix) {
    return namespace + ":{" + tag + "}:" + suffix;
  }

  String key(String tag, String suffix) {
    return key(namespace, tag, suffix);
  }

  /** Returns the name of one of many keys with a tag. */
  String keyOf(String tag, String prefix, String id) {
    return namespace + ":{" + tag + "}:" + prefix + id;
  }

  /** Begins a call of a script. */
  Scripts.Call call(RedisScript script) {
    return scripts.call(script);
  }

  Scripts scripts() {
    return scripts;
  }

  KeyRing keys() {
    return keys;
  }

  String namespace() {
    return namespace;
  }

  RandomGenerator random() {
    return random;
  }

  Instant now() {
    return clock.instant();
  }

  /** Returns the server behind all stores of this client. */
  Backend server() {
    return scripts.server();
  }

  byte[] seal(byte[] plain, String key, String format, String clear) {
    return keys.sealer().seal(plain, namespace, key, format, clear);
  }

  /** Opens what was sealed for this key and format, and beside this part in clear; else empty. */
  Optional<byte[]> open(byte[] sealed, String key, String format, String clear) {
    return keys.sealer().open(sealed, namespace, key, format, clear);
  }

  /** Opens what was sealed for this key and format, with nothing in clear beside it; else empty. */
  Optional<byte[]> open(byte[] sealed, String key, String format) {
    return keys.sealer().open(sealed, namespace, key, format);
  }

  StoreReports reports() {
    return reports;
  }

  static String requireNamespace(String namespace) {
    if (!NAMESPACE.matcher(requireNonNull(namespace, "namespace")).matches()) {
      throw new IllegalArgumentException(
          "namespace must be 1 to 32 characters of A-Z a-z 0-9 _ -: " + namespace);
    }
    return namespace;
  }

  /** Returns a duration that must lie between two bounds. */
  static Duration requireBetween(String what, Duration value, Duration min, Duration max) {
    requireNonNull(value, what);
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(what + " must be " + min + " to " + max + ": " + value);
    }
    return value;
  }

  static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
