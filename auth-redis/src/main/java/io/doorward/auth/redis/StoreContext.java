package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.backend.Backend;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.key.KeyRing;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** What every store needs around it. Immutable and thread-safe. */
record StoreContext(
    AuthEvent.Part part,
    RedisCalls calls,
    KeyRing keys,
    String namespace,
    InstantSource clock,
    RandomGenerator random,
    AuthListener listener) {
  static final String DEFAULT_NAMESPACE = "doorward";

  /** Clocks of nodes may differ by so much. */
  static final Duration SKEW = Duration.ofSeconds(60);

  private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9_-]{1,32}");

  /** Returns the name of a key. The tag in braces decides its slot in a cluster. */
  static String key(String namespace, String tag, String suffix) {
    return namespace + ":{" + tag + "}:" + suffix;
  }

  String key(String tag, String suffix) {
    return key(namespace, tag, suffix);
  }

  /** The server behind all stores that have this client. */
  Backend server() {
    return calls.server();
  }

  /** Reports that a server could not keep something for want of memory, and goes on without it. */
  void outOfMemory() {
    listener.on(new AuthEvent.BackendFailed(part, StoreException.Kind.REFUSED));
  }

  Object run(
      RedisScript script, List<String> keys, List<byte[]> args, Deadline deadline, String step) {
    return calls.run(script, keys, args, deadline, step);
  }

  byte[] seal(byte[] plain, String key, String format) {
    return keys.sealer().seal(plain, namespace, key, format);
  }

  Optional<byte[]> open(byte[] sealed, String key, String format) {
    return keys.sealer().open(sealed, namespace, key, format);
  }

  static String requireNamespace(String namespace) {
    if (!NAMESPACE.matcher(requireNonNull(namespace, "namespace")).matches()) {
      throw new IllegalArgumentException(
          "namespace must be 1 to 32 characters of A-Z a-z 0-9 _ -: " + namespace);
    }
    return namespace;
  }

  /** Passes a duration of whole milliseconds between two bounds. */
  static Duration requireBetween(String what, Duration value, Duration min, Duration max) {
    if (requireNonNull(value, what).compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(what + " must be " + min + " to " + max + ": " + value);
    }
    return value;
  }
}
