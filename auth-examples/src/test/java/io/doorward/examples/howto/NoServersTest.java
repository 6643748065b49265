package io.doorward.examples.howto;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.TokenStore;
import org.junit.jupiter.api.Test;

/** What docs/howto/testing.md shows: a test without a server. */
class NoServersTest {
  @Test
  void aWrongPasswordIsRejected() {
    AccountStore accounts = AccountStore.inMemory();
    try (AuthService auth =
        AuthService.builder(accounts, TokenStore.inMemory(accounts), KeyRing.ephemeral()).build()) {
      ClientContext client = ClientContext.unknown();
      auth.signUp("ada@example.org", "a long enough pass phrase", client);

      assertThat(auth.login("ada@example.org", "another pass phrase", client))
          .isInstanceOf(LoginResult.Rejected.class);
    }
  }
}
