package io.doorward.benchmarks;

import io.doorward.auth.password.Password;

/** The users that every contender has. All have the same password, and so one hash. */
final class Users {
  static final Password PASSWORD = Password.of("correct horse battery staple");

  private Users() {}

  static String email(int number) {
    return "user" + number + "@example.org";
  }
}
