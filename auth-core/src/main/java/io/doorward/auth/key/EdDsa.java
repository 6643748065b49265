package io.doorward.auth.key;

import com.auth0.jwt.algorithms.Algorithm;
import com.auth0.jwt.exceptions.SignatureGenerationException;
import com.auth0.jwt.exceptions.SignatureVerificationException;
import com.auth0.jwt.interfaces.DecodedJWT;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.EdECPoint;
import java.security.spec.NamedParameterSpec;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Ed25519 (RFC 8032) as the algorithm {@code EdDSA} of RFC 8037, which java-jwt does not have.
 * Immutable and thread-safe.
 *
 * <p>Security: a signature has exactly 64 bytes, with one canonical number in its second half, so a
 * valid one has no twin. The length is checked here, because the JDK ignores bytes that follow; the
 * number is checked by the JDK.
 */
final class EdDsa extends Algorithm {
  private static final String CURVE = NamedParameterSpec.ED25519.getName();
  private static final int POINT_BYTES = 32;
  private static final int SIGNATURE_BYTES = 64;

  /** The field's prime and the curve's constant (RFC 8032, 5.1). */
  private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

  private static final BigInteger D =
      new BigInteger("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3", 16);

  private static final BigInteger ORDER_EIGHT =
      new BigInteger("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16);

  /** What the eight points of small order have as y; one signature fits any text under these. */
  private static final Set<BigInteger> WEAK =
      Set.of(
          BigInteger.ZERO,
          BigInteger.ONE,
          P.subtract(BigInteger.ONE),
          ORDER_EIGHT,
          P.subtract(ORDER_EIGHT));

  private final EdECPublicKey publicKey;
  private final @Nullable EdECPrivateKey privateKey;

  /**
   * Takes the halves.
   *
   * @throws IllegalArgumentException if a key is of another curve, or the public key is no point of
   *     Ed25519 that a key can be
   */
  EdDsa(EdECPublicKey publicKey, @Nullable EdECPrivateKey privateKey) {
    super("EdDSA", "Ed25519");
    requireCurve("public", publicKey.getParams());
    requirePoint(publicKey.getPoint());
    if (privateKey != null) {
      requireCurve("private", privateKey.getParams());
    }
    this.publicKey = publicKey;
    this.privateKey = privateKey;
  }

  private static void requireCurve(String half, NamedParameterSpec curve) {
    if (!CURVE.equalsIgnoreCase(curve.getName())) {
      throw new IllegalArgumentException(
          half + " key of EdDSA must be of the curve Ed25519, was of " + curve.getName());
    }
  }

  private static void requirePoint(EdECPoint point) {
    BigInteger y = point.getY();
    if (y.signum() < 0 || y.compareTo(P) >= 0 || WEAK.contains(y) || !isOnCurve(y)) {
      throw new IllegalArgumentException(
          "public key of EdDSA must be a point of the curve Ed25519, and of no small order");
    }
  }

  /** Returns whether (y² - 1) / (d·y² + 1) is a square, so that the point has an x. */
  private static boolean isOnCurve(BigInteger y) {
    BigInteger square = y.multiply(y);
    BigInteger divisor = D.multiply(square).add(BigInteger.ONE).mod(P);
    BigInteger x2 = square.subtract(BigInteger.ONE).multiply(divisor.modInverse(P)).mod(P);
    return x2.modPow(P.shiftRight(1), P).equals(BigInteger.ONE);
  }

  /**
   * Returns the public key as RFC 8032 writes it: y in little endian, with the sign of x on top.
   */
  static byte[] encoded(EdECPublicKey key) {
    byte[] bigEndian = JwkSet.unsigned(key.getPoint().getY(), POINT_BYTES);
    byte[] encoded = new byte[POINT_BYTES];
    for (int i = 0; i < POINT_BYTES; i++) {
      encoded[i] = bigEndian[POINT_BYTES - 1 - i];
    }
    if (key.getPoint().isXOdd()) {
      encoded[POINT_BYTES - 1] |= (byte) 0x80;
    }
    return encoded;
  }

  @Override
  public void verify(DecodedJWT jwt) {
    String text = jwt.getHeader() + '.' + jwt.getPayload();
    boolean valid;
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(jwt.getSignature());
      Signature signature = Signature.getInstance(CURVE);
      signature.initVerify(publicKey);
      signature.update(text.getBytes(StandardCharsets.US_ASCII));
      valid = bytes.length == SIGNATURE_BYTES && signature.verify(bytes);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new SignatureVerificationException(this, e);
    }
    if (!valid) {
      throw new SignatureVerificationException(this);
    }
  }

  @Override
  public byte[] sign(byte[] content) {
    if (privateKey == null) {
      throw new SignatureGenerationException(
          this, new InvalidKeyException("a public key alone cannot sign"));
    }
    try {
      Signature signature = Signature.getInstance(CURVE);
      signature.initSign(privateKey);
      signature.update(content);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new SignatureGenerationException(this, e);
    }
  }
}
