package io.doorward.examples.pages;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.util.Base64;

/** What docs/keys.md shows. */
final class KeysPage {
  private KeysPage() {}

  static KeyRing ofOneSecret() {
    String secret = requireNonNull(System.getenv("DOORWARD_SECRET"), "DOORWARD_SECRET is not set");
    KeyRing keys = KeyRing.ofSecret("2026-01", Base64.getDecoder().decode(secret));
    return keys;
  }

  static KeyRing ofSeparateKeys(
      ECPublicKey publicKey, ECPrivateKey privateKey, byte[] sealingKey, byte[] indexKey) {
    KeyRing keys =
        KeyRing.builder()
            .signing(SigningKey.es256("sig-1", publicKey, privateKey))
            .sealing("seal-1", sealingKey)
            .index("index-1", indexKey)
            .build();
    return keys;
  }
}
