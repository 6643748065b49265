package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.hash;
import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.CredentialStore.Creation;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.password.PasswordHash;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

final class JdbcCredentialStoreIT {
  private static Fixture db;

  @BeforeAll
  static void open() {
    db = Fixture.fresh();
  }

  @AfterAll
  static void close() {
    db.close();
  }

  private static Creation create(AccountId account, LoginId login, OperationId operation) {
    return db.credentials.create(
        NewAccount.of(account, login, AccountStatus.ACTIVE, hash("first")), operation, soon());
  }

  private static Change change(Credential seen, String next, OperationId operation) {
    return db.credentials.changePassword(
        seen.account(), seen.version(), hash(next), operation, soon());
  }

  @Test
  void whatWasCreatedIsFound() {
    AccountId account = AccountId.random();
    LoginId login = Fixture.newLogin();
    Creation.Created created = (Creation.Created) create(account, login, OperationId.random());
    assertThat(db.credentials.find(login, soon())).contains(created.credential().orElseThrow());
    assertThat(db.credentials.find(account, soon())).contains(created.credential().orElseThrow());
    assertThat(db.credentials.version(account, soon()))
        .contains(created.credential().orElseThrow().version());
    assertThat(created.credential().orElseThrow().status()).isEqualTo(AccountStatus.ACTIVE);
    assertThat(created.pending())
        .singleElement()
        .isInstanceOfSatisfying(
            Invalidation.OfLogin.class,
            row -> {
              assertThat(row.loginId()).isEqualTo(login);
              assertThat(row.floor())
                  .isEqualTo(created.credential().orElseThrow().version().number());
            });
    assertThat(db.user(created.credential().orElseThrow()).roles()).isEmpty();
    assertThat(db.user(created.credential().orElseThrow()).epoch().number())
        .isEqualTo(created.credential().orElseThrow().version().number());
  }

  @ParameterizedTest
  @EnumSource(AccountStatus.class)
  void everyStatusIsKept(AccountStatus status) {
    LoginId login = Fixture.newLogin();
    db.credentials.create(
        NewAccount.of(AccountId.random(), login, status, hash("a")), OperationId.random(), soon());
    assertThat(db.credentials.find(login, soon()).orElseThrow().status()).isEqualTo(status);
  }

