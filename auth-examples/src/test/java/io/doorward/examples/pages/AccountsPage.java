package io.doorward.examples.pages;

import io.doorward.auth.Admin.ListResult;
import io.doorward.auth.AuthService;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.TenantId;
import java.util.Optional;

/** What docs/accounts.md shows. */
final class AccountsPage {
  private AccountsPage() {}

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
