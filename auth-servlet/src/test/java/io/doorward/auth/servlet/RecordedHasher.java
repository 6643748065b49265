package io.doorward.auth.servlet;

import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.testkit.TestSecrets;

/** The real hasher at its lowest cost. Every hash that it makes is a recorded secret. */
final class RecordedHasher implements PasswordHasher {
  private final PasswordHasher real = PasswordHasher.argon2id(12_288, 3, 1);

  @Override
  public PasswordHash hash(Password password) {
    return TestSecrets.record(real.hash(password));
  }

  @Override
  public boolean matches(Password password, PasswordHash hash) {
    return real.matches(password, hash);
  }

  @Override
  public boolean isOutdated(PasswordHash hash) {
    return real.isOutdated(hash);
  }
}
