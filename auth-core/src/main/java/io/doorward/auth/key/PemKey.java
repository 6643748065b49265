package io.doorward.auth.key;

import static java.util.Objects.requireNonNull;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The halves of a signing key that stand in PEM text (RFC 7468).
 *
 * <p>Security: no message holds any of the text but a label that is one of those known here, and no
 * exception has a cause, because a parser may quote what it read.
 *
 * @param publicKey from the block {@code PUBLIC KEY}
 * @param privateKey from the block {@code PRIVATE KEY}; null if there is none
 */
record PemKey(PublicKey publicKey, @Nullable PrivateKey privateKey) {
  private static final String PUBLIC = "PUBLIC KEY";
  private static final String PRIVATE = "PRIVATE KEY";

  /** Longer than the text of both halves of a key of 8192 bits. */
  private static final int MAX_CHARS = 32_768;

  private static final String BEGIN = "-----BEGIN ";

  private static final Pattern BLOCK =
      Pattern.compile(BEGIN + "([A-Z0-9 ]{1,40})-----([^-]*+)-----END ([A-Z0-9 ]{1,40})-----");

  private static final Set<String> OTHERS =
      Set.of(
          "CERTIFICATE",
          "EC PARAMETERS",
          "EC PRIVATE KEY",
          "ENCRYPTED PRIVATE KEY",
          "OPENSSH PRIVATE KEY",
          "RSA PRIVATE KEY",
          "RSA PUBLIC KEY");

  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519");

  static PemKey read(String pem) {
    Map<String, byte[]> blocks = blocks(pem);
    byte[] publicPart = blocks.get(PUBLIC);
    if (publicPart == null) {
      throw new IllegalArgumentException(
          blocks.isEmpty()
              ? "PEM of a signing key must have a block PUBLIC KEY, had no block at all"
              : "PEM of a signing key must have a block PUBLIC KEY beside its PRIVATE KEY: add it"
                  + " by: openssl pkey -in key.pem -pubout >> key.pem");
    }
    byte[] privatePart = blocks.get(PRIVATE);
    return new PemKey(
        decode(
            PUBLIC,
            (factory, der) -> factory.generatePublic(new X509EncodedKeySpec(der)),
            publicPart),
        privatePart == null
            ? null
            : decode(
                PRIVATE,
                (factory, der) -> factory.generatePrivate(new PKCS8EncodedKeySpec(der)),
                privatePart));
  }

  private static Map<String, byte[]> blocks(String pem) {
    if (requireNonNull(pem, "pem").length() > MAX_CHARS) {
      throw new IllegalArgumentException(
          "PEM of a signing key must have at most "
              + MAX_CHARS
              + " characters, had "
              + pem.length());
    }
    Map<String, byte[]> blocks = new HashMap<>();
    Matcher block = BLOCK.matcher(pem);
    int begun = pem.split(BEGIN, -1).length - 1;
    while (block.find()) {
      begun--;
      String label = block.group(1);
      if (!label.equals(PUBLIC) && !label.equals(PRIVATE)) {
        throw new IllegalArgumentException(
            "PEM of a signing key must have blocks PUBLIC KEY and PRIVATE KEY only, had "
                + (OTHERS.contains(label) ? label : "another one")
                + ": write them by: openssl pkey -in old.pem -out key.pem && openssl pkey -in"
                + " old.pem -pubout >> key.pem");
      }
      if (!label.equals(block.group(3))) {
        throw new IllegalArgumentException(
            "PEM of a signing key must end a block by the label that it began with: " + label);
      }
      if (blocks.put(label, base64(label, block.group(2))) != null) {
        throw new IllegalArgumentException(
            "PEM of a signing key must have one block " + label + ", had two");
      }
    }
    if (begun > 0) {
      throw new IllegalArgumentException(
          "PEM of a signing key must have whole blocks only, had one that is cut off or holds what"
              + " no block may hold");
    }
    return blocks;
  }

  private static byte[] base64(String label, String body) {
    try {
      return Base64.getDecoder().decode(body.replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("PEM block " + label + " must hold base64");
    }
  }

  private static <T> T decode(String label, Decoder<T> decoder, byte[] der) {
    for (String algorithm : ALGORITHMS) {
      try {
        return decoder.decode(KeyFactory.getInstance(algorithm), der);
      } catch (GeneralSecurityException e) {
        // A key of another algorithm, which the next one may read.
      }
    }
    throw new IllegalArgumentException(
        "PEM block " + label + " must hold a key of RSA, EC on P-256 or Ed25519");
  }

  /** Makes the signing key of the one algorithm that fits. */
  SigningKey signingKey(String id) {
    if (publicKey instanceof RSAPublicKey rsa) {
      return SigningKey.rs256(id, rsa, half(RSAPrivateKey.class));
    }
    if (publicKey instanceof ECPublicKey ec) {
      return SigningKey.es256(id, ec, half(ECPrivateKey.class));
    }
    return SigningKey.eddsa(id, (EdECPublicKey) publicKey, half(EdECPrivateKey.class));
  }

  private <T extends PrivateKey> @Nullable T half(Class<T> type) {
    if (privateKey != null && !type.isInstance(privateKey)) {
      throw new IllegalArgumentException(
          "PEM blocks PUBLIC KEY and PRIVATE KEY must be halves of one key");
    }
    return type.cast(privateKey);
  }

  /** Reads one half. */
  private interface Decoder<T> {
    T decode(KeyFactory factory, byte[] der) throws GeneralSecurityException;
  }

  /** Returns the kind of key; not its numbers. */
  @Override
  public String toString() {
    return "PemKey[" + publicKey.getAlgorithm() + "]";
  }
}
