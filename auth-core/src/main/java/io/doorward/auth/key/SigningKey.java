package io.doorward.auth.key;

import static java.util.Objects.requireNonNull;

import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import com.auth0.jwt.exceptions.JWTCreationException;
import com.auth0.jwt.exceptions.JWTVerificationException;
import io.doorward.auth.guard.OnlyCaller;
import java.lang.invoke.MethodHandles;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.util.Map;
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
  private static final int P256_BYTES = 32;
  private static final int MIN_RSA_BITS = 2048;
  private static final int MAX_RSA_BITS = 8192;

  /** FIPS 186-5, 5.1: odd, more than 2^16 and less than 2^256. */
  private static final int MIN_EXPONENT_BITS = 17;

  private static final int MAX_EXPONENT_BITS = 256;

  private final String id;
  private final Algorithm algorithm;
  private final boolean canSign;
  private final @Nullable String fingerprint;
  private final String shown;

  /** The public key; empty for a secret. */
  private final Map<String, String> jwk;

  private SigningKey(
      String id,
      Algorithm algorithm,
      boolean canSign,
      @Nullable String fingerprint,
      String shown,
      Map<String, String> kind) {
    this.id = KeyRules.requireKeyId(id);
    this.algorithm = algorithm;
    this.canSign = canSign;
    this.fingerprint = fingerprint;
    this.shown = shown;
    this.jwk = kind.isEmpty() ? kind : JwkSet.jwk(kind, id, algorithm.getName());
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
        KeyHashes.fingerprint(secret),
        KeyHashes.shown(secret, "signing HS256"),
        Map.of());
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
    if (privateKey != null) {
      requireP256("private", privateKey.getParams());
    }
    ECPoint point = publicKey.getW();
    return ofHalves(
        id,
        Algorithm.ECDSA256(publicKey, privateKey),
        privateKey != null,
        Sealer.encode(coordinates(point)),
        JwkSet.kind(
            "EC",
            Map.of(
                "crv", "P-256",
                "x", JwkSet.base64url(JwkSet.unsigned(point.getAffineX(), P256_BYTES)),
                "y", JwkSet.base64url(JwkSet.unsigned(point.getAffineY(), P256_BYTES)))));
  }

  /**
   * Creates a key for RSA with SHA-256 (RSASSA-PKCS1-v1_5). Prefer {@link #es256} or {@link #eddsa}
   * where all verifiers know them: they are smaller and sign faster.
   *
   * @param id the {@code kid}; 1 to 32 characters of {@code A-Z a-z 0-9 _ -}
   * @param publicKey of 2048 to 8192 bits (RFC 7518, 3.3)
   * @param privateKey its other half; null for a node that only verifies
   * @return the key
   * @throws IllegalArgumentException if the key has another length or is one for RSASSA-PSS, its
   *     public exponent is even, less than 65537 or longer than 256 bits, or the two are not halves
   *     of one key
   */
  public static SigningKey rs256(
      String id, RSAPublicKey publicKey, @Nullable RSAPrivateKey privateKey) {
    KeyRules.requireKeyId(id);
    requireRsa(requireNonNull(publicKey, "publicKey"));
    BigInteger n = publicKey.getModulus();
    BigInteger e = publicKey.getPublicExponent();
    return ofHalves(
        id,
        Algorithm.RSA256(publicKey, privateKey),
        privateKey != null,
        Sealer.encode(n.toString(16), e.toString(16)),
        JwkSet.kind("RSA", Map.of("n", JwkSet.base64url(n), "e", JwkSet.base64url(e))));
  }

  /**
   * Creates a key for Ed25519 (RFC 8032), the algorithm {@code EdDSA} of RFC 8037.
   *
   * @param id the {@code kid}; 1 to 32 characters of {@code A-Z a-z 0-9 _ -}
   * @param publicKey of Ed25519; no other curve
   * @param privateKey its other half; null for a node that only verifies
   * @return the key
   * @throws IllegalArgumentException if a key is of another curve, the public key is no point of it
   *     or one of small order, or the two are not halves of one key
   */
  public static SigningKey eddsa(
      String id, EdECPublicKey publicKey, @Nullable EdECPrivateKey privateKey) {
    KeyRules.requireKeyId(id);
    Algorithm algorithm = new EdDsa(requireNonNull(publicKey, "publicKey"), privateKey);
    byte[] encoded = EdDsa.encoded(publicKey);
    return ofHalves(
        id,
        algorithm,
        privateKey != null,
        encoded,
        JwkSet.kind("OKP", Map.of("crv", "Ed25519", "x", JwkSet.base64url(encoded))));
  }

  /**
   * Creates a key from PEM text (RFC 7468): a block {@code PUBLIC KEY} (X.509) and, if the key
   * signs, a block {@code PRIVATE KEY} (PKCS#8), in any order. The key decides the algorithm: RS256
   * for RSA, ES256 for EC, EdDSA for Ed25519. OpenSSL writes both:
   *
   * <pre>
   * openssl genpkey -algorithm ed25519 -out key.pem
   * openssl pkey -in key.pem -pubout &gt;&gt; key.pem
   * </pre>
   *
   * <p>Security: no message holds any of the text.
   *
   * @param id the {@code kid}; 1 to 32 characters of {@code A-Z a-z 0-9 _ -}
   * @param pem the text; what stands around the blocks is ignored
   * @return the key; it can sign if there is a private half
   * @throws IllegalArgumentException if there is no public half, a block twice or one of another
   *     kind, for instance an encrypted one, or the key is refused as {@link #rs256}, {@link
   *     #es256} and {@link #eddsa} refuse it
   */
  public static SigningKey ofPem(String id, String pem) {
    KeyRules.requireKeyId(id);
    return PemKey.read(pem).signingKey(id);
  }

  /** Creates a key of halves of which each is right, after a check that they belong together. */
  private static SigningKey ofHalves(
      String id,
      Algorithm algorithm,
      boolean canSign,
      byte[] publicBytes,
      Map<String, String> kind) {
    if (canSign) {
      requireHalves(algorithm);
    }
    String label = "signing " + algorithm.getName();
    return new SigningKey(id, algorithm, canSign, null, KeyHashes.shown(publicBytes, label), kind);
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

  private static void requireRsa(RSAPublicKey key) {
    if ("RSASSA-PSS".equals(key.getAlgorithm())) {
      throw new IllegalArgumentException("key of RS256 must be one for RSA, was for RSASSA-PSS");
    }
    int bits = key.getModulus().bitLength();
    if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
      throw new IllegalArgumentException(
          "key of RS256 must have " + MIN_RSA_BITS + " to " + MAX_RSA_BITS + " bits, had " + bits);
    }
    BigInteger e = key.getPublicExponent();
    if (e.signum() < 0
        || e.bitLength() < MIN_EXPONENT_BITS
        || e.bitLength() > MAX_EXPONENT_BITS
        || !e.testBit(0)) {
      throw new IllegalArgumentException(
          "public exponent of RS256 must be odd and of 65537 to 2^256, was of "
              + e.bitLength()
              + " bits");
    }
  }

  private static void requireHalves(Algorithm algorithm) {
    try {
      algorithm.verify(JWT.decode(JWT.create().sign(algorithm)));
    } catch (JWTCreationException | JWTVerificationException e) {
      throw new IllegalArgumentException(
          "public and private key of " + algorithm.getName() + " must be halves of one key", e);
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

  /** Returns the public key as others read it (RFC 7517); empty for a secret. */
  Optional<Map<String, String>> jwk() {
    return Optional.of(jwk).filter(it -> !it.isEmpty());
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
