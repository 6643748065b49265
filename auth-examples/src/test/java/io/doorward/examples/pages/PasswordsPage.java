package io.doorward.examples.pages;

import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.password.PasswordPolicy.Refusal;
import java.util.Optional;
import java.util.Set;

/** What docs/passwords.md shows. */
final class PasswordsPage {
  private static final Set<Password> BREACHED = Set.of(Password.of("correct horse battery staple"));

  private PasswordsPage() {}

  static PasswordPolicy withBreachedPasswords() {
    PasswordPolicy lengths = PasswordPolicy.defaults();
    PasswordPolicy policy =
        password -> {
          Optional<Refusal> refusal = lengths.refuse(password);
          return refusal.isEmpty() && breached(password) ? Optional.of(Refusal.COMMON) : refusal;
        };
    return policy;
  }

  private static boolean breached(Password password) {
    return BREACHED.contains(password);
  }
}
