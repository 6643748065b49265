package io.doorward.auth.key;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.guard.OnlyCaller;
import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.SecretKey;

/** The keys that authenticate refresh tokens, one for each sealing key. Immutable, thread-safe. */
final class RefreshKeys {
  private static final OnlyCaller ISSUER =
      OnlyCaller.named("io.doorward.auth.engine.session.RefreshTokens");

  /** The purpose by which HKDF tells the derived key from the sealing key itself. */
  private static final String PURPOSE = "doorward refresh token HMAC-SHA-256";

  private final String currentId;
  private final Map<String, byte[]> keys;

  RefreshKeys(String currentId, Map<String, SecretKey> sealing) {
    this.currentId = currentId;
    Map<String, byte[]> derived = new HashMap<>();
    sealing.forEach((id, key) -> derived.put(id, KeyHashes.derive(key.getEncoded(), PURPOSE)));
    this.keys = Map.copyOf(derived);
  }

  String currentId() {
    return currentId;
  }

  Optional<byte[]> mac(String keyId, MethodHandles.Lookup caller, String... parts) {
    ISSUER.require(caller);
    return Optional.ofNullable(keys.get(requireNonNull(keyId, "keyId")))
        .map(key -> KeyHashes.hmac(key, Sealer.encode(parts)));
  }
}
