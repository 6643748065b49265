package io.doorward.examples.pages;

import io.doorward.auth.Admin.ListResult;
import io.doorward.auth.AuthService;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.password.Password;
import java.time.Duration;
import java.util.Optional;

/** What docs/accounts.md shows. */
final class AccountsPage {
  private AccountsPage() {}

  static int reset(AuthService auth, AccountId account, String field) {
    Optional<Password> next = Password.parse(field);
    return next.isEmpty()
        ? 400
        : auth.recovery()
            .setPassword(account, next.get(), Deadline.after(Duration.ofSeconds(5)))
            .match(changed -> 204, unknown -> 404, passwordRefused -> 400, unavailable -> 503);
  }

  static void listed(AuthService auth, Deadline deadline) {
    Optional<AccountId> next = Optional.empty();
    do {
      ListResult page = auth.admin().list(TenantId.DEFAULT, next, 100, deadline);
      if (!(page instanceof ListResult.Listed listed)) {
        break; // Unavailable: go on after `next` later.
      }
      listed.accounts().forEach(account -> System.out.println(account.id()));
      next = listed.next();
    } while (next.isPresent());
  }
}
