package io.doorward.auth.password;

import io.doorward.auth.password.PasswordHasher.UnreadableHash;
import io.doorward.auth.password.PasswordHasher.UnreadableHash.Cause;
import java.util.Optional;

/**
 * The result of reading a stored hash: either the hash, or why it can match no password.
 *
 * @param hash what a password can be compared with
 * @param problem why there is none
 */
record HashReading(Optional<StoredHash> hash, Optional<UnreadableHash> problem) {
  static HashReading of(StoredHash hash) {
    return new HashReading(Optional.of(hash), Optional.empty());
  }

  static HashReading unknown(String detail) {
    return unreadable(Cause.UNKNOWN_SCHEME, detail);
  }

  static HashReading malformed(String detail) {
    return unreadable(Cause.MALFORMED, detail);
  }

  static HashReading tooCostly(String detail) {
    return unreadable(Cause.TOO_COSTLY, detail);
  }

  static HashReading unreadable(Cause cause, String detail) {
    return new HashReading(Optional.empty(), Optional.of(new UnreadableHash(cause, detail)));
  }
}
