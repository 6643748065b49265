package io.doorward.auth.key;

import io.doorward.auth.base.LoginId;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/**
 * Gives login identifiers and client networks the names under which they appear outside the
 * database: a keyed hash (HMAC-SHA-256, RFC 2104, cut to 128 bits), so that a reader of Redis can
 * neither tell nor test whose entry it is.
 *
 * <p>Immutable and thread-safe. While an index key is being rotated, one identifier has one name
 * under each key of the ring: look-ups use the current one, revoking and counting act on all.
 */
public final class LoginIndex {
  private static final String MAC = "HmacSHA256";
  private static final int NAME_BYTES = 16;

  private final List<SecretKey> keys;

  /** Takes the keys, current first. */
  LoginIndex(List<SecretKey> keys) {
    this.keys = List.copyOf(keys);
  }

  /**
   * Returns the name under the current key.
   *
   * @param namespace keeps applications that share a Redis apart
   * @param loginId canonical
   * @return 22 characters of {@code A-Z a-z 0-9 _ -}
   */
  public String name(String namespace, LoginId loginId) {
    return name(keys.get(0), namespace, loginId);
  }

  /**
   * Returns the names under every key of the ring.
   *
   * @param namespace keeps applications that share a Redis apart
   * @param loginId canonical
   * @return the names, the current one first
   */
  public List<String> names(String namespace, LoginId loginId) {
    return keys.stream().map(key -> name(key, namespace, loginId)).toList();
  }

  /**
   * Returns the names of a client's network under every key of the ring. A network address is
   * personal data too; its names are equal to no login identifier's.
   *
   * @param namespace keeps applications that share a Redis apart
   * @param network as {@link io.doorward.auth.base.ClientContext#network()} gives it
   * @return the names, the current one first
   */
  public List<String> networkNames(String namespace, String network) {
    return keys.stream().map(key -> hash(key, "network", namespace, network)).toList();
  }

  private static String name(SecretKey key, String namespace, LoginId loginId) {
    return hash(key, "login", namespace, loginId.tenant().value(), loginId.value());
  }

  private static String hash(SecretKey key, String... parts) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(key);
      byte[] full = mac.doFinal(Sealer.encode(parts));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(Arrays.copyOf(full, NAME_BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256 must be available", e);
    }
  }

  /** Returns a text without keys. */
  @Override
  public String toString() {
    return "LoginIndex[keys=" + keys.size() + "]";
  }
}
