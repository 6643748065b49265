package io.doorward.examples;

import io.doorward.Doorward;
import io.doorward.auth.AuthService;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.key.KeyRing;

/** The shortest program that signs a user up and logs the user in. */
public final class FirstLogin {
  private FirstLogin() {}

  /**
   * Prints {@code Success}.
   *
   * @param args a JDBC URL of PostgreSQL, a URI of Redis
   */
  public static void main(String[] args) {
    String email = "ada@example.org";
    String password = "a long enough pass phrase";
    try (AuthService auth =
        Doorward.builder(args[0], args[1]).keys(KeyRing.ephemeral()).migrate().build()) {
      ClientContext client = ClientContext.unknown();
      auth.signUp(email, password, client);
      System.out.println(auth.login(email, password, client).getClass().getSimpleName());
    }
  }
}
