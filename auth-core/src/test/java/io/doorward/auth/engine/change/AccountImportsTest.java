package io.doorward.auth.engine.change;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.over;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.doorward.auth.Admin.ImportOptions;
import io.doorward.auth.Admin.ImportResult;
import io.doorward.auth.Admin.ImportResult.Progress;
import io.doorward.auth.Admin.ImportResult.Reason;
import io.doorward.auth.Admin.ImportResult.Refused;
import io.doorward.auth.Machine;
import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.ImportedAccount;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.event.AccountEvent.AccountsImported;
import io.doorward.auth.fixture.CountingHasher;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHasher;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AccountImportsTest {
  private static final int MANY = 2_500;

  private final Machine machine = new Machine();
  private final List<Refused> refused = new ArrayList<>();
  private final List<Progress> progress = new ArrayList<>();

  @AfterEach
  void close() {
    machine.close();
  }

  private ImportResult run(Stream<ImportedAccount> accounts) {
    return machine
        .service
        .admin()
        .importAccounts(accounts, new ImportOptions(refused::add, progress::add), soon());
  }

  private String hash() {
    return machine.hasher.hash(RIGHT).reveal();
  }

  private static ImportedAccount.Builder account(int number) {
    return ImportedAccount.builder().email("user" + number + "@example.org");
  }

  @Test
  void theOwnerLogsInWithThePasswordOfBefore() {
    ImportResult result =
        run(
            Stream.of(
                ImportedAccount.builder()
                    .email(" Anna@Example.ORG ")
                    .hash(hash())
                    .roles(List.of("editor"))
                    .externalId("17")
                    .build()));

    assertThat(result).isEqualTo(new ImportResult.Done(new Progress(1, 0, 0)));
    assertThat(machine.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
    Account account =
        machine.accounts.lookUp(new ExternalId(TenantId.DEFAULT, "17"), soon()).orElseThrow();
    assertThat(account.logins()).extracting(Account.Login::loginId).containsExactly(ANNA);
    assertThat(account.roles()).containsExactly("editor");
    assertThat(account.status()).isEqualTo(AccountStatus.ACTIVE);
  }

  @Test
  void theFirstLoginReplacesAHashOfTheOtherSystem() {
    try (Machine reading =
        new Machine(it -> it.passwordHasher(CountingHasher.present().withLegacy(new InClear())))) {
      ImportedAccount anna =
          ImportedAccount.builder().email(ANNA.value()).hash("clear:" + RIGHT.reveal()).build();
      assertThat(
              reading
                  .service
                  .admin()
                  .importAccounts(Stream.of(anna), ImportOptions.refused(refused::add), soon()))
          .isEqualTo(new ImportResult.Done(new Progress(1, 0, 0)));

      reading.enter(RIGHT);

      assertThat(reading.anna().hash().reveal()).doesNotStartWith("clear:");
      assertThat(reading.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
    }
    assertThat(refused).isEmpty();
  }

  /** No hash at all, as the worst of the old systems have it. */
  private static final class InClear implements PasswordHasher.LegacyVerifier {
    private static final String PREFIX = "clear:";

    @Override
    public boolean recognises(String encoded) {
      return encoded.startsWith(PREFIX);
    }

    @Override
    public boolean matches(Password password, String encoded) {
      return encoded.equals(PREFIX + password.reveal());
    }

    @Override
    public String decoy() {
      return PREFIX;
    }
  }

  @Test
  void noCacheIsAskedAndNothingIsLeftToTell() {
    run(Stream.of(account(1).hash(hash()).build()));

    assertThat(machine.journal()).containsExactly("accounts.write");
    assertThat(machine.accounts.backlog(soon()).pending()).isZero();
  }

  @Test
  void asMuchAsABatchIsHeldAndEachIsTold() {
    ImportResult result = run(IntStream.range(0, MANY).mapToObj(i -> account(i).build()));

    assertThat(result).isEqualTo(new ImportResult.Done(new Progress(MANY, 0, 0)));
    assertThat(progress).extracting(Progress::read).containsExactly(1_000L, 2_000L, 2_500L);
    assertThat(machine.events.of(AccountsImported.class))
        .containsExactly(new AccountsImported(MANY, 0, 0, true));
  }

  @Test
  void aSecondRunFindsAllPresent() {
    run(IntStream.range(0, 3).mapToObj(i -> account(i).build()));

    assertThat(run(IntStream.range(0, 4).mapToObj(i -> account(i).build())))
        .isEqualTo(new ImportResult.Done(new Progress(1, 3, 0)));
  }

  @Test
  void whatIsRefusedHasItsNumberAndTheOthersGoIn() {
    List<ImportedAccount> accounts =
        Arrays.asList(
            account(1).build(),
            null,
            account(1).externalId("other").build(),
            account(2).externalId("x").build(),
            account(3).externalId("x").build());

    ImportResult result = run(accounts.stream());

    assertThat(result).isEqualTo(new ImportResult.Done(new Progress(2, 0, 3)));
    assertThat(refused)
        .extracting(Refused::number, Refused::reason)
        .containsExactly(
            tuple(2L, Reason.MISSING),
            tuple(3L, Reason.LOGIN_ID_TAKEN),
            tuple(5L, Reason.EXTERNAL_ID_TAKEN));
  }

  static Stream<Arguments> bad() {
    ImportedAccount.Builder many = ImportedAccount.builder();
    IntStream.range(0, 17).forEach(i -> many.loginId(LoginId.name("n" + i)));
    return Stream.of(
        Arguments.of(Reason.LOGIN_ID, ImportedAccount.builder().build()),
        Arguments.of(Reason.LOGIN_ID, ImportedAccount.builder().email(null).build()),
        Arguments.of(Reason.LOGIN_ID, ImportedAccount.builder().email("no address").build()),
        Arguments.of(Reason.LOGIN_ID, account(1).phone("110").build()),
        Arguments.of(Reason.LOGIN_ID, many.build()),
        Arguments.of(Reason.HASH, account(1).hash("").build()),
        Arguments.of(Reason.HASH, account(1).hash("5f4dcc3b5aa765d61d8327deb882cf99").build()),
        Arguments.of(Reason.HASH, account(1).hash("x".repeat(1_025)).build()),
        Arguments.of(Reason.ROLE, account(1).roles(List.of("no role")).build()),
        Arguments.of(Reason.ROLE, account(1).roles(Collections.singletonList(null)).build()),
        Arguments.of(
            Reason.ROLE,
            account(1).roles(IntStream.range(0, 65).mapToObj(i -> "r" + i).toList()).build()),
        Arguments.of(Reason.EXTERNAL_ID, account(1).externalId("").build()),
        Arguments.of(Reason.EXTERNAL_ID, account(1).externalId("x".repeat(256)).build()),
        Arguments.of(
            Reason.CREATED_AT, account(1).createdAt(Instant.parse("1969-12-31T23:59:59Z")).build()),
        Arguments.of(Reason.CREATED_AT, account(1).createdAt(Instant.MAX).build()));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void aBrokenAccountIsRefusedWithItsReason(Reason reason, ImportedAccount account) {
    assertThat(run(Stream.of(account))).isEqualTo(new ImportResult.Done(new Progress(0, 0, 1)));
    assertThat(refused).extracting(Refused::reason).containsExactly(reason);
    assertThat(refused.get(0).detail()).isNotBlank().doesNotContain("5f4dcc3b");
  }

  @Test
  void anOutageStopsItAndItGoesOnWhereItWas() {
    machine.toAccounts.after("write", () -> machine.toAccounts.cut("write", Kind.UNREACHABLE));

    ImportResult stopped = run(IntStream.range(0, MANY).mapToObj(i -> account(i).build()));

    assertThat(stopped)
        .isInstanceOfSatisfying(
            ImportResult.Stopped.class,
            it -> {
              assertThat(it.total()).isEqualTo(new Progress(1_000, 0, 0));
              assertThat(it.retryAfter()).isPositive();
            });
    machine.toAccounts.mend();
    assertThat(run(IntStream.range(0, MANY).mapToObj(i -> account(i).build())))
        .isEqualTo(new ImportResult.Done(new Progress(1_500, 1_000, 0)));
  }

  @Test
  void aLostAnswerCountsNoAccountTwice() {
    machine.toAccounts.loseAnswers("write", 1);

    assertThat(run(IntStream.range(0, 10).mapToObj(i -> account(i).build())))
        .isEqualTo(new ImportResult.Done(new Progress(10, 0, 0)));
  }

  @Test
  void nothingBeginsAfterTheDeadline() {
    ImportResult result =
        machine
            .service
            .admin()
            .importAccounts(
                Stream.of(account(1).build()),
                ImportOptions.refused(refused::add).withProgress(progress::add),
                over());

    assertThat(result)
        .isEqualTo(new ImportResult.Stopped(new Progress(0, 0, 0), Duration.ofSeconds(1)));
    assertThat(refused).isEmpty();
  }
}
