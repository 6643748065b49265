package io.doorward.auth.key;

import static java.util.Objects.requireNonNull;

import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import com.auth0.jwt.exceptions.JWTVerificationException;
import io.doorward.auth.guard.OnlyCaller;
import java.lang.invoke.MethodHandles;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A key for access tokens, with its name ({@code kid}) and the one algorithm it may be used with
 * (RFC 8725, 3.1). Immutable and thread-safe.
 *
 * <p>Security: the key itself cannot be read back, and {@link #toString()} shows name and algorithm
 * only.
 */
public final class SigningKey {
  private static final OnlyCaller TOKENS =
      OnlyCaller.named("io.doorward.auth.session.AccessTokens");
  private static final int HS256_BYTES = 32;
  private static final ECParameterSpec P256 = p256();

  private final String id;
  private final Algorithm algorithm;
  private final boolean canSign;
  private final @Nullable String fingerprint;
  private final String shown;

  private SigningKey(
      String id, Algorithm algorithm, boolean canSign, @Nullable String fingerprint, String shown) {
    this.id = KeyRules.requireKeyId(id);
    this.algorithm = algorithm;
    this.canSign = canSign;
    this.fingerprint = fingerprint;
    this.shown = shown;
  }

  /**
   * Creates a key for HMAC with SHA-256.
   *
   * @param id the {@code kid}; 1 to 32 characters of {@code A-Z a-z 0-9 _ -}
   * @param secret at least 32 random bytes (RFC 7518, 3.2); copied
   * @return the key
   * @throws IllegalArgumentException if the secret is shorter or obviously not random
   */
  public static SigningKey hs256(String id, byte[] secret) {
    KeyRules.requireRandom("secret of HS256", requireNonNull(secret, "secret"), HS256_BYTES);
    return new SigningKey(
        id,
        Algorithm.HMAC256(secret),
        true,
        KeyRing.fingerprint(secret),
        KeyRing.shown(secret, "signing HS256"));
  }

  /**
   * Creates a key for ECDSA on P-256 with SHA-256.
   *
   * @param id the {@code kid}; 1 to 32 characters of {@code A-Z a-z 0-9 _ -}
   * @param publicKey on the curve P-256
   * @param privateKey its other half; null for a node that only verifies
   * @return the key
   * @throws IllegalArgumentException if a key is on another curve, the public key is no point of
   *     it, or the two are not halves of one key
   */
  public static SigningKey es256(
      String id, ECPublicKey publicKey, @Nullable ECPrivateKey privateKey) {
    requireP256("public", publicKey.getParams());
    requirePoint(publicKey.getW());
    Algorithm algorithm = Algorithm.ECDSA256(publicKey, privateKey);
    if (privateKey != null) {
      requireP256("private", privateKey.getParams());
      requireHalves(algorithm);
    }
    byte[] point = Sealer.encode(coordinates(publicKey.getW()));
    return new SigningKey(
        id, algorithm, privateKey != null, null, KeyRing.shown(point, "signing ES256"));
  }

  private static String[] coordinates(ECPoint point) {
    return new String[] {point.getAffineX().toString(16), point.getAffineY().toString(16)};
  }

  /** The names of other curves differ from provider to provider, so the numbers are compared. */
  private static void requireP256(String half, ECParameterSpec curve) {
    boolean same =
        curve.getCurve().getField().equals(P256.getCurve().getField())
            && curve.getCurve().getA().equals(P256.getCurve().getA())
            && curve.getCurve().getB().equals(P256.getCurve().getB())
            && curve.getGenerator().equals(P256.getGenerator())
            && curve.getOrder().equals(P256.getOrder())
            && curve.getCofactor() == P256.getCofactor();
    if (!same) {
      throw new IllegalArgumentException(
          half
              + " key of ES256 must be on the curve P-256 (secp256r1), was on another of "
              + curve.getCurve().getField().getFieldSize()
              + " bits");
    }
  }

  private static void requirePoint(ECPoint point) {
    BigInteger p = ((ECFieldFp) P256.getCurve().getField()).getP();
    BigInteger x = point.getAffineX();
    BigInteger y = point.getAffineY();
    boolean onCurve =
        x != null
            && y != null
            && x.signum() >= 0
            && y.signum() >= 0
            && x.compareTo(p) < 0
            && y.compareTo(p) < 0
            && x.pow(3)
                    .add(P256.getCurve().getA().multiply(x))
                    .add(P256.getCurve().getB())
                    .subtract(y.pow(2))
                    .mod(p)
                    .signum()
                == 0;
    if (!onCurve) {
      throw new IllegalArgumentException("public key of ES256 must be a point of the curve P-256");
    }
  }

  private static void requireHalves(Algorithm algorithm) {
    try {
      algorithm.verify(JWT.decode(JWT.create().sign(algorithm)));
    } catch (JWTVerificationException e) {
      throw new IllegalArgumentException(
          "public and private key of ES256 must be halves of one key", e);
    }
  }

  private static ECParameterSpec p256() {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec("secp256r1"));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the curve P-256 must be available", e);
    }
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
   * Returns the one algorithm of this key. Only this library may call it, because the algorithm
   * signs any input.
   *
   * @param caller proves that the class that issues and verifies access tokens is the caller
   * @return java-jwt's algorithm, holding the key
   * @throws IllegalArgumentException if another class calls
   */
  public Algorithm algorithm(MethodHandles.Lookup caller) {
    TOKENS.require(caller);
    return algorithm;
  }

  /**
   * Returns whether the key can sign as well as verify.
   *
   * @return false for a public key alone
   */
  public boolean canSign() {
    return canSign;
  }

  /** Returns a digest that identifies the secret of an HS256 key; empty for other keys. */
  Optional<String> fingerprint() {
    return Optional.ofNullable(fingerprint);
  }

  /** Returns the fingerprint that all nodes compare; the same for a public key alone. */
  String shown() {
    return shown;
  }

  /** Returns name and algorithm. */
  @Override
  public String toString() {
    return "SigningKey[" + id + ", " + algorithm.getName() + "]";
  }
}
