package io.doorward.benchmarks;

import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;

/** Fresh keys, for one run. */
final class Keys {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Keys() {}

  static byte[] secret() {
    byte[] secret = new byte[32];
    RANDOM.nextBytes(secret);
    return secret;
  }

  /** A ring that signs with ES256. */
  static KeyRing es256() {
    KeyPair pair = p256();
    return KeyRing.builder()
        .signing(
            SigningKey.es256(
                "es", (ECPublicKey) pair.getPublic(), (ECPrivateKey) pair.getPrivate()))
        .secret("main", secret())
        .build();
  }

  static KeyPair p256() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK cannot make a P-256 key", e);
    }
  }
}
