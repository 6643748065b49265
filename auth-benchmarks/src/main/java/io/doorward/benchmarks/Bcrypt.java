package io.doorward.benchmarks;

import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

/**
 * bcrypt at its lowest cost, 4: a millisecond, far too cheap to protect a password. It lets the
 * rest of a login be seen.
 */
final class Bcrypt implements PasswordHasher {
  static final BCryptPasswordEncoder ENCODER = new BCryptPasswordEncoder(4);

  @Override
  public PasswordHash hash(Password password) {
    return PasswordHash.of(ENCODER.encode(password.reveal()));
  }

  @Override
  public boolean matches(Password password, PasswordHash hash) {
    return ENCODER.matches(password.reveal(), hash.reveal());
  }

  @Override
  public boolean isOutdated(PasswordHash hash) {
    return false;
  }
}
