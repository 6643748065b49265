package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.hash;
import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Creation;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.backend.Finding.Severity;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.testkit.TestSecrets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The application's user owns no table; an administrator switches row security on for it. */
final class RowSecurityIT {
  private static Fixture db;
  private static PostgresPool pool;
  private static String role;

  private JdbcStores stores;
  private JdbcAccountStore accounts;
  private JdbcTokenStore sessions;
  private Credential alice;
  private Session session;

  @BeforeAll
  static void open() throws SQLException {
    db = Fixture.fresh();
    role = "app_" + UUID.randomUUID().toString().replace("-", "");
    String password = TestSecrets.record(OperationId.random().value());
    db.sql("CREATE ROLE " + role + " LOGIN PASSWORD '" + password + "'");
    db.sql("GRANT USAGE ON SCHEMA doorward TO " + role);
    db.sql("GRANT ALL ON ALL TABLES IN SCHEMA doorward TO " + role);
    db.sql("GRANT ALL ON ALL SEQUENCES IN SCHEMA doorward TO " + role);
    String url = db.url.substring(0, db.url.indexOf('?'));
    pool = PostgresPool.builder(url).user(role).password(password).maximumSize(2).open();
  }

  @AfterAll
  static void close() throws SQLException {
    pool.close();
    db.sql("DROP OWNED BY " + role);
    db.sql("DROP ROLE " + role);
    db.close();
  }

  @BeforeEach
  void use() {
    stores = JdbcStores.of(pool.dataSource(), db.schema);
    accounts = stores.accounts();
    sessions = stores.tokenStore();
    alice = db.newAccount();
    session = Fixture.session(alice);
    assertThat(sessions.create(session, soon())).isPresent();
    assertThat(accounts.find(alice.loginId(), soon())).isPresent();
  }

  @AfterEach
  void mend() throws SQLException {
    for (String table : Migrations.TABLES) {
      db.sql("ALTER TABLE {" + table + "} DISABLE ROW LEVEL SECURITY");
    }
  }

  private static void filter(String table) throws SQLException {
    db.sql("ALTER TABLE {" + table + "} ENABLE ROW LEVEL SECURITY");
  }

  private static void assertRefused(String table, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED))
        .hasMessageContaining("row security")
        .hasMessageContaining("\"" + table + "\" DISABLE ROW LEVEL SECURITY")
        .hasMessageContaining("BYPASSRLS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"accounts", "login_ids", "credentials"})
  void anUnknownLoginIsNotBelievedUnderRowSecurity(String table) throws SQLException {
    filter(table);

    assertRefused(table, () -> accounts.find(alice.loginId(), soon()));
  }

  @Test
  void anAbsentSessionIsNotBelievedUnderRowSecurity() throws SQLException {
    filter("sessions");

    assertRefused("sessions", () -> sessions.find(session.account(), session.id(), soon()));
  }

  @Test
  void noSessionsAndNoBacklogAreNotBelievedUnderRowSecurity() throws SQLException {
    filter("sessions");
    assertRefused("sessions", () -> sessions.list(alice.account(), soon()));
    mend();
    db.clearOutbox();
    assertThat(accounts.backlog(soon()).pending()).isZero();
    filter("outbox");

    assertRefused("outbox", () -> accounts.backlog(soon()));
  }

  @Test
  void aRevocationOfNothingIsNotBelievedUnderRowSecurity() throws SQLException {
    filter("sessions");

    assertRefused(
        "sessions", () -> sessions.revokeAll(alice.account(), EndReason.LOGOUT_ALL, soon()));
    mend();
    assertThat(sessions.revokeAll(alice.account(), EndReason.LOGOUT_ALL, soon()).ended())
        .isEqualTo(1);
  }

  @Test
  void aChangeOfNothingIsNotBelievedUnderRowSecurity() throws SQLException {
    filter("credentials");

    assertRefused(
        "credentials",
        () ->
            accounts.changePassword(
                alice.account(), alice.version(), hash("next"), OperationId.random(), soon()));
    assertRefused(
        "credentials",
        () -> accounts.setPassword(alice.account(), hash("next"), OperationId.random(), soon()));
  }

  @Test
  void rolesAreNotWithheldUnderRowSecurity() throws SQLException {
    filter("user_profiles");

    assertRefused("user_profiles", () -> accounts.load(alice.account(), soon()));
    assertRefused(
        "user_profiles",
        () ->
            accounts.changeRoles(
                alice.account(), Set.of("admin"), Set.of(), OperationId.random(), soon()));
  }

  @Test
  void aSignUpInTheHostsTransactionIsNoDuplicateUnderRowSecurity() throws SQLException {
    filter("accounts");
    db.sql("CREATE POLICY add ON {accounts} FOR INSERT TO " + role + " WITH CHECK (true)");
    try (Connection host = pool.dataSource().getConnection()) {
      host.setAutoCommit(false);
      assertThatThrownBy(
              () ->
                  accounts.signUp(
                      host,
                      NewAccount.of(
                          AccountId.random(), Fixture.newLogin(), AccountStatus.ACTIVE, hash("a")),
                      OperationId.random()))
          .isInstanceOf(StoreException.class);
      host.rollback();
      host.setAutoCommit(true);
    } finally {
      db.sql("DROP POLICY add ON {accounts}");
    }
  }

  @Test
  void rowSecurityForOurUserIsARefusalWithATableAndARemedy() throws SQLException {
    filter("credentials");

    assertThat(stores.backend().inspect(soon()))
        .filteredOn(found -> found.code().equals("postgresql.row_security"))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.severity()).isEqualTo(Severity.REFUSAL);
              assertThat(found.meaning()).contains("\"doorward\".\"credentials\"", "BYPASSRLS");
            });
    assertThat(SchemaCheck.of(pool.dataSource(), db.schema).run(soon()))
        .isEqualTo(new SchemaState.RowSecurity(db.schema, "credentials"));
  }

  @Test
  void afterRowSecurityIsOffEverythingIsServedAgain() throws SQLException {
    filter("accounts");
    assertRefused("accounts", () -> accounts.find(Fixture.newLogin(), soon()));
    assertRefused("accounts", () -> accounts.find(alice.account(), soon()));
    mend();

    assertThat(accounts.find(alice.loginId(), soon())).isPresent();
    Optional<Credential> unknown = accounts.find(Fixture.newLogin(), soon());
    assertThat(unknown).isEmpty();
    Creation creation =
        accounts.create(
            NewAccount.of(AccountId.random(), Fixture.newLogin(), AccountStatus.ACTIVE, hash("a")),
            OperationId.random(),
            soon());
    assertThat(creation).isInstanceOf(Creation.Created.class);
  }

  @Test
  void rowSecurityThatSparesTheUserIsNoFinding() throws SQLException {
    filter("accounts");

    List<Finding> ofOwner =
        JdbcStores.of(db.pool.dataSource(), db.schema).backend().inspect(soon());
    assertThat(ofOwner)
        .extracting(Finding::code)
        .doesNotContain("postgresql.row_security", "postgresql.schema");
  }
}
