package io.doorward.examples.howto;

import io.doorward.Secrets;
import io.doorward.auth.key.KeyRing;
import java.nio.file.Path;

/** What docs/howto/verify-tokens.md shows. */
final class VerifyTokens {
  private VerifyTokens() {}

  static KeyRing keys(Path key, byte[] secret) {
    return KeyRing.builder()
        .signing(Secrets.signingKeyFromFile("2026-11", key))
        .secret("2026-05", secret)
        .build();
  }
}
