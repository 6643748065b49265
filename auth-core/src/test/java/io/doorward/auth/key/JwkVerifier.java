package io.doorward.auth.key;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;

/** Verifies a token as a service does that has nothing but the document: by the JDK alone. */
final class JwkVerifier {
  /** What stands in front of the 32 bytes in an X.509 key of Ed25519 (RFC 8410, 4). */
  private static final String ED25519_PREFIX = "302a300506032b6570032100";

  private JwkVerifier() {}

  static boolean verifies(Map<String, String> jwk, String token) {
    int dot = token.lastIndexOf('.');
    try {
      Signature signature =
          Signature.getInstance(
              switch (jwk.get("alg")) {
                case "RS256" -> "SHA256withRSA";
                case "ES256" -> "SHA256withECDSAinP1363Format";
                case "EdDSA" -> "Ed25519";
                default -> throw new IllegalArgumentException(jwk.get("alg"));
              });
      signature.initVerify(key(jwk));
      signature.update(token.substring(0, dot).getBytes(StandardCharsets.US_ASCII));
      return signature.verify(Base64.getUrlDecoder().decode(token.substring(dot + 1)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PublicKey key(Map<String, String> jwk) throws GeneralSecurityException {
    return switch (jwk.get("kty")) {
      case "RSA" ->
          KeyFactory.getInstance("RSA")
              .generatePublic(new RSAPublicKeySpec(number(jwk, "n"), number(jwk, "e")));
      case "EC" -> {
        AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
        curve.init(new ECGenParameterSpec("secp256r1"));
        yield KeyFactory.getInstance("EC")
            .generatePublic(
                new ECPublicKeySpec(
                    new ECPoint(number(jwk, "x"), number(jwk, "y")),
                    curve.getParameterSpec(ECParameterSpec.class)));
      }
      default -> {
        String x = HexFormat.of().formatHex(Base64.getUrlDecoder().decode(jwk.get("x")));
        yield KeyFactory.getInstance("Ed25519")
            .generatePublic(new X509EncodedKeySpec(HexFormat.of().parseHex(ED25519_PREFIX + x)));
      }
    };
  }

  private static BigInteger number(Map<String, String> jwk, String name) {
    return new BigInteger(1, Base64.getUrlDecoder().decode(jwk.get(name)));
  }
}
