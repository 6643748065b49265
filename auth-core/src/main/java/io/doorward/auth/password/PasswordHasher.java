package io.doorward.auth.password;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * Hashes passwords and verifies them. Deliberately slow; the service calls it through {@code
 * BoundedHasher}, which limits concurrent hashing.
 *
 * <p>Implementations must be thread-safe. Security: a hash that is empty, malformed, of an unknown
 * scheme or of a cost beyond the accepted range matches no password and takes as long as a hash of
 * the present scheme and cost. A password is never truncated to the limit of a scheme.
 */
public interface PasswordHasher {
  /**
   * Hashes a new password with a fresh salt under the present scheme and cost.
   *
   * @param password the password in clear
   * @return the hash
   */
  PasswordHash hash(Password password);

  /**
   * Compares a password with a stored hash.
   *
   * @param password the password in clear
   * @param hash as stored
   * @return true only if the password is the one that was hashed; never throws for a bad hash
   */
  boolean matches(Password password, PasswordHash hash);

  /**
   * Returns whether a stored hash should be replaced, because it has another scheme or is weaker
   * than new ones. A stronger one is kept.
   *
   * @param hash as stored
   * @return true if the password should be hashed anew at the next successful login
   */
  boolean isOutdated(PasswordHash hash);

  /**
   * Returns why a stored hash can match no password, for operators. Logins with such a hash are
   * answered like a wrong password. Returns at once, without hashing.
   *
   * @param hash as stored
   * @return the reason; empty if a password can be compared with the hash or the hasher cannot
   *     tell, which is the default
   */
  default Optional<UnreadableHash> whyUnreadable(PasswordHash hash) {
    return Optional.empty();
  }

  /**
   * Returns a hasher that also verifies hashes of a form of another system's. Such a hash is
   * outdated: the first login that succeeds replaces it by one of this hasher.
   *
   * <p>Security: a password that does not match costs one comparison with the verifier's decoy more
   * than before, whatever hash the account has, so the response time does not tell such accounts
   * apart.
   *
   * @param legacy the form; asked before this hasher
   * @return the hasher
   */
  default PasswordHasher withLegacy(LegacyVerifier legacy) {
    return new LegacyPasswordHasher(this, legacy);
  }

  /**
   * Returns the hasher with Doorward's defaults: {@link #argon2id} with 19,456 KiB, two passes and
   * one lane.
   *
   * @return the hasher
   */
  static PasswordHasher standard() {
    return argon2id(19_456, 2, 1);
  }

  /**
   * Returns a hasher that creates Argon2id hashes (RFC 9106) of the given cost. It also verifies
   * hashes of Spring Security's encoders, with or without {@code {id}} in front: Argon2id, Argon2i
   * and Argon2d to 256 MiB and 4 GiB of memory times passes, whatever the lanes; bcrypt ({@code
   * 2a}, {@code 2b}, {@code 2x}, {@code 2y}) of cost 4 to 14; scrypt to 256 MiB; PBKDF2 of the
   * encoders {@code {pbkdf2}} and {@code {pbkdf2@SpringSecurity_v5_8}}. A hash is outdated unless
   * it is Argon2id of at least this memory and these passes.
   *
   * <p>Security: a password that does not match costs one comparison under each of the up to eight
   * schemes and costs that this hasher has seen, so that the response time reveals neither the hash
   * of an account nor whether the account exists. A match costs one comparison.
   *
   * @param memoryKib memory of one hash, up to 262,144 KiB; with one pass at least 47,104, with two
   *     19,456, with more 12,288, the least that OWASP recommends
   * @param passes 1 to 16
   * @param lanes 1 to 4; computed one after another
   * @return the hasher
   * @throws IllegalArgumentException if a number is out of range
   */
  static PasswordHasher argon2id(int memoryKib, int passes, int lanes) {
    return new StandardPasswordHasher(memoryKib, passes, lanes);
  }

  /**
   * Verifies stored hashes of one form that Doorward does not read, for accounts of another system.
   *
   * <p>Implementations must be thread-safe, and must not wait for anything: they run where hashing
   * is bounded. Security: compare in constant time, as {@link java.security.MessageDigest#isEqual}
   * does.
   */
  interface LegacyVerifier {
    /**
     * Returns whether a stored text is a hash of this form. Must be exact: no other verifier gets
     * to see a text that is recognised.
     *
     * @param encoded as stored; may be malformed, for it may have been planted
     * @return true if it is of this form, and can be compared at an acceptable cost
     */
    boolean recognises(String encoded);

    /**
     * Compares a password with a hash of this form.
     *
     * @param password the password in clear
     * @param encoded a text that is recognised
     * @return true only if the password is the one that was hashed; an exception counts as false
     */
    boolean matches(Password password, String encoded);

    /**
     * Returns a hash of the usual cost that is of no account, with which the others' passwords are
     * compared.
     *
     * @return always the same text, one that is recognised
     */
    String decoy();
  }

  /**
   * Why a stored hash can match no password. Immutable and thread-safe.
   *
   * <p>Security: holds names of schemes and numbers of costs. It holds nothing of a salt, of a
   * digest, or of a text that is none: that could be a password in clear.
   *
   * @param cause which kind of reason
   * @param detail the reason, for an operator
   */
  record UnreadableHash(Cause cause, String detail) {
    /** Which kind of reason. */
    public enum Cause {
      /** There is no text. */
      EMPTY,
      /** It is a hash of a scheme that is not read, or no hash at all. */
      UNKNOWN_SCHEME,
      /** It is of a scheme that is read, but not as that scheme's text form is defined. */
      MALFORMED,
      /** Comparing a password with it would cost more than is accepted. */
      TOO_COSTLY
    }

    /**
     * Checks the parts.
     *
     * @param cause see the type
     * @param detail see the type
     */
    public UnreadableHash {
      requireNonNull(cause, "cause");
      requireNonNull(detail, "detail");
    }
  }
}
