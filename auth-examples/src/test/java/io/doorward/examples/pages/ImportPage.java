package io.doorward.examples.pages;

import io.doorward.Doorward;
import io.doorward.auth.Admin.ImportOptions;
import io.doorward.auth.Admin.ImportResult;
import io.doorward.auth.AuthService;
import io.doorward.auth.account.ImportedAccount;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHasher;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  /** The hashes of the old shop: {@code sha256$salt$hex}. */
  static final class OldShopHashes implements PasswordHasher.LegacyVerifier {
    private static final Pattern FORM =
        Pattern.compile("sha256\\$(?<salt>[A-Za-z0-9]{1,32})\\$(?<digest>[0-9a-f]{64})");

    @Override
    public boolean recognises(String encoded) {
      return FORM.matcher(encoded).matches();
    }

    @Override
    public boolean matches(Password password, String encoded) {
      Matcher form = FORM.matcher(encoded);
      return form.matches()
          && MessageDigest.isEqual(
              HexFormat.of().parseHex(form.group("digest")),
              sha256(form.group("salt") + password.reveal()));
    }

    @Override
    public String decoy() {
      return "sha256$none$" + "0".repeat(64);
    }
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  static AuthService readingThem(String jdbcUrl, String redis, byte[] secret) {
    AuthService auth =
        Doorward.builder(jdbcUrl, redis)
            .secret("2026-11", secret)
            .customize(
                it -> it.passwordHasher(PasswordHasher.standard().withLegacy(new OldShopHashes())))
            .build();
    return auth;
  }
}
