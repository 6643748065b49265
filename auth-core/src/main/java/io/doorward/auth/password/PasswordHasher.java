package io.doorward.auth.password;

/**
 * Turns passwords into hashes and compares the two. Slow on purpose; callers go through {@code
 * BoundedHasher}, which limits how much of it runs at once.
 *
 * <p>Implementations must be thread-safe. Security: a hash that is malformed, of an unknown scheme
 * or of a cost beyond the accepted range matches nothing and costs no more than an ordinary one; a
 * password is never cut to what a scheme can hold.
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
   * Tells whether a stored hash should be replaced, because its scheme or cost is not the present
   * one.
   *
   * @param hash as stored
   * @return true if the password should be hashed anew at the next successful login
   */
  boolean isOutdated(PasswordHash hash);

  /**
   * Returns the hasher with Doorward's defaults: Argon2id (RFC 9106) with 19,456 KiB, two passes
   * and one lane for new hashes; Argon2, bcrypt, scrypt and PBKDF2 are verified.
   *
   * @return the hasher
   */
  static PasswordHasher standard() {
    return new StandardPasswordHasher();
  }
}
