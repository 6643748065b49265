package io.doorward.examples.pages;

import io.doorward.Doorward;
import io.doorward.Secrets;
import io.doorward.auth.AuthService;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import java.nio.file.Path;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;

/** What docs/keys.md shows. */
final class KeysPage {
  private KeysPage() {}

  static KeyRing ofOneSecret() {
    KeyRing keys = KeyRing.ofSecret("2026-01", Secrets.fromEnvironment("DOORWARD_SECRET"));
    return keys;
  }

  static AuthService ofAFile(String jdbcUrl, String redisUri, Path file) {
    AuthService auth =
        Doorward.builder(jdbcUrl, redisUri).keySource(() -> Secrets.ringFromFile(file)).build();
    return auth;
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
