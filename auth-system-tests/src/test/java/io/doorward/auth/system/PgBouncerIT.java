package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Budgets;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.jdbc.SchemaCheck;
import io.doorward.auth.jdbc.SchemaMigrator;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * PostgreSQL behind a pooler that hands its sessions round. Runs where PgBouncer is installed: a
 * profile of the build looks for it.
 */
class PgBouncerIT {
  private static final int SESSIONS = 3;
  private static final int LIVES = 40;
  private static final JdbcSchema SHOP = JdbcSchema.of("shop");
  private static final JdbcSchema FORUM = JdbcSchema.of("forum");

  private static TestDatabase database;
  private static PgBouncer bouncer;

  /** The lines that this class proves. */
  static Set<FaultCase> lines() {
    return Set.of(FaultCase.POOLER);
  }

  @BeforeAll
  static void start() {
    database = TestPostgres.shared().newDatabase();
    bouncer = PgBouncer.before(database, SESSIONS);
  }

  @AfterAll
  static void stop() {
    bouncer.close();
    database.close();
  }

  private static Deadline minute() {
    return Deadline.after(Duration.ofMinutes(1));
  }

  private static PostgresPool ours() {
    return PostgresPool.builder(bouncer.jdbcUrl()).poolWait(Duration.ofSeconds(10)).open();
  }

  /** A pool as a framework makes it: the driver names statements, commits from the first on. */
  private static HikariDataSource foreign() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(bouncer.jdbcUrl() + "&prepareThreshold=1");
    config.setMaximumPoolSize(4);
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }

  private static void migrate(DataSource source, JdbcSchema schema) {
    List<SchemaMigrator.Migrated> runs =
        Concurrently.call(3, () -> SchemaMigrator.of(source, schema).migrate(minute()));
    assertThat(runs).extracting(SchemaMigrator.Migrated::from).contains(0);
    assertThat(SchemaCheck.of(source, schema).run(minute()).isUsable()).isTrue();
  }

  private static AuthService service(DataSource source, JdbcSchema schema) {
    JdbcStores stores = JdbcStores.of(source, schema);
    return AuthService.builder(
            stores.accounts(),
            stores.tokenStore(),
            KeyRing.ofSecret("pooled", TestSecrets.newKey()))
        .passwordHasher(new FastHasher())
        .budgets(
            Budgets.defaults().withAttempts(Application.budgets(10_000, Duration.ofSeconds(1))))
        .build();
  }

  @Test
  void twoApplicationsBehindOnePoolerAnswerRight() throws SQLException {
    try (PostgresPool pool = ours();
        HikariDataSource other = foreign()) {
      migrate(pool.dataSource(), SHOP);
      migrate(other, FORUM);
      try (AuthService shop = service(pool.dataSource(), SHOP);
          AuthService forum = service(other, FORUM)) {
        List<Callable<Integer>> people = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          people.add(() -> live(shop));
          people.add(() -> live(forum));
        }
        assertThat(Concurrently.call(people)).containsOnly(LIVES);
        for (AuthService service : List.of(shop, forum)) {
          assertThat(service.operations().health().findings())
              .extracting(Finding::code)
              .contains("postgresql.pooler");
        }
      }
    }
    assertNothingIsLeftInAnySession();
  }

  /** Says how many lives went as they should; the first that does not fails. */
  private static int live(AuthService service) {
    int lives = 0;
    while (lives < LIVES) {
      Person alice = Person.random();
      Person renewed = alice.with(TestSecrets.newPassword());
      assertThat(
              service.signUp(
                  new SignUp(alice.loginId(), alice.password(), ClientContext.unknown()), minute()))
          .isInstanceOf(SignUpResult.Created.class);
      LoginResult.Success laptop = loggedIn(service, alice);
      assertThat(service.check(laptop.token(), minute())).isInstanceOf(CheckResult.Active.class);
      assertThat(
              service.changePassword(
                  new PasswordChange(
                      laptop.principal(),
                      alice.password(),
                      renewed.password(),
                      ClientContext.unknown()),
                  minute()))
          .isInstanceOf(PasswordChangeResult.Changed.class);
      assertThat(login(service, alice)).isEqualTo(new LoginResult.Rejected());
      assertThat(service.check(laptop.token(), minute())).isEqualTo(new CheckResult.Rejected());
      LoginResult.Success phone = loggedIn(service, renewed);
      LogoutResult all = service.sessions().logoutAll(phone.principal().account(), minute());
      assertThat(all).isInstanceOf(LogoutResult.Done.class);
      assertThat(service.check(phone.token(), minute())).isEqualTo(new CheckResult.Rejected());
      lives++;
    }
    return lives;
  }

  private static LoginResult login(AuthService service, Person person) {
    LoginResult result =
        service.login(
            new LoginAttempt(person.loginId(), person.password(), ClientContext.unknown()),
            minute());
    if (result instanceof LoginResult.Success success) {
      TestSecrets.record(success.token());
      TestSecrets.record(success.deviceCookie().orElseThrow().reveal());
    }
    return result;
  }

  private static LoginResult.Success loggedIn(AuthService service, Person person) {
    LoginResult result = login(service, person);
    assertThat(result).isInstanceOf(LoginResult.Success.class);
    return (LoginResult.Success) result;
  }

  /**
   * Holds all the pooler's sessions at once, so that each is looked at. The empty statement and the
   * question for the isolation level are a foreign pool's own, asked before anything of ours.
   */
  private static void assertNothingIsLeftInAnySession() throws SQLException {
    List<Connection> all = new ArrayList<>();
    List<String> seen = new ArrayList<>();
    try (HikariDataSource source = new HikariDataSource(plain())) {
      for (int i = 0; i < SESSIONS; i++) {
        Connection connection = source.getConnection();
        all.add(connection);
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement();
            ResultSet row =
                statement.executeQuery(
                    """
                    SELECT concat_ws(' ',
                      (SELECT coalesce(string_agg(statement, '; '), 'nothing')
                        FROM pg_prepared_statements
                        WHERE statement NOT IN ('', 'SHOW TRANSACTION ISOLATION LEVEL')),
                      current_setting('row_security'), current_setting('statement_timeout'),
                      current_setting('default_transaction_isolation'))
                    """)) {
          row.next();
          seen.add(row.getString(1));
        }
      }
      for (Connection connection : all) {
        connection.rollback();
        connection.close();
      }
    }
    assertThat(seen).hasSize(SESSIONS).containsOnly("nothing on 0 read committed");
  }

  private static HikariConfig plain() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(bouncer.jdbcUrl() + "&prepareThreshold=0");
    config.setMaximumPoolSize(SESSIONS);
    return config;
  }

  // F26

  @Test
  void everythingIsAsEverBehindAPooler() {
    FaultTable.Line seen = FaultTable.of(FaultCase.POOLER);
    for (Sessions home : FaultCells.HOMES) {
      try (Application application =
              Application.on(TestPostgres.shared(), TestRedis.shared(), home);
          PgBouncer pooler = PgBouncer.before(application.database(), 2)) {
        Node here = application.node(behind(pooler));
        Node there = application.node(behind(pooler));
        FaultScenariosIT.asEver(
            application, here, there, (operation, word) -> seen.saw(home, operation, word));
      }
    }
    seen.end();
  }

  private static Application.Setup behind(PgBouncer pooler) {
    return FaultScenariosIT.quick()
        .postgresBehind(pooler.host(), pooler.port(), UnaryOperator.identity());
  }
}
