package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.NameStore.NameChange;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.PostgresFaults;
import io.doorward.auth.testkit.TestPostgres;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only PostgreSQL can do to names. */
final class NameStoreIT {
  private static Fixture db;
  private static AccountStore store;

  @BeforeAll
  static void open() {
    db = Fixture.fresh();
    store = JdbcStores.of(db.pool.dataSource(), db.schema).accounts();
  }

  @AfterAll
  static void close() {
    db.close();
  }

  @Test
  void aRenamingReplacesTheSameIdentifierEachTime() throws SQLException {
    Credential ada = db.newAccount();
    LoginId second = Fixture.newLogin();
    LoginId last = Fixture.newLogin();
    insert(ada.account(), second);

    for (LoginId next : List.of(Fixture.newLogin(), last)) {
      assertThat(rename(ada.account(), next)).isInstanceOf(NameChange.Changed.class);
    }

    assertThat(logins(ada.account())).containsExactly(last, second);
  }

  /** A host may insert several in one transaction, and a server's clock may be put back. */
  @Test
  void placesStayWhereTimesAreEqualOrRunBackwards() throws SQLException {
    Credential ada = db.newAccount();
    AccountId account = ada.account();
    LoginId second = LoginId.name("q-second");
    LoginId third = LoginId.name("a-third");
    LoginId next = LoginId.name("z-next");
    insert(account, second);
    db.sql(
        "UPDATE {login_ids} SET created_at = now() + interval '1 hour' WHERE account_id = ?",
        UUID.fromString(account.value()));

    assertThat(store.addLoginId(account, third, OperationId.random(), soon()))
        .isInstanceOf(NameChange.Changed.class);
    assertThat(logins(account)).containsExactly(ada.loginId(), second, third);
    assertThat(rename(account, next)).isInstanceOf(NameChange.Changed.class);
    assertThat(logins(account)).containsExactly(next, second, third);
    assertThat(rename(account, third)).isInstanceOf(NameChange.Changed.class);
    assertThat(logins(account)).containsExactly(third, second);
  }

  @Test
  void whatWasProvedOfAnIdentifierStaysWhereItMoves() throws SQLException {
    Credential ada = db.newAccount();
    LoginId second = Fixture.newLogin();
    insert(ada.account(), second);
    db.sql("UPDATE {login_ids} SET verified_at = now() WHERE value = ?", second.value());

    rename(ada.account(), second);

    assertThat(db.query("SELECT verified_at FROM {login_ids} WHERE value = ?", second.value()))
        .doesNotContainNull()
        .hasSize(1);
  }

  @Test
  void anAccountThatHasNoIdentifierGetsOne() throws SQLException {
    for (boolean adds : new boolean[] {true, false}) {
      Credential ada = db.newAccount();
      LoginId next = Fixture.newLogin();
      db.sql("DELETE FROM {login_ids} WHERE value = ?", ada.loginId().value());

      assertThat(
              adds
                  ? store.addLoginId(ada.account(), next, OperationId.random(), soon())
                  : rename(ada.account(), next))
          .isInstanceOf(NameChange.Changed.class);
      assertThat(logins(ada.account())).containsExactly(next);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nul\u0000", "half\uD800", "\uDC00low"})
  void aTextThatCannotBeStoredIsRefusedOrAbsent(String text) {
    AccountId account = db.newAccount().account();
    LoginId login = LoginId.ofStored(TenantId.DEFAULT, text);
    ExternalIdentity identity = new ExternalIdentity(TenantId.DEFAULT, "issuer", text);
    OperationId operation = OperationId.random();

    for (Runnable each :
        List.<Runnable>of(
            () -> rename(account, login),
            () -> store.addLoginId(account, login, operation, soon()),
            () ->
                store.setExternalId(
                    account, new ExternalId(TenantId.DEFAULT, text), operation, soon()),
            () -> store.linkIdentity(account, identity, operation, soon()))) {
      assertThatIllegalArgumentException()
          .isThrownBy(each::run)
          .withMessageEndingWith("must have no U+0000 and no half of a surrogate pair");
    }
    assertThat(store.removeLoginId(account, login, operation, soon()))
        .isEqualTo(new NameChange.Absent());
    assertThat(store.unlinkIdentity(account, identity, operation, soon()))
        .isEqualTo(new NameChange.Absent());
  }

  /** Each takes the rows of the identifiers before the row of the account. */
  @Test
  void removalsAndDeletionsOfOneAccountDoNotWaitInACircle() throws Exception {
    for (int i = 0; i < 10; i++) {
      AccountId account = db.newAccount().account();
      for (int k = 0; k < 3; k++) {
        store.addLoginId(account, Fixture.newLogin(), OperationId.random(), soon());
      }
      List<LoginId> logins = logins(account);
      List<Object> outcomes =
          Fixture.together(
              4,
              () -> {
                LoginId each = logins.get((int) (Thread.currentThread().getId() % 4));
                store.removeLoginId(account, each, OperationId.random(), soon());
                return store.delete(account, soon());
              });
      assertThat(outcomes).hasSize(4);
    }
  }

  /** A repeat under its id tells the outcome, and makes the change no second time. */
  @Test
  void aRepeatAfterALostAnswerToTheCommitAnswers() {
    Credential ada = db.newAccount();
    AccountId account = ada.account();
    LoginId further = Fixture.newLogin();
    OperationId addition = OperationId.random();
    OperationId removal = OperationId.random();

    loseAnswer(far -> far.addLoginId(account, further, addition, briefly()));
    await().until(() -> logins(account).equals(List.of(ada.loginId(), further)));
    assertThat(store.addLoginId(account, further, addition, soon()))
        .isInstanceOf(NameChange.Changed.class);
    loseAnswer(far -> far.removeLoginId(account, ada.loginId(), removal, briefly()));
    await().until(() -> logins(account).equals(List.of(further)));
    assertThat(store.removeLoginId(account, ada.loginId(), removal, soon()))
        .isInstanceOf(NameChange.Changed.class);
    assertThat(logins(account)).containsExactly(further);
  }

  /** The database does the change, and no node hears of it. */
  private static void loseAnswer(Function<AccountStore, NameChange> change) {
    TestPostgres server = TestPostgres.shared();
    try (FaultProxy proxy = FaultProxy.to(server.host(), server.port());
        PostgresPool pool =
            PostgresPool.builder(
                    db.url.replaceFirst("//[^/]+/", "//" + proxy.host() + ":" + proxy.port() + "/"))
                .maximumSize(1)
                .open()) {
      AccountStore far =
          JdbcStores.of(
                  PostgresFaults.beforeCommit(
                      pool.dataSource(), () -> proxy.swallow(FaultProxy.Direction.DOWN)),
                  db.schema)
              .accounts();
      assertThatExceptionOfType(StoreException.class).isThrownBy(() -> change.apply(far));
    }
  }

  private static Deadline briefly() {
    return Deadline.after(Duration.ofSeconds(2));
  }

  private static void insert(AccountId account, LoginId login) throws SQLException {
    db.sql(
        "INSERT INTO {login_ids} (value, account_id) VALUES (?, ?)",
        login.value(),
        UUID.fromString(account.value()));
  }

  private static NameChange rename(AccountId account, LoginId next) {
    return store.changeLoginId(account, next, OperationId.random(), soon());
  }

  private static List<LoginId> logins(AccountId account) {
    return store.state(account, soon()).loginIds();
  }
}
