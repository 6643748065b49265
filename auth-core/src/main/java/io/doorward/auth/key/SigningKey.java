package io.doorward.auth.key;

import com.auth0.jwt.algorithms.Algorithm;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import org.jspecify.annotations.Nullable;

/**
 * A key for access tokens, with its name ({@code kid}) and the one algorithm it may be used with
 * (RFC 8725, 3.1). Immutable and thread-safe.
 *
 * <p>Security: the key itself cannot be read back, and {@link #toString()} shows name and algorithm
 * only.
 */
public final class SigningKey {
  private static final int HS256_BYTES = 32;
  private static final int P256_BITS = 256;

  private final String id;
  private final Algorithm algorithm;
  private final boolean canSign;

  private SigningKey(String id, Algorithm algorithm, boolean canSign) {
    this.id = KeyRing.requireKeyId(id);
    this.algorithm = algorithm;
    this.canSign = canSign;
  }

  /**
   * Makes a key for HMAC with SHA-256.
   *
   * @param id the {@code kid}; 1 to 32 characters of {@code A-Z a-z 0-9 _ -}
   * @param secret at least 32 random bytes (RFC 7518, 3.2); copied
   * @return the key
   * @throws IllegalArgumentException if the secret is shorter or obviously not random
   */
  public static SigningKey hs256(String id, byte[] secret) {
    KeyRing.requireRandom("secret of HS256", secret, HS256_BYTES);
    return new SigningKey(id, Algorithm.HMAC256(secret), true);
  }

  /**
   * Makes a key for ECDSA on P-256 with SHA-256.
   *
   * @param id the {@code kid}; 1 to 32 characters of {@code A-Z a-z 0-9 _ -}
   * @param publicKey on the curve P-256
   * @param privateKey its other half; null for a node that only verifies
   * @return the key
   * @throws IllegalArgumentException if a key is on another curve
   */
  public static SigningKey es256(
      String id, ECPublicKey publicKey, @Nullable ECPrivateKey privateKey) {
    int bits = publicKey.getParams().getCurve().getField().getFieldSize();
    if (bits != P256_BITS
        || (privateKey != null
            && !privateKey.getParams().getCurve().equals(publicKey.getParams().getCurve()))) {
      throw new IllegalArgumentException(
          "keys of ES256 must both be on the curve P-256, field size was " + bits);
    }
    return new SigningKey(id, Algorithm.ECDSA256(publicKey, privateKey), privateKey != null);
  }

  /**
   * Returns the key's name.
   *
   * @return the {@code kid}
   */
  public String id() {
    return id;
  }

  /**
   * Returns the one algorithm that this key is used with.
   *
   * @return java-jwt's algorithm, holding the key
   */
  public Algorithm algorithm() {
    return algorithm;
  }

  /**
   * Tells whether the key can sign as well as verify.
   *
   * @return false for a public key alone
   */
  public boolean canSign() {
    return canSign;
  }

  /** Returns name and algorithm. */
  @Override
  public String toString() {
    return "SigningKey[" + id + ", " + algorithm.getName() + "]";
  }
}
