package io.doorward.examples.pages;

import io.doorward.auth.AuthService;
import io.doorward.auth.Budgets;
import io.doorward.auth.Capacity;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.session.TokenStore;

/** What docs/login.md shows. */
final class LoginPage {
  private LoginPage() {}

  static AuthService withNumbers(AccountStore accounts, TokenStore sessions, KeyRing keys) {
    AuthService auth =
        AuthService.builder(accounts, sessions, keys)
            .capacity(Capacity.defaults().withHashing(2, 16).withLoginReads(3, 256))
            .budgets(Budgets.defaults().withSignUps(20, 1_000))
            .build();
    return auth;
  }
}
