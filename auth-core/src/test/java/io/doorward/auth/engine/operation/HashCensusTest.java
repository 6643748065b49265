package io.doorward.auth.engine.operation;

import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.backend.Finding.Severity;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.password.PasswordHash;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HashCensusTest {
  private static final String READABLE =
      "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

  private final AccountStore accounts = AccountStore.inMemory(new HandClock());
  private final List<String> journal = new ArrayList<>();
  private final Wire wire = Wire.to("store", journal);
  private final List<List<Finding>> reports = new ArrayList<>();
  private final HashCensus census =
      new HashCensus(
          wire.end(AccountStore.class, accounts), PasswordHash::whyUnreadable, reports::add);

  private void accounts(int count, String hash) {
    for (int i = 0; i < count; i++) {
      LoginId loginId = LoginId.email("a" + AccountId.random().value() + "@example.org");
      accounts.create(
          NewAccount.of(AccountId.random(), loginId, AccountStatus.ACTIVE, PasswordHash.of(hash)),
          OperationId.random(),
          soon());
    }
  }

  @Test
  void hashesThatNothingMatchesAreCountedWithTheFirstReasons() {
    accounts(2, READABLE);
    accounts(3, "5f4dcc3b5aa765d61d8327deb882cf99");
    accounts(1, READABLE.replace("$05$", "$15$"));
    census.turn(soon());
    census.turn(soon());

    assertThat(reports).hasSize(1);
    assertThat(reports.get(0))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.severity()).isEqualTo(Severity.WARNING);
              assertThat(found.code()).isEqualTo("passwords.unreadable");
              assertThat(found.meaning())
                  .startsWith("4 of 6 stored password hashes can match no password")
                  .contains("3 unknown scheme, the first 32 hexadecimal digits, as of MD5")
                  .contains("1 too costly, the first bcrypt with the cost 15")
                  .doesNotContain("5f4dcc3b", "CCCC", "example.org");
            });
  }

  @Test
  void whereAllCanBeReadThereIsNoFinding() {
    accounts(3, READABLE);
    census.turn(soon());

    assertThat(reports).containsExactly(List.of());
  }

  @Test
  void oneTurnReadsOnePageAndTheNextGoesOn() {
    accounts(HashCensus.PAGE + 1, "{noop}");
    census.turn(soon());
    assertThat(reports).isEmpty();
    assertThat(journal).hasSize(1 + HashCensus.PAGE);

    census.turn(soon());

    assertThat(reports.get(0).get(0).meaning())
        .startsWith(HashCensus.PAGE + 1 + " of " + (HashCensus.PAGE + 1) + " stored");
    journal.clear();
    census.turn(soon());
    assertThat(journal).isEmpty();
  }

  @Test
  void aDatabaseThatIsAwayPutsTheCountOff() {
    accounts(2, "{noop}");
    AtomicInteger reads = new AtomicInteger();
    wire.before(
        "find",
        () -> {
          if (reads.getAndIncrement() == 1) {
            throw new StoreException(Kind.UNREACHABLE, "store: cut by the test");
          }
        });
    census.turn(soon());
    assertThat(reports).isEmpty();

    census.turn(soon());

    assertThat(reports.get(0).get(0).meaning()).startsWith("2 of 2 stored");
  }
}
