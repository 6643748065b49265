package io.doorward.auth.password;

import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;

/** Argon2id through Spring Security Crypto. */
final class StandardPasswordHasher implements PasswordHasher {
  private final Argon2PasswordEncoder argon2 = new Argon2PasswordEncoder(16, 32, 1, 19_456, 2);

  @Override
  public PasswordHash hash(Password password) {
    return PasswordHash.of(argon2.encode(password.reveal()));
  }

  @Override
  public boolean matches(Password password, PasswordHash hash) {
    return argon2.matches(password.reveal(), hash.reveal());
  }

  @Override
  public boolean isOutdated(PasswordHash hash) {
    return argon2.upgradeEncoding(hash.reveal());
  }
}
