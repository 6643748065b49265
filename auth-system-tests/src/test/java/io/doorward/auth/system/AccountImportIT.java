package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.ImportOptions;
import io.doorward.auth.Admin.ImportResult;
import io.doorward.auth.Admin.ImportResult.Progress;
import io.doorward.auth.Admin.ImportResult.Reason;
import io.doorward.auth.Admin.ImportResult.Refused;
import io.doorward.auth.account.ImportedAccount;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHasher;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A user base of another system, with hashes of several schemes and a few broken rows. */
class AccountImportIT {
  private static final int MANY = 20_000;
  private static final int BROKEN_EVERY = 1_000;
  private static final String MD5 = "5f4dcc3b5aa765d61d8327deb882cf99";

  private record Scheme(String hash, Password password) {}

  private static final Password PHRASE = Password.of("correct horse battery staple");
  private static final String ARGON2 = PasswordHasher.standard().hash(PHRASE).reveal();

  /** The third is a test vector of crypt_blowfish. */
  private static final List<Scheme> SCHEMES =
      List.of(
          new Scheme(ARGON2, PHRASE),
          new Scheme("{argon2}" + ARGON2, PHRASE),
          new Scheme(
              "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", Password.of("U*U")));

  @Test
  void twentyThousandComeInAndLogInWithTheirPasswords() {
    try (Application application = Application.shared(Sessions.DURABLE)) {
      Node node =
          application.node(
              new Application.Setup()
                  .service(builder -> builder.passwordHasher(PasswordHasher.standard())));
      List<Refused> refused = new ArrayList<>();

      ImportResult first = run(node, refused);
      ImportResult again = run(node, new ArrayList<>());

      int broken = MANY / BROKEN_EVERY;
      int good = MANY - broken;
      assertThat(first).isEqualTo(new ImportResult.Done(new Progress(good, 0, broken)));
      assertThat(again).isEqualTo(new ImportResult.Done(new Progress(0, good, broken)));
      assertThat(refused)
          .hasSize(broken)
          .allMatch(it -> it.reason() == Reason.HASH && it.number() % BROKEN_EVERY == 0)
          .noneMatch(it -> it.toString().contains(MD5));
      assertThat(application.count("SELECT count(*) FROM {outbox}")).isZero();
      assertThat(application.count("SELECT count(*) FROM {credentials}")).isEqualTo(good);
      for (int i = 1; i <= SCHEMES.size(); i++) {
        assertThat(login(node, i)).isInstanceOf(LoginResult.Success.class);
      }
    }
  }

  private static ImportResult run(Node node, List<Refused> refused) {
    return node.service()
        .admin()
        .importAccounts(
            IntStream.rangeClosed(1, MANY).mapToObj(AccountImportIT::account),
            ImportOptions.refused(refused::add),
            Deadline.after(Duration.ofMinutes(5)));
  }

  private static ImportedAccount account(int number) {
    return ImportedAccount.builder()
        .email(email(number))
        .hash(number % BROKEN_EVERY == 0 ? MD5 : scheme(number).hash())
        .roles(number % 100 == 0 ? List.of("admin", "user") : List.of("user"))
        .externalId("customer-" + number)
        .createdAt(Instant.parse("2015-01-01T00:00:00Z").plusSeconds(number))
        .build();
  }

  private static LoginResult login(Node node, int number) {
    return node.service()
        .login(
            new LoginAttempt(
                LoginId.email(email(number)), scheme(number).password(), ClientContext.unknown()),
            node.deadline());
  }

  private static Scheme scheme(int number) {
    return SCHEMES.get(number % SCHEMES.size());
  }

  private static String email(int number) {
    return "Customer." + number + "@shop.example";
  }
}
