package io.doorward.auth.key;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.LoginId;
import io.doorward.auth.key.KeyRegistry.KeyFingerprint;
import io.doorward.auth.key.KeyRegistry.KeyFingerprint.Purpose;
import java.lang.invoke.MethodHandles;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * All keys of an application, by purpose: signing keys for access tokens, sealing keys for what
 * lies in Redis, index keys that hide login identifiers. Of each purpose the first added key is the
 * current one; the others are accepted while a rotation is under way.
 *
 * <p>Thread-safe. Its keys stay the same unless {@link #replaceBy} is called, which exchanges all
 * of them in one step; everything that was given the ring follows. Every node of an application
 * needs the same keys; nodes on one database find it out at the start if they have different ones.
 *
 * <p>Security: keys are used for one purpose only; refresh tokens have keys of their own, which are
 * derived from the sealing keys. Keys cannot be read back and are never printed.
 */
public final class KeyRing {
  private static final int KEY_BYTES = KeyRules.KEY_BYTES;

  /** All keys at one moment. It is read once by each method, so no two keys are of two moments. */
  private volatile Keys keys;

  private final Object replacing = new Object();

  private KeyRing(Builder builder) {
    this.keys = new Keys(builder);
  }

  /** The keys, and what is made of them. Immutable and thread-safe. */
  private static final class Keys {
    private final SigningKey current;
    private final Map<String, SigningKey> signing;
    private final Sealer sealer;
    private final LoginIndex loginIndex;
    private final RefreshKeys refreshKeys;
    private final boolean ephemeral;
    private final List<KeyFingerprint> fingerprints;
    private final JwkSet jwks;

    Keys(Builder builder) {
      this.current = builder.signing.values().iterator().next();
      this.signing = Map.copyOf(builder.signing);
      Map.Entry<String, SecretKey> seal = builder.sealing.entrySet().iterator().next();
      this.sealer = new Sealer(seal.getKey(), seal.getValue(), builder.sealing);
      this.loginIndex = new LoginIndex(new ArrayList<>(builder.index.values()));
      this.refreshKeys = new RefreshKeys(seal.getKey(), builder.sealing);
      this.ephemeral = builder.ephemeral;
      this.fingerprints = fingerprints(builder);
      this.jwks =
          new JwkSet(builder.signing.values().stream().flatMap(key -> key.jwk().stream()).toList());
    }
  }

  private static List<KeyFingerprint> fingerprints(Builder builder) {
    List<KeyFingerprint> all = new ArrayList<>();
    builder.signing.forEach((id, key) -> add(all, Purpose.SIGNING, id, key.shown()));
    builder.sealing.forEach(
        (id, key) -> add(all, Purpose.SEALING, id, KeyHashes.shown(key.getEncoded(), "sealing")));
    builder.index.forEach(
        (id, key) -> add(all, Purpose.INDEX, id, KeyHashes.shown(key.getEncoded(), "index")));
    return List.copyOf(all);
  }

  private static void add(List<KeyFingerprint> all, Purpose purpose, String id, String value) {
    boolean current = all.stream().noneMatch(key -> key.purpose() == purpose);
    all.add(new KeyFingerprint(purpose, id, value, current));
  }

  /**
   * Derives a ring from one secret, see {@link Builder#secret}. The simplest way to configure an
   * application.
   *
   * @param id names all three keys; 1 to 32 characters of {@code A-Z a-z 0-9 _ -}
   * @param secret at least 32 random bytes, for instance from {@code openssl rand 32}; not a
   *     password
   * @return the ring
   * @throws IllegalArgumentException if the secret is shorter or obviously not random
   */
  public static KeyRing ofSecret(String id, byte[] secret) {
    return builder().secret(id, secret).build();
  }

  /**
   * Creates a ring that exists only in this process, for tests and demonstrations: after a restart
   * every token is refused and every stored value is a miss.
   *
   * @return the ring
   */
  public static KeyRing ephemeral() {
    byte[] secret = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(secret);
    Builder builder = builder().secret("ephemeral", secret);
    builder.ephemeral = true;
    return builder.build();
  }

  /**
   * Returns whether the ring ends with this process.
   *
   * @return true for one that {@link #ephemeral()} made
   */
  public boolean isEphemeral() {
    return keys.ephemeral;
  }

  /**
   * Starts a ring of separate keys.
   *
   * @return an empty builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Replaces all keys by those of another ring, in one step. Everything that was given this ring
   * follows at its next use: what was signed or sealed by a key that is gone is refused from then
   * on, also where it has passed before.
   *
   * <p>Other nodes need the same keys soon: put a new key last on all of them before it comes first
   * on any.
   *
   * @param next has the keys; is not changed and not kept
   * @return false if it has the same keys in the same order
   * @throws IllegalArgumentException if a key of it has the id of one here and other bytes, or one
   *     of the rings ends with this process and the other does not; then nothing has changed
   */
  public boolean replaceBy(KeyRing next) {
    Keys after = next.keys;
    synchronized (replacing) {
      if (keys.ephemeral != after.ephemeral) {
        throw new IllegalArgumentException(
            "keys that end with the process must not take the place of others, nor others theirs");
      }
      KeyRules.requireSameKeys(keys.fingerprints, after.fingerprints);
      boolean changes = !keys.fingerprints.equals(after.fingerprints);
      if (changes) {
        keys = after;
      }
      return changes;
    }
  }

  /**
   * Returns the fingerprints of the keys, for {@link KeyRegistry}.
   *
   * @return one for each key; of each purpose the current one first
   */
  public List<KeyFingerprint> fingerprints() {
    return keys.fingerprints;
  }

  /**
   * Returns the key that signs new tokens.
   *
   * @return the current signing key
   */
  public SigningKey signingKey() {
    return keys.current;
  }

  /**
   * Finds the key that a token names.
   *
   * @param id the token's {@code kid}, as received
   * @return the key; empty if it is not in the ring
   */
  public Optional<SigningKey> signingKey(String id) {
    return Optional.ofNullable(keys.signing.get(id));
  }

  /**
   * Returns the public keys by which others verify access tokens (RFC 7517): those of RS256, ES256
   * and EdDSA, also the ones that only verify here. Keys of HS256 are secrets and never in it.
   *
   * @return the keys in the order of the ring; none if all are of HS256
   */
  public JwkSet jwks() {
    return keys.jwks;
  }

  /**
   * Returns the sealer of stored values.
   *
   * @return the sealer over all sealing keys
   */
  public Sealer sealer() {
    return keys.sealer;
  }

  /**
   * Returns the index that hashes login identifiers.
   *
   * @return the index over all index keys
   */
  public LoginIndex loginIndex() {
    return keys.loginIndex;
  }

  /**
   * Returns the key under which new refresh tokens are given out.
   *
   * @return the name of the current sealing key
   */
  public String refreshKeyId() {
    return keys.refreshKeys.currentId();
  }

  /**
   * Computes the authentication code of a refresh token, by HMAC-SHA-256 under a key that is
   * derived from a sealing key. A sealing key, because every node has the whole of it (of an ES256
   * key some have the public half only), and because a session in Redis ends with its sealing key
   * as well. Only this library may call it: a code is as good as a refresh token.
   *
   * @param keyId the name of a sealing key, as received
   * @param caller proves that the issuer of refresh tokens is the caller
   * @param parts what is authenticated; no two lists of parts give the same bytes
   * @return 32 bytes; empty if the ring does not have the key
   * @throws IllegalArgumentException if another class calls
   */
  public Optional<byte[]> refreshMac(String keyId, MethodHandles.Lookup caller, String... parts) {
    return keys.refreshKeys.mac(keyId, caller, parts);
  }

  /** Returns the names of the signing keys. */
  @Override
  public String toString() {
    Keys now = keys;
    return "KeyRing[current=" + now.current + ", signing=" + now.signing.keySet() + "]";
  }

  /**
   * Gives login identifiers and client networks the names under which they appear outside the
   * database: a keyed hash (HMAC-SHA-256, RFC 2104, cut to 128 bits), so that a reader of Redis can
   * neither tell nor test whose entry it is.
   *
   * <p>Immutable and thread-safe. While an index key is being rotated, one identifier has one name
   * under each key of the ring: look-ups use the current one, revoking and counting act on all.
   */
  public static final class LoginIndex {
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

  /** Collects keys. Not thread-safe. */
  public static final class Builder {
    private boolean ephemeral;
    private final Map<String, SigningKey> signing = new LinkedHashMap<>();
    private final Map<String, SecretKey> sealing = new LinkedHashMap<>();
    private final Map<String, SecretKey> index = new LinkedHashMap<>();
    private final Set<String> fingerprints = new HashSet<>();

    private Builder() {}

    /**
     * Adds three keys that are derived from one secret by HKDF (RFC 5869) with SHA-256: one that
     * signs (HS256), one that seals and one that names. Call it again with an earlier secret, after
     * the present one, while a rotation is under way.
     *
     * @param id names all three keys; 1 to 32 characters of {@code A-Z a-z 0-9 _ -}
     * @param secret at least 32 random bytes; not a password
     * @return this
     * @throws IllegalArgumentException if the secret is shorter or obviously not random, or a key
     *     of that name was added before
     */
    public Builder secret(String id, byte[] secret) {
      KeyRules.requireRandom("secret", requireNonNull(secret, "secret"), KEY_BYTES);
      return signing(SigningKey.hs256(id, KeyHashes.derive(secret, "doorward signing HS256")))
          .sealing(id, KeyHashes.derive(secret, "doorward sealing AES-256-GCM"))
          .index(id, KeyHashes.derive(secret, "doorward index HMAC-SHA-256"));
    }

    /**
     * Adds a signing key. The first one signs, all verify.
     *
     * @param key the key
     * @return this
     * @throws IllegalArgumentException if a key of that name, or the same key, was added before
     */
    public Builder signing(SigningKey key) {
      requireNew(signing.containsKey(key.id()), key.id());
      KeyRules.requireNoTwin(key, signing.values());
      key.fingerprint().ifPresent(this::requireUnused);
      signing.put(key.id(), key);
      return this;
    }

    /**
     * Adds a sealing key (AES-256). The first one seals, all open.
     *
     * @param id names it inside sealed values
     * @param key exactly 32 random bytes; copied
     * @return this
     * @throws IllegalArgumentException if it has another length, is obviously not random, or a key
     *     of that name or with the same bytes was added before
     */
    public Builder sealing(String id, byte[] key) {
      KeyRules.requireExact("sealing key", key);
      requireNew(sealing.containsKey(KeyRules.requireKeyId(id)), id);
      requireUnused(KeyHashes.fingerprint(key));
      sealing.put(id, new SecretKeySpec(key, "AES"));
      return this;
    }

    /**
     * Adds an index key (HMAC-SHA-256). The first one names new entries; fences act on the names
     * under all.
     *
     * @param id tells keys apart in messages
     * @param key exactly 32 random bytes; copied
     * @return this
     * @throws IllegalArgumentException if it has another length, is obviously not random, or a key
     *     of that name was added before
     */
    public Builder index(String id, byte[] key) {
      KeyRules.requireExact("index key", key);
      requireNew(index.containsKey(KeyRules.requireKeyId(id)), id);
      requireUnused(KeyHashes.fingerprint(key));
      index.put(id, new SecretKeySpec(key, "HmacSHA256"));
      return this;
    }

    /**
     * Builds the ring.
     *
     * @return the ring
     * @throws IllegalStateException if a purpose has no key, or the current signing key cannot sign
     */
    public KeyRing build() {
      if (signing.isEmpty() || sealing.isEmpty() || index.isEmpty()) {
        throw new IllegalStateException(
            "a key ring needs at least one key of each purpose, has signing="
                + signing.size()
                + " sealing="
                + sealing.size()
                + " index="
                + index.size());
      }
      if (!signing.values().iterator().next().canSign()) {
        throw new IllegalStateException(
            "the first signing key must have its private half, it signs: " + signing.keySet());
      }
      return new KeyRing(this);
    }

    private static void requireNew(boolean isKnown, String id) {
      if (isKnown) {
        throw new IllegalArgumentException(
            "key id must be unique among keys of one purpose: " + id);
      }
    }

    private void requireUnused(String fingerprint) {
      if (!fingerprints.add(fingerprint)) {
        throw new IllegalArgumentException(
            "key must not be used twice: another id or purpose has the same bytes; draw one for"
                + " each, or derive them all with secret(id, bytes)");
      }
    }
  }
}
