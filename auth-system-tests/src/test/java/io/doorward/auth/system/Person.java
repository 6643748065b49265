package io.doorward.auth.system;

import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.Password;
import io.doorward.auth.testkit.TestSecrets;
import java.util.UUID;

/** Somebody whom no other test knows, and the password that they type. */
record Person(LoginId loginId, Password password) {
  static Person random() {
    return new Person(
        LoginId.email("person-" + UUID.randomUUID() + "@system.example"),
        TestSecrets.newPassword());
  }

  /** The same person, typing another password. */
  Person with(Password other) {
    return new Person(loginId, other);
  }

  /** The same person, typing a wrong password. */
  Person guessing() {
    return with(TestSecrets.newPassword());
  }
}
