package io.doorward.auth;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.Admin.FindResult;
import io.doorward.auth.Admin.ListResult;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an administrator finds, and by which names. */
class FindingAccountsTest {
  private static final ExternalId CUSTOMER = new ExternalId(TenantId.DEFAULT, "customer-17");
  private static final ExternalIdentity IDENTITY =
      new ExternalIdentity(TenantId.DEFAULT, "https://id.example", "subject-17");

  private final Machine machine = new Machine();
  private final Admin admin = machine.service.admin();

  @AfterEach
  void close() {
    machine.close();
  }

  @Test
  void anAccountIsFoundByEveryNameThatItHas() {
    machine.signUp();
    AccountId anna = machine.anna().account();
    admin.setExternalId(anna, CUSTOMER, soon());
    admin.linkIdentity(anna, IDENTITY, soon());

    FindResult found = admin.find(anna, soon());

    assertThat(found)
        .isInstanceOfSatisfying(
            FindResult.Found.class,
            it -> {
              assertThat(it.account().id()).isEqualTo(anna);
              assertThat(it.account().logins().get(0).loginId()).isEqualTo(ANNA);
            });
    assertThat(admin.find(ANNA, soon())).isEqualTo(found);
    assertThat(admin.find(CUSTOMER, soon())).isEqualTo(found);
    assertThat(admin.find(IDENTITY, soon())).isEqualTo(found);
  }

  @Test
  void aNameThatNoAccountHasIsUnknown() {
    assertThat(admin.find(AccountId.random(), soon())).isEqualTo(new FindResult.Unknown());
    assertThat(admin.find(ANNA, soon())).isEqualTo(new FindResult.Unknown());
    assertThat(admin.find(CUSTOMER, soon())).isEqualTo(new FindResult.Unknown());
    assertThat(admin.find(IDENTITY, soon())).isEqualTo(new FindResult.Unknown());
  }

  @Test
  void aLostAnswerIsAskedForAgain() {
    machine.signUp();
    machine.toAccounts.loseAnswers("lookUp", 1);

    assertThat(admin.find(ANNA, soon())).isInstanceOf(FindResult.Found.class);
  }

  @Test
  void withoutTheDatabaseNothingIsSaidOfAnAccount() {
    machine.toAccounts.cut();

    assertThat(admin.find(ANNA, soon())).isInstanceOf(FindResult.Unavailable.class);
    assertThat(admin.list(TenantId.DEFAULT, Optional.empty(), 1, soon()))
        .isInstanceOf(ListResult.Unavailable.class);
    assertThat(machine.events.all())
        .containsOnly(new BackendFailed(Part.ACCOUNT_STORE, Kind.UNREACHABLE));
  }

  @Test
  void pagesGoOnUntilTheEnd() {
    TenantId north = new TenantId("north");
    for (int i = 0; i < 5; i++) {
      LoginId login = LoginId.name("user" + i);
      machine.service.signUp(new SignUp(login, RIGHT, CLIENT), soon());
      machine.service.signUp(new SignUp(login.inTenant(north), RIGHT, CLIENT), soon());
    }

    List<AccountId> listed = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    Optional<AccountId> next = Optional.empty();
    do {
      ListResult.Listed page = (ListResult.Listed) admin.list(north, next, 2, soon());
      page.accounts().stream().map(Account::id).forEach(listed::add);
      sizes.add(page.accounts().size());
      next = page.next();
    } while (next.isPresent());

    assertThat(sizes).containsExactly(2, 2, 1);
    assertThat(listed).doesNotHaveDuplicates().allMatch(it -> it.isIn(north));
  }

  @Test
  void aPageHasOneToAThousandAccounts() {
    for (int max : List.of(0, 1_001)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> admin.list(TenantId.DEFAULT, Optional.empty(), max, soon()))
          .withMessage("max must be 1 to 1000: " + max);
    }
  }

  @Test
  void aNameOfAnotherSystemHasAForm() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ExternalId(TenantId.DEFAULT, "x".repeat(256)))
        .withMessage("externalId must have 1 to 255 characters, had 256");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ExternalIdentity(TenantId.DEFAULT, "an issuer", "subject"))
        .withMessage("issuer must be printable ASCII without blanks");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ExternalIdentity(TenantId.DEFAULT, "issuer", ""))
        .withMessage("subject must have 1 to 256 characters, had 0");
  }

  @Test
  void noTextShowsAName() {
    machine.signUp();
    AccountId anna = machine.anna().account();
    admin.setExternalId(anna, CUSTOMER, soon());
    admin.linkIdentity(anna, IDENTITY, soon());

    assertThat(admin.find(anna, soon()).toString())
        .contains(anna.value())
        .doesNotContain(ANNA.value(), "customer-17", "subject-17");
  }
}
