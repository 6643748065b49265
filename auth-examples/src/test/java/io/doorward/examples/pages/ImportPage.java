package io.doorward.examples.pages;

import io.doorward.auth.AuthService;
import io.doorward.auth.ImportOptions;
import io.doorward.auth.ImportResult;
import io.doorward.auth.account.ImportedAccount;
import io.doorward.auth.base.Deadline;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** What docs/import.md shows. */
final class ImportPage {
  private ImportPage() {}

  /** A row of the other system. */
  record Customer(
      String number, String mail, String password, List<String> groups, Instant since) {}

  static ImportResult bring(AuthService auth, Stream<Customer> customers, PrintStream rejects) {
    ImportOptions options =
        ImportOptions.refused(
                it -> rejects.println(it.number() + " " + it.reason() + ": " + it.detail()))
            .withProgress(it -> System.out.println(it.read() + " accounts are read"));
    Stream<ImportedAccount> accounts =
        customers.map(
            customer ->
                ImportedAccount.builder()
                    .email(customer.mail())
                    .hash(customer.password())
                    .roles(customer.groups())
                    .externalId(customer.number())
                    .createdAt(customer.since())
                    .build());
    ImportResult result =
        auth.admin().importAccounts(accounts, options, Deadline.after(Duration.ofHours(2)));
    return result;
  }
}
