package io.doorward.auth.key;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Seals values that lie in a place which is not trusted: AES-256-GCM (NIST SP 800-38D) with a
 * random nonce.
 *
 * <p>Thread-safe.
 *
 * <p>Security: an attacker without the key can neither read a value, change it, make one, nor move
 * one to another place, because the place is part of what is authenticated. A genuine value put
 * back into its own place later does open; what is inside must carry its own end. One key seals at
 * most 2<sup>32</sup> values.
 */
public final class Sealer {
  private static final String TRANSFORMATION = "AES/GCM/NoPadding";
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String currentId;
  private final SecretKey currentKey;
  private final Map<String, SecretKey> keys;

  /** Ciphers between two uses: to make one and to expand its key takes longer than a value does. */
  private final Queue<Cipher> idle =
      new ArrayBlockingQueue<>(2 * Runtime.getRuntime().availableProcessors());

  Sealer(String currentId, SecretKey currentKey, Map<String, SecretKey> keys) {
    this.currentId = currentId;
    this.currentKey = currentKey;
    this.keys = Map.copyOf(keys);
  }

  /**
   * Seals a value under the current key.
   *
   * @param plain the value
   * @param place where it will lie, for instance namespace, key name and format version; the same
   *     parts in the same order open it
   * @return key name, nonce and ciphertext
   */
  public byte[] seal(byte[] plain, String... place) {
    byte[] id = currentId.getBytes(StandardCharsets.US_ASCII);
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    try {
      byte[] sealed =
          run(Cipher.ENCRYPT_MODE, currentKey, nonce, place, cipher -> cipher.doFinal(plain));
      return ByteBuffer.allocate(1 + id.length + nonce.length + sealed.length)
          .put((byte) id.length)
          .put(id)
          .put(nonce)
          .put(sealed)
          .array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM must be available", e);
    }
  }

  /**
   * Opens a sealed value.
   *
   * @param sealed as {@link #seal} returned it
   * @param place where it lies
   * @return the value; empty if it is not one, was changed, was sealed for another place, or its
   *     key is not in the ring
   */
  public Optional<byte[]> open(byte[] sealed, String... place) {
    if (sealed.length == 0
        || sealed.length < 1 + sealed[0] + NONCE_BYTES + TAG_BITS / 8
        || sealed[0] < 1) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(sealed);
    byte[] id = new byte[in.get()];
    byte[] nonce = new byte[NONCE_BYTES];
    in.get(id).get(nonce);
    SecretKey key = keys.get(new String(id, StandardCharsets.US_ASCII));
    if (key == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          run(
              Cipher.DECRYPT_MODE,
              key,
              nonce,
              place,
              cipher -> cipher.doFinal(sealed, in.position(), in.remaining())));
    } catch (AEADBadTagException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM must be available", e);
    }
  }

  private byte[] run(int mode, SecretKey key, byte[] nonce, String[] place, Use use)
      throws GeneralSecurityException {
    Cipher kept = idle.poll();
    Cipher cipher = kept == null ? Cipher.getInstance(TRANSFORMATION) : kept;
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(encode(place));
    byte[] result = use.of(cipher);
    // One that failed is not kept, since nothing says in which state it is. If there are enough, it
    // is not kept either.
    boolean unused = idle.offer(cipher);
    return result;
  }

  /** What is done with a cipher that is ready. */
  @FunctionalInterface
  private interface Use {
    byte[] of(Cipher cipher) throws GeneralSecurityException;
  }

  /** Joins the parts so that no two lists of parts give the same bytes. */
  static byte[] encode(String... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String part : parts) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  /** Returns a text without keys. */
  @Override
  public String toString() {
    return "Sealer[current=" + currentId + ", keys=" + keys.size() + "]";
  }
}
