package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.hash;
import static io.doorward.auth.jdbc.Fixture.session;
import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.session.Session;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestSecrets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Versions after the server's history has become another, which a row of ours stands for here. */
final class ErasIT {
  private static final long ERA = 1L << 32;

  private static Fixture db;

  private final Credential ada = db.newAccount();
  private final long before = db.user(ada).version();

  @BeforeAll
  static void open() {
    db = Fixture.fresh();
  }

  @AfterAll
  static void close() {
    db.close();
  }

  /** From here on the server's history is not the one that the row names. */
  private void inAnotherHistory() throws SQLException {
    db.sql("UPDATE {era} SET history = 'another'");
  }

  private long eraBegan() throws SQLException {
    return Long.parseLong(db.query("SELECT first_version FROM {era}").get(0));
  }

  private Change.Changed changePassword() {
    Credential seen = db.find(ada);
    return (Change.Changed)
        db.credentials.changePassword(
            seen.account(), seen.version(), hash("next"), OperationId.random(), soon());
  }

  @Test
  void inOneHistoryVersionsGoOnOneByOne() throws SQLException {
    long began = eraBegan();

    assertThat(changePassword().version().number()).isBetween(before + 1, before + 10);
    assertThat(eraBegan()).isEqualTo(began);
  }

  @Test
  void inAnotherHistoryVersionsGoOnFarAboveThoseBefore() throws SQLException {
    inAnotherHistory();

    long first = changePassword().version().number();
    long second = changePassword().version().number();

    assertThat(first).isBetween(before + ERA, before + ERA + 10);
    assertThat(second).as("one era for one history").isBetween(first + 1, first + 10);
    assertThat(eraBegan()).isEqualTo(first);
  }

  @Test
  void ofTransactionsThatMeetAnotherHistoryAtOnceOneBeginsTheEra() throws Exception {
    inAnotherHistory();
    try (Connection connection = db.admin()) {
      connection.setAutoCommit(false);
      long first = nextVersion(connection);
      CompletableFuture<Long> other = CompletableFuture.supplyAsync(this::nextVersion);
      await()
          .until(
              () ->
                  db.query("SELECT count(*) FROM pg_locks WHERE NOT granted").get(0).equals("1")
                      || other.isDone());
      assertThat(other).as("it waits for the first").isNotDone();
      connection.commit();

      assertThat(other.get()).isBetween(first + 1, first + 10);
    }
  }