  @Test
  void statusesAreKeptWhateverTheLanguage() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("tr"));
    try {
      assertThat(db.newAccount().status()).isEqualTo(AccountStatus.ACTIVE);
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void onlyOneOfSixteenSignsUp() throws Exception {
    LoginId login = Fixture.newLogin();
    List<Creation> results =
        Fixture.together(16, () -> create(AccountId.random(), login, OperationId.random()));
    assertThat(results).filteredOn(Creation.Created.class::isInstance).hasSize(1);
    assertThat(results).filteredOn(Creation.Duplicate.class::isInstance).hasSize(15);
    assertThat(db.query("SELECT account_id::text FROM {login_ids} WHERE value = ?", login.value()))
        .hasSize(1);
  }

  @Test
  void aRepeatedCreationReportsTheFirstOutcome() throws Exception {
    AccountId account = AccountId.random();
    LoginId login = Fixture.newLogin();
    OperationId operation = OperationId.random();
    List<Creation> results = Fixture.together(8, () -> create(account, login, operation));
    assertThat(results).allMatch(Creation.Created.class::isInstance);
    assertThat(
            results.stream().map(r -> ((Creation.Created) r).credential().orElseThrow()).distinct())
        .hasSize(1);
    assertThat(create(account, login, OperationId.random())).isInstanceOf(Creation.Duplicate.class);
    assertThat(create(AccountId.random(), login, operation)).isInstanceOf(Creation.Duplicate.class);
  }

  @Test
  void anAccountsNameCannotBeUsedForASecondLogin() {
    Credential first = db.newAccount();
    assertThatThrownBy(() -> create(first.account(), Fixture.newLogin(), OperationId.random()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("account must be a new name, it has another login");
  }

  @Test
  void onlyOneOfSixteenChangesThePassword() throws Exception {
    Credential seen = db.newAccount();
    List<Change> results = Fixture.together(16, () -> change(seen, "second", OperationId.random()));
    assertThat(results).filteredOn(Change.Changed.class::isInstance).hasSize(1);
    assertThat(results).filteredOn(Change.VersionConflict.class::isInstance).hasSize(15);
  }

  @Test
  void aPasswordChangeEndsSessionsAndTellsEverybody() throws SQLException {
    Credential seen = db.newAccount();
    db.clearOutbox();
    Change.Changed changed = (Change.Changed) change(seen, "second", OperationId.random());
    Credential now = db.find(seen);
    assertThat(now.version()).isEqualTo(changed.version());
    assertThat(now.version().number()).isGreaterThan(seen.version().number());
    assertThat(now.version().tag()).isNotEqualTo(seen.version().tag());
    assertThat(now.hash()).isEqualTo(hash("second"));
    assertThat(db.user(seen).epoch()).isEqualTo(Epoch.of(now.version()));
    assertThat(changed.pending())
        .extracting(row -> row.getClass().getSimpleName(), Invalidation::floor)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("OfLogin", now.version().number()),
            org.assertj.core.groups.Tuple.tuple("OfUser", db.user(seen).version()));
  }

  @Test
  void aRehashLetsSessionsLive() throws SQLException {
    Credential seen = db.newAccount();
    long userVersion = db.user(seen).version();
    db.clearOutbox();
    Change.Changed changed =
        (Change.Changed)
            db.credentials.rehash(
                seen.account(), seen.version(), hash("better"), OperationId.random(), soon());
    assertThat(changed.version().number()).isGreaterThan(seen.version().number());
    assertThat(db.user(seen).epoch()).isEqualTo(seen.epoch());
    assertThat(db.user(seen).version()).isEqualTo(userVersion);
    assertThat(changed.pending())
        .singleElement()
        .isInstanceOfSatisfying(
            Invalidation.OfLogin.class,
            row -> assertThat(row.floor()).isEqualTo(changed.version().number()));
    // A second one too, and then a change of password ends them all.
    Change.Changed again =
        (Change.Changed)
            db.credentials.rehash(
                seen.account(), changed.version(), hash("best"), OperationId.random(), soon());
    assertThat(db.user(seen).epoch()).isEqualTo(seen.epoch());
    db.credentials.changePassword(
        seen.account(), again.version(), hash("new"), OperationId.random(), soon());
    assertThat(db.user(seen).epoch().number()).isGreaterThan(again.version().number());
  }

  @Test
  void aRehashAgainstAReplacedPasswordIsRefused() {
    Credential seen = db.newAccount();
    change(seen, "second", OperationId.random());
    assertThat(
            db.credentials.rehash(
                seen.account(), seen.version(), hash("first"), OperationId.random(), soon()))
        .isInstanceOf(Change.VersionConflict.class);
    assertThat(db.find(seen).hash()).isEqualTo(hash("second"));
  }

  @Test
  void anotherTagIsAnotherState() {
    Credential seen = db.newAccount();
    assertThat(
            db.credentials.changePassword(
                seen.account(),
                new CredentialVersion(seen.version().number(), "other"),
                hash("x"),
                OperationId.random(),
                soon()))
        .isInstanceOf(Change.VersionConflict.class);
  }

  @Test
  void theSameHashAgainStillEndsSessions() {
    Credential seen = db.newAccount();
    assertThat(change(seen, "first", OperationId.random())).isInstanceOf(Change.Changed.class);
    assertThat(db.user(seen).epoch().number()).isGreaterThan(seen.version().number());
  }

  @Test
  void aRepeatedChangeReportsTheFirstOutcome() {
    Credential seen = db.newAccount();
    OperationId operation = OperationId.random();
    Change first = change(seen, "second", operation);
    assertThat(change(seen, "second", operation)).isEqualTo(first);
    assertThat(db.find(seen).version()).isEqualTo(((Change.Changed) first).version());
  }

  @Test
  void aRepeatAfterSomebodyElsesChangeReportsTheFirstOutcomeAndChangesNothing()
      throws SQLException {
    Credential seen = db.newAccount();
    OperationId operation = OperationId.random();
    Change first = change(seen, "second", operation);
    db.sql(
        "UPDATE {credentials} SET secret = 'admin' WHERE account_id = ?",
        UUID.fromString(seen.account().value()));
    assertThat(((Change.Changed) change(seen, "second", operation)).version())
        .isEqualTo(((Change.Changed) first).version());
    assertThat(db.find(seen).hash()).isEqualTo(PasswordHash.of("admin"));
  }

  @Test
  void aStatusChangeEndsSessionsAndIsDoneOnce() throws SQLException {
    Credential seen = db.newAccount();
    db.clearOutbox();
    OperationId operation = OperationId.random();
    Change.Changed changed = status(seen, AccountStatus.DISABLED, operation);
    assertThat(db.find(seen).status()).isEqualTo(AccountStatus.DISABLED);
    assertThat(changed.version()).isEqualTo(db.find(seen).version());
    assertThat(changed.pending()).hasSize(2);
    assertThat(db.user(seen).epoch()).isEqualTo(Epoch.of(changed.version()));
    assertThat(status(seen, AccountStatus.DISABLED, operation)).isEqualTo(changed);
    Change.Changed again = status(seen, AccountStatus.DISABLED, OperationId.random());
    assertThat(again.pending()).isEmpty();
    assertThat(again.version()).isEqualTo(changed.version());
    status(seen, AccountStatus.ACTIVE, OperationId.random());
    status(seen, AccountStatus.DISABLED, operation);
    assertThat(db.find(seen).status()).isEqualTo(AccountStatus.ACTIVE);
  }

  private static Change.Changed status(
      Credential seen, AccountStatus status, OperationId operation) {
    return (Change.Changed) db.credentials.changeStatus(seen.account(), status, operation, soon());
  }

  @Test
  void anAccountWithoutAPasswordCanBeSwitchedOff() throws SQLException {
    Credential seen = db.newAccount();
    db.sql(
        "DELETE FROM {credentials} WHERE account_id = ?", UUID.fromString(seen.account().value()));
    long before = db.user(seen).version();
    Change.Changed changed = status(seen, AccountStatus.DISABLED, OperationId.random());
    assertThat(changed.version()).isEqualTo(db.credentials.version(seen.account(), soon()).get());
    assertThat(db.user(seen).version()).isGreaterThan(before);
    assertThat(db.credentials.find(seen.account(), soon())).isEmpty();
    assertThat(db.user(seen).epoch()).isEqualTo(Epoch.of(changed.version()));
  }

  @Test
  void aStatusOfANewerVersionIsNoAnswer() throws SQLException {
    try (Fixture newer = Fixture.fresh()) {
      Credential seen = newer.newAccount();
      newer.sql("ALTER TABLE {accounts} DROP CONSTRAINT accounts_status_check");
      newer.sql("UPDATE {accounts} SET status = 'suspended'");
      AccountStore store = JdbcStores.of(newer.pool.dataSource(), newer.schema).accounts();

      assertNewerFormat(() -> store.find(seen.loginId(), soon()));
      assertNewerFormat(() -> store.find(seen.account(), soon()));
      assertNewerFormat(() -> store.state(seen.account(), soon()));
      assertNewerFormat(() -> store.page(Optional.empty(), 10, soon()));
    }
  }

  private static void assertNewerFormat(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NEWER_FORMAT))
        .hasMessageNotContaining("suspended");
  }

  @ParameterizedTest
  @ValueSource(strings = {"not-a-uuid", "1-1-1-1-1", "0B0E7C5A-93C4-4F0B-8DA5-0D6C0E1B7A11", "x"})
  void whatIsNoUuidNamesNoAccount(String text) {
    AccountId account = new AccountId(text);
    assertThat(db.credentials.find(account, soon())).isEmpty();
    assertThat(db.credentials.version(account, soon())).isEmpty();
    assertThat(db.profiles.load(account, soon())).isEmpty();
    assertThat(
            db.credentials.changeStatus(
                account, AccountStatus.ACTIVE, OperationId.random(), soon()))
        .isInstanceOf(Change.VersionConflict.class);
    assertThatThrownBy(() -> create(account, Fixture.newLogin(), OperationId.random()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x'; DROP TABLE doorward.accounts; --",
        "back\\slash",
        "percent%_",
        "\uD83D\uDE00smile",
        "tenant:a@b.example",
        "{accounts}",
        "$1 ? :x"
      })
  void oddLoginsAreOrdinaryText(String text) {
    LoginId login = LoginId.ofStored(TenantId.DEFAULT, text);
    assertThat(db.credentials.find(login, soon())).isEmpty();
    Credential created = db.newAccount(login);
    assertThat(db.credentials.find(login, soon())).contains(created);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nul\u0000", "half\uD800", "\uDC00low"})
  void loginsThatCannotBeStoredAreNotThere(String text) {
    LoginId login = LoginId.ofStored(TenantId.DEFAULT, text);
    db.credentials.create(
        NewAccount.of(
            AccountId.random(),
            LoginId.ofStored(
                TenantId.DEFAULT, text.replaceAll("[^a-z]", "?") + Fixture.newLogin().value()),
            AccountStatus.ACTIVE,
            hash("a")),
        OperationId.random(),
        soon());
    assertThat(db.credentials.find(login, soon())).isEmpty();
    assertThatThrownBy(() -> create(AccountId.random(), login, OperationId.random()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining(text);
  }

  @Test
  void aHalfSurrogateDoesNotFindTheAccountWithAQuestionMark() {
    String unique = Fixture.newLogin().value();
    db.newAccount(LoginId.ofStored(TenantId.DEFAULT, "?" + unique));
    assertThat(db.credentials.find(LoginId.ofStored(TenantId.DEFAULT, "\uD800" + unique), soon()))
        .isEmpty();
  }

  @Test
  void theHostsTransactionDecidesOverASignUp() throws SQLException {
    LoginId kept = Fixture.newLogin();
    LoginId dropped = Fixture.newLogin();
    try (Connection host = db.admin()) {
      host.setAutoCommit(false);
      assertThat(signUp(host, dropped)).isInstanceOf(Creation.Created.class);
      assertThat(db.credentials.find(dropped, soon())).isEmpty();
      host.rollback();
      Creation.Created created = (Creation.Created) signUp(host, kept);
      assertThat(created.pending()).isEmpty();
      // The transaction is usable after a duplicate.
      assertThat(signUp(host, kept)).isInstanceOf(Creation.Duplicate.class);
      host.commit();
      assertThat(db.credentials.find(kept, soon())).contains(created.credential().orElseThrow());
    }
    assertThat(db.credentials.find(dropped, soon())).isEmpty();
    assertThat(db.query("SELECT id::text FROM {outbox} WHERE login_id = ?", dropped.value()))
        .isEmpty();
    assertThat(db.query("SELECT id::text FROM {outbox} WHERE login_id = ?", kept.value()))
        .hasSize(1);
  }

  @Test
  void theHostsConnectionMustHaveATransaction() throws SQLException {
    try (Connection host = db.admin()) {
      assertThatThrownBy(() -> signUp(host, Fixture.newLogin()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("host must have auto-commit off");
    }
  }

  private static Creation signUp(Connection host, LoginId login) {
    return db.credentials.signUp(
        host,
        NewAccount.of(AccountId.random(), login, AccountStatus.PENDING, hash("first")),
        OperationId.random());
  }

  @Test
  void noValueGetsIntoAnException() throws SQLException {
    LoginId login = LoginId.ofStored(TenantId.DEFAULT, "very-private@example.org");
    db.sql("ALTER TABLE {login_ids} ADD CONSTRAINT broken CHECK (value NOT LIKE 'very-private%')");
    try {
      // Not our pool, which tells the driver to keep values to itself.
      PGSimpleDataSource foreign = new PGSimpleDataSource();
      foreign.setUrl(db.url);
      JdbcCredentialStore store = JdbcStores.of(foreign, db.schema).credentials();
      assertThatThrownBy(
              () ->
                  store.create(
                      NewAccount.of(AccountId.random(), login, AccountStatus.ACTIVE, hash("first")),
                      OperationId.random(),
                      soon()))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> {
                StringWriter text = new StringWriter();
                e.printStackTrace(new PrintWriter(text));
                assertThat(text.toString())
                    .contains("23514")
                    .doesNotContain("very-private")
                    .doesNotContain("$test$");
                assertThat(e.kind()).isEqualTo(Kind.REFUSED);
              });
    } finally {
      db.sql("ALTER TABLE {login_ids} DROP CONSTRAINT broken");
    }
  }
}
