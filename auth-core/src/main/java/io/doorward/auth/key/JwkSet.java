package io.doorward.auth.key;

import static java.util.stream.Collectors.joining;

import java.math.BigInteger;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The public keys by which others verify access tokens: a JWK Set (RFC 7517). Immutable and
 * thread-safe.
 *
 * <p>Security: it is made of public halves only. A key of HS256 is a secret and never in it, so a
 * ring of such keys gives an empty set. A signature does not tell whether the session still lives.
 */
public final class JwkSet {
  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

  private final List<Map<String, String>> keys;

  /** Takes the keys in the order in which they are shown. */
  JwkSet(List<Map<String, String>> keys) {
    this.keys = List.copyOf(keys);
  }

  /**
   * Returns the keys, for a JSON writer of the caller's: they are the member {@code keys} of the
   * document.
   *
   * @return one for each public signing key of the ring, in the order of the ring; each has {@code
   *     kty}, the numbers of its kind, {@code kid}, {@code alg} and {@code use}
   */
  public List<Map<String, String>> keys() {
    return keys;
  }

  /**
   * Returns the document, of the media type {@code application/jwk-set+json}.
   *
   * @return JSON in ASCII, on one line
   */
  public String json() {
    // Names of keys are plain, and all else is base64url or a constant: nothing needs an escape.
    return keys.stream()
        .map(
            key ->
                key.entrySet().stream()
                    .map(it -> '"' + it.getKey() + "\":\"" + it.getValue() + '"')
                    .collect(joining(",", "{", "}")))
        .collect(joining(",", "{\"keys\":[", "]}"));
  }

  /** Returns one key in the order in which RFC 7517 shows its members. */
  static Map<String, String> jwk(Map<String, String> kind, String id, String algorithm) {
    Map<String, String> jwk = new LinkedHashMap<>(kind);
    jwk.put("kid", id);
    jwk.put("alg", algorithm);
    jwk.put("use", "sig");
    return Collections.unmodifiableMap(jwk);
  }

  /** Returns what only keys of one kind have, in the order of their names. */
  static Map<String, String> kind(String type, Map<String, String> numbers) {
    Map<String, String> kind = new LinkedHashMap<>();
    kind.put("kty", type);
    kind.putAll(new TreeMap<>(numbers));
    return kind;
  }

  static String base64url(BigInteger number) {
    return base64url(unsigned(number, (number.bitLength() + 7) / 8));
  }

  static String base64url(byte[] bytes) {
    return BASE64URL.encodeToString(bytes);
  }

  /** Writes a number in big endian without its sign. */
  static byte[] unsigned(BigInteger number, int length) {
    byte[] signed = number.toByteArray();
    byte[] bytes = new byte[length];
    int used = Math.min(signed.length, length);
    System.arraycopy(signed, signed.length - used, bytes, length - used, used);
    return bytes;
  }

  /** Returns how many keys there are. */
  @Override
  public String toString() {
    return "JwkSet[keys=" + keys.size() + "]";
  }
}