  private long nextVersion() {
    try (Connection connection = db.admin()) {
      return nextVersion(connection);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private long nextVersion(Connection connection) throws SQLException {
    return Long.parseLong(db.query(connection, "SELECT {next_version}()").get(0));
  }

  @Test
  void anEraThatIsRolledBackIsBegunByTheNext() throws SQLException {
    inAnotherHistory();
    long lost;
    try (Connection connection = db.admin()) {
      connection.setAutoCommit(false);
      lost = nextVersion(connection);
      connection.rollback();
    }

    assertThat(changePassword().version().number()).isGreaterThan(lost);
    assertThat(eraBegan()).isGreaterThan(lost);
  }

  /** Every trigger that takes a number. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE {credentials} SET secret = 'other' WHERE account_id = ?",
        "DELETE FROM {credentials} WHERE account_id = ?",
        "UPDATE {accounts} SET status = 'disabled' WHERE id = ?",
        "UPDATE {login_ids} SET value = 'other' WHERE account_id = ?",
        "DELETE FROM {accounts} WHERE id = ?",
        "UPDATE {user_profiles} SET roles = ARRAY['a'] WHERE account_id = ?",
        "DELETE FROM {user_profiles} WHERE account_id = ?",
        "DELETE FROM {sessions} WHERE account_id = ?"
      })
  void whateverIsDoneFirstBeginsTheEra(String statement) throws SQLException {
    assertThat(db.tokens.create(session(ada), soon())).isPresent();
    db.clearOutbox();
    inAnotherHistory();

    db.sql(statement, UUID.fromString(ada.account().value()));

    assertAllToldIsOfTheNewEra();
  }

  private void assertAllToldIsOfTheNewEra() {
    List<Invalidation> told = new ArrayList<>();
    db.outbox.drain(100, Fixture.confirming(told), soon());
    assertThat(told).isNotEmpty().allMatch(each -> each.floor() > before + ERA);
  }

  @Test
  void anAccountWithoutAPasswordBeginsTheEraByItsNewName() throws SQLException {
    UUID account = UUID.fromString(ada.account().value());
    db.sql("DELETE FROM {credentials} WHERE account_id = ?", account);
    db.clearOutbox();
    inAnotherHistory();

    db.sql("UPDATE {login_ids} SET value = 'no-password' WHERE account_id = ?", account);

    assertAllToldIsOfTheNewEra();
  }

  @Test
  void anAccountOutgrowsALostNumberOnceAndKeepsItsEpoch() throws SQLException {
    Session session = session(ada);
    assertThat(db.tokens.create(session, soon())).isPresent();
    UserRecord seen = db.user(ada);
    long lost = before + 5;
    inAnotherHistory();

    assertThat(db.profiles.outgrow(ada.account(), lost, soon())).isTrue();

    UserRecord after = db.user(ada);
    assertThat(after.version()).isGreaterThan(before + ERA);
    assertThat(after.epoch()).isEqualTo(seen.epoch()).isEqualTo(db.find(ada).epoch());
    assertThat(after.roles()).isEqualTo(seen.roles());
    assertThat(db.find(ada).version().number()).isGreaterThan(before + ERA);
    assertThat(db.tokens.find(ada.account(), session.id(), soon())).isPresent();
    assertThat(db.profiles.outgrow(ada.account(), lost, soon())).as("once").isFalse();
    assertThat(db.user(ada)).isEqualTo(after);
  }

  @Test
  void aNumberThatThePresentHistoryMayHaveGivenIsNotOutgrown() throws SQLException {
    UserRecord seen = db.user(ada);
    assertThat(db.profiles.outgrow(ada.account(), before + 5, soon())).isFalse();
    assertThat(db.user(ada)).isEqualTo(seen);
    inAnotherHistory();

    assertThat(db.profiles.outgrow(ada.account(), before + 3 * ERA, soon())).isFalse();

    assertThat(db.user(ada)).isEqualTo(seen);
    assertThat(db.profiles.outgrow(AccountId.random(), 1, soon())).isFalse();
  }

  @Test
  void aServerThatHidesItsHistoryIsAFindingAndChangesGoOn() throws SQLException {
    String url = TestPostgres.shared().newDatabase().jdbcUrl();
    String owner = "owner_" + UUID.randomUUID().toString().replace("-", "");
    String password = TestSecrets.record(OperationId.random().value());
    String database = url.replaceAll(".*/([^/?]+)(\\?.*)?$", "$1");
    execute(
        url,
        "CREATE ROLE " + owner + " LOGIN PASSWORD '" + password + "'",
        "GRANT CREATE ON DATABASE " + database + " TO " + owner,
        "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
    try {
      PGSimpleDataSource source = new PGSimpleDataSource();
      source.setUrl(url);
      source.setUser(owner);
      source.setPassword(password);
      SchemaMigrator.of(source, JdbcSchema.defaults()).migrate(soon());
      JdbcStores stores = JdbcStores.of(source, JdbcSchema.defaults());

      assertThat(
              stores
                  .credentials()
                  .create(
                      NewAccount.of(
                          AccountId.random(), Fixture.newLogin(), AccountStatus.ACTIVE, hash("a")),
                      OperationId.random(),
                      soon()))
          .isNotNull();

      assertThat(stores.backend().inspect(soon()))
          .filteredOn(finding -> finding.code().equals("postgresql.history"))
          .singleElement()
          .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Finding.Severity.WARNING));
    } finally {
      execute(url, "DROP OWNED BY " + owner + " CASCADE", "DROP ROLE " + owner);
    }
  }

  private static void execute(String url, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }
}
