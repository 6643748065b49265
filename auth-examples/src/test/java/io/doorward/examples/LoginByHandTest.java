package io.doorward.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.session.TokenStore;
import java.net.InetAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The lines that the README begins with. */
final class LoginByHandTest {
  private static final String EMAIL = "ada@example.org";
  private static final String PASSWORD = "a long enough pass phrase";
  private static final InetAddress ADDRESS = InetAddress.getLoopbackAddress();

  private final AccountStore accounts = AccountStore.inMemory();
  private final AuthService auth =
      AuthService.builder(accounts, TokenStore.inMemory(accounts), KeyRing.ephemeral()).build();

  @BeforeEach
  void signUp() {
    auth.signUp(EMAIL, PASSWORD, ClientContext.unknown());
  }

  @AfterEach
  void close() {
    auth.close();
  }

  @Test
  void theRightPasswordIs200() {
    assertThat(LoginByHand.logIn(auth, EMAIL, PASSWORD, ADDRESS)).isEqualTo(200);
  }

  @Test
  void aWrongPasswordAndAnUnknownAddressAre401() {
    assertThat(LoginByHand.logIn(auth, EMAIL, "a wrong pass phrase", ADDRESS)).isEqualTo(401);
    assertThat(LoginByHand.logIn(auth, "eve@example.org", PASSWORD, ADDRESS)).isEqualTo(401);
  }

  @Test
  void whatCannotBeAnAddressOrAPasswordIs401() {
    assertThat(LoginByHand.logIn(auth, "ada", PASSWORD, ADDRESS)).isEqualTo(401);
    assertThat(LoginByHand.logIn(auth, EMAIL, "", ADDRESS)).isEqualTo(401);
  }

  @Test
  void tooManyGuessesAre429() {
    for (int guess = 0; guess < 5; guess++) {
      LoginByHand.logIn(auth, EMAIL, "a wrong pass phrase", ADDRESS);
    }

    assertThat(LoginByHand.logIn(auth, EMAIL, PASSWORD, ADDRESS)).isEqualTo(429);
  }
}
