package io.doorward.examples.howto;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Names.NameAddResult;
import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.TenantId;
import java.time.Duration;
import java.util.Optional;

/** What docs/howto/bring-your-users.md shows. */
final class BringYourUsers {
  private final AuthService auth;

  BringYourUsers(AuthService auth) {
    this.auth = auth;
  }

  /** Remembers which customer an account is of. */
  NameAddResult link(SignUpResult.Created created, String customerNumber) {
    ExternalId customer = new ExternalId(TenantId.DEFAULT, customerNumber);
    return auth.admin()
        .setExternalId(created.account(), customer, Deadline.after(Duration.ofSeconds(5)));
  }

  /** From your table to the account. */
  Optional<Account> accountOf(String customerNumber) {
    ExternalId customer = new ExternalId(TenantId.DEFAULT, customerNumber);
    return auth.admin()
        .find(customer, Deadline.after(Duration.ofSeconds(5)))
        .match(
            found -> Optional.of(found.account()),
            unknown -> Optional.empty(),
            unavailable -> {
              throw new IllegalStateException("try again in " + unavailable.retryAfter());
            });
  }

  /** From the account of a request to your table. */
  Optional<String> customerOf(AccountId account) {
    return auth.admin()
        .find(account, Deadline.after(Duration.ofSeconds(5)))
        .match(
            found -> found.account().externalId().map(ExternalId::value),
            unknown -> Optional.empty(),
            unavailable -> {
              throw new IllegalStateException("try again in " + unavailable.retryAfter());
            });
  }
}
