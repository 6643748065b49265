package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.hash;
import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.backend.Finding.Severity;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.session.Session;
import io.doorward.auth.testkit.TestPostgres;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A database that was made before everything was Unicode. */
final class EncodingIT {
  private static final String EMOJI = "\uD83D\uDE00 phone of \u0141ukasz, caf\u00E9 \\";

  private static Fixture db;

  @BeforeAll
  static void open() {
    db = Fixture.on(TestPostgres.shared().newDatabaseIn("LATIN1"));
  }

  @AfterAll
  static void close() {
    db.close();
  }

  @Test
  void aDatabaseWithoutUnicodeIsAWarning() {
    assertThat(JdbcStores.of(db.pool.dataSource(), db.schema).backend().inspect(soon()))
        .filteredOn(found -> found.code().equals("postgresql.encoding"))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.severity()).isEqualTo(Severity.WARNING);
              assertThat(found.meaning()).contains("LATIN1");
              assertThat(found.advice()).contains("ENCODING 'UTF8'");
            });
  }

  @Test
  void aDeviceNameOutsideTheEncodingEndsNoLogin() {
    Credential owner = db.newAccount();
    Session plain = Fixture.session(owner);
    Session session =
        plain.toBuilder().device(Optional.of(EMOJI)).attributes(Map.of("\u0141", EMOJI)).build();

    assertThat(db.tokens.create(session, soon())).isPresent();
    assertThat(db.tokens.find(owner.account(), session.id(), soon()).orElseThrow().session())
        .isEqualTo(session);
  }

  @Test
  void aLoginIdentifierOutsideTheEncodingIsUnknown() {
    assertThat(db.credentials.find(LoginId.of("\u0141ukasz@example.org"), soon())).isEmpty();
    assertThat(db.credentials.find(LoginId.of("\uD83D\uDE00@example.org"), soon())).isEmpty();
  }

  @Test
  void aLoginIdentifierOfTheEncodingIsFound() {
    Credential owner = db.newAccount(LoginId.of("jos\u00E9@example.org"));

    assertThat(db.credentials.find(owner.loginId(), soon())).contains(owner);
  }

  @Test
  void aSignUpOutsideTheEncodingSaysWhatToDo() {
    assertThatThrownBy(
            () ->
                db.credentials.create(
                    NewAccount.of(
                        AccountId.random(),
                        LoginId.of("\u0142ukasz@example.org"),
                        AccountStatus.ACTIVE,
                        hash("a")),
                    OperationId.random(),
                    soon()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED))
        .hasMessageContaining("ENCODING 'UTF8'")
        .hasMessageNotContaining("ukasz");
  }

  @Test
  void aConnectionThatReplacesCharactersIsARefusal() {
    try (Fixture unicode = Fixture.fresh()) {
      HikariConfig config = new HikariConfig();
      config.setJdbcUrl(unicode.url + "&allowEncodingChanges=true");
      config.setConnectionInitSql("SET client_encoding = 'LATIN1'");
      config.setMaximumPoolSize(1);
      try (HikariDataSource pool = new HikariDataSource(config)) {
        JdbcStores stores = JdbcStores.of(pool, unicode.schema);

        assertThat(stores.backend().inspect(soon()))
            .filteredOn(found -> found.severity() == Severity.REFUSAL)
            .extracting(Finding::code)
            .containsExactly("postgresql.client_encoding");
        assertThatThrownBy(() -> stores.credentials().find(Fixture.newLogin(), soon()))
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("allowEncodingChanges");
      }
    }
  }
}
