package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.hash;
import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.FaultProxy.Direction;
import io.doorward.auth.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A server that is away, paused, stopped, deaf or slow: every call ends, and recovers by itself.
 */
@Tag("elapsed")
final class FaultsIT {
  /** What a shared machine may add to a deadline. */
  private static final Duration SLACK = Duration.ofMillis(700);

  private static StoreException failsWithin(Duration limit, Callable<?> call) {
    long start = System.nanoTime();
    StoreException failure = catchThrowableOfType(StoreException.class, call::call);
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertThat(failure).isNotNull();
    assertThat(took).isLessThan(limit.plus(SLACK));
    return failure;
  }

  private static FaultProxy proxy() {
    return FaultProxy.to(TestPostgres.shared().host(), TestPostgres.shared().port());
  }

  private static String through(FaultProxy proxy, Fixture db) {
    return db.url.replaceFirst("//[^/]+/", "//" + proxy.host() + ":" + proxy.port() + "/");
  }

  @Test
  void aPoolWhoseFirstConnectionDiesWhileItIsSetUpRecovers() throws SQLException {
    try (Fixture db = Fixture.fresh();
        FaultProxy proxy = proxy()) {
      PostgresPool.Builder builder = PostgresPool.builder(through(proxy, db)).maximumSize(1);
      long bytes;
      try (PostgresPool pool = builder.open();
          Connection whole = pool.dataSource().getConnection()) {
        assertThat(whole.isReadOnly()).isFalse();
        bytes = proxy.bytes(Direction.DOWN);
      }
      // In the middle of the answer to the pool's own last question.
      proxy.cutAfter(Direction.DOWN, bytes - 10);
      try (PostgresPool pool = builder.open()) {
        JdbcCredentialStore store = JdbcStores.of(pool.dataSource(), db.schema).credentials();
        // The first pool made one, this one its first: a third is made once that one is dead.
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> proxy.connections() > 2);
        proxy.heal();
        Awaitility.await()
            .atMost(Duration.ofSeconds(20))
            .ignoreExceptionsInstanceOf(StoreException.class)
            .untilAsserted(() -> assertThat(store.find(Fixture.newLogin(), soon())).isEmpty());
      }
    }
  }

  @Test
  void anApplicationStartsWithoutPostgresAndWorksOnceItIsThere() {
    try (TestPostgres server = TestPostgres.startNew()) {
      String url = server.newDatabase().jdbcUrl();
      server.stop();
      try (PostgresPool pool = PostgresPool.builder(url).open()) {
        JdbcCredentialStore store =
            JdbcStores.of(pool.dataSource(), JdbcSchema.defaults()).credentials();
        StoreException failure =
            failsWithin(
                Duration.ofSeconds(2),
                () -> store.find(Fixture.newLogin(), Deadline.after(Duration.ofSeconds(2))));
        assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
        server.start();
        Awaitility.await()
            .atMost(Duration.ofSeconds(30))
            .ignoreExceptionsInstanceOf(StoreException.class)
            .untilAsserted(
                () ->
                    assertThat(
                            SchemaMigrator.of(pool.dataSource(), JdbcSchema.defaults())
                                .migrate(soon())
                                .to())
                        .isEqualTo(Migrations.NEWEST));
        assertThat(store.find(Fixture.newLogin(), soon())).isEmpty();
        server.stop();
        StoreException stopped =
            failsWithin(
                Duration.ofSeconds(2),
                () -> store.find(Fixture.newLogin(), Deadline.after(Duration.ofSeconds(2))));
        assertThat(stopped.isTransient()).isTrue();
      }
    }
  }

  @Test
  void aPausedServerCostsTheDeadlineAndNoMore() {
    try (TestPostgres server = TestPostgres.startNew();
        Fixture db = Fixture.on(server);
        PostgresPool pool = PostgresPool.builder(db.url).maximumSize(4).open()) {
      JdbcCredentialStore store = JdbcStores.of(pool.dataSource(), db.schema).credentials();
      JdbcTokenStore tokens = JdbcStores.of(pool.dataSource(), db.schema).tokenStore();
      Credential account = db.newAccount();
      for (int i = 0; i < 3; i++) {
        store.find(account.account(), soon());
      }
      server.pause();
      try {
        // Longer than the pool's own bound, so the first goes straight to a live connection.
        for (Duration limit :
            new Duration[] {
              Duration.ofMillis(1000), Duration.ofMillis(300), Duration.ofMillis(50)
            }) {
          failsWithin(limit, () -> store.find(account.loginId(), Deadline.after(limit)));
          failsWithin(
              limit,
              () ->
                  store.changePassword(
                      account.account(),
                      account.version(),
                      hash("x"),
                      OperationId.random(),
                      Deadline.after(limit)));
          failsWithin(limit, () -> tokens.create(Fixture.session(account), Deadline.after(limit)));
        }
      } finally {
        server.resume();
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptionsInstanceOf(StoreException.class)
          .untilAsserted(
              () ->
                  assertThat(store.find(account.loginId(), Deadline.after(Duration.ofSeconds(2))))
                      .isPresent());
      // The compare-and-set was cut before its COMMIT.
      assertThat(store.find(account.account(), soon())).contains(account);
    }
  }

  @Test
  void aPausedServerDoesNotHoldUpAForeignDataSource() {
    try (TestPostgres server = TestPostgres.startNew();
        Fixture db = Fixture.on(server)) {
      PGSimpleDataSource plain = new PGSimpleDataSource();
      plain.setUrl(db.url);
      JdbcOutbox outbox = JdbcStores.of(plain, db.schema).outbox();
      assertThat(outbox.backlog(soon()).pending()).isZero();
      server.pause();
      try {
        StoreException failure =
            failsWithin(
                Duration.ofMillis(400),
                () -> outbox.backlog(Deadline.after(Duration.ofMillis(400))));
        assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
      } finally {
        server.resume();
      }
      assertThat(outbox.backlog(soon()).pending()).isZero();
    }
  }

  @Test
  void aServerThatDripsBytesCostsTheDeadlineAndNoMore() throws Exception {
    try (Fixture db = Fixture.fresh();
        FaultProxy proxy = proxy();
        PostgresPool pool = PostgresPool.builder(through(proxy, db)).maximumSize(2).open()) {
      JdbcCredentialStore store = JdbcStores.of(pool.dataSource(), db.schema).credentials();
      Credential account = db.newAccount();
      assertThat(store.find(account.loginId(), soon())).isPresent();
      proxy.slice(1, Duration.ofMillis(100));
      StoreException failure =
          failsWithin(
              Duration.ofMillis(900),
              () -> store.find(account.loginId(), Deadline.after(Duration.ofMillis(900))));
      assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
      proxy.heal();
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptionsInstanceOf(StoreException.class)
          .untilAsserted(() -> assertThat(store.find(account.loginId(), soon())).isPresent());
    }
  }

  @Test
  void anExhaustedPoolIsABoundedWait() throws SQLException {
    try (Fixture db = Fixture.fresh();
        PostgresPool pool = PostgresPool.builder(db.url).maximumSize(1).open();
        Connection taken = pool.dataSource().getConnection()) {
      assertThat(taken.isClosed()).isFalse();
      JdbcOutbox outbox = JdbcStores.of(pool.dataSource(), db.schema).outbox();
      StoreException failure =
          failsWithin(
              Duration.ofMillis(500), () -> outbox.backlog(Deadline.after(Duration.ofSeconds(10))));
      assertThat(failure.kind()).isEqualTo(Kind.OVERLOADED);
      failsWithin(
          Duration.ofMillis(100), () -> outbox.backlog(Deadline.after(Duration.ofMillis(100))));
    }
  }

  @Test
  void aLockedRowCostsTheDeadlineAndTheConnectionSurvives() throws SQLException {
    try (Fixture db = Fixture.fresh();
        Connection admin = db.admin();
        PostgresPool pool = PostgresPool.builder(db.url).maximumSize(1).open()) {
      JdbcCredentialStore store = JdbcStores.of(pool.dataSource(), db.schema).credentials();
      Credential account = db.newAccount();
      String backend = backend(pool);
      admin.setAutoCommit(false);
      db.sql(
          admin,
          "UPDATE {credentials} SET updated_at = now() WHERE account_id = ?",
          UUID.fromString(account.account().value()));
      StoreException failure =
          failsWithin(
              Duration.ofMillis(900),
              () ->
                  store.changePassword(
                      account.account(),
                      account.version(),
                      hash("x"),
                      OperationId.random(),
                      Deadline.after(Duration.ofMillis(900))));
      assertThat(failure.kind()).as("the server has answered").isEqualTo(Kind.REFUSED);
      admin.rollback();
      assertThat(backend(pool)).isEqualTo(backend);
      assertThat(store.find(account.account(), soon())).contains(account);
    }
  }

  private static String backend(PostgresPool pool) throws SQLException {
    try (Connection connection = pool.dataSource().getConnection();
        var statement = connection.createStatement();
        var row = statement.executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      return row.getString(1);
    }
  }

  @Test
  void aCutConnectionIsNeverUsedAgain() throws SQLException {
    try (Fixture db = Fixture.fresh();
        Connection admin = db.admin();
        PostgresPool pool = PostgresPool.builder(db.url).maximumSize(1).open()) {
      JdbcOutbox outbox = JdbcStores.of(pool.dataSource(), db.schema).outbox();
      assertThat(outbox.backlog(soon()).pending()).isZero();
      admin.setAutoCommit(false);
      db.sql(admin, "LOCK TABLE {outbox} IN ACCESS EXCLUSIVE MODE");
      assertThat(
              failsWithin(
                      Duration.ofMillis(900),
                      () -> outbox.backlog(Deadline.after(Duration.ofMillis(900))))
                  .kind())
          .isEqualTo(Kind.TIMEOUT);
      admin.rollback();
      assertThat(outbox.backlog(soon()).pending()).isZero();
    }
  }

  @Test
  void aKilledBackendIsAStoreExceptionAndTheNextCallWorks() throws SQLException {
    try (Fixture db = Fixture.fresh()) {
      db.outbox.backlog(soon());
      db.query(
          "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname ="
              + " current_database() AND pid <> pg_backend_pid()");
      Awaitility.await()
          .ignoreExceptionsInstanceOf(StoreException.class)
          .untilAsserted(() -> assertThat(db.outbox.backlog(soon()).pending()).isZero());
    }
  }

  @Test
  void aDeadlineThatHasPassedAsksNobody() {
    try (Fixture db = Fixture.fresh()) {
      Deadline past = Deadline.after(Duration.ofNanos(1));
      assertThatThrownBy(() -> db.outbox.backlog(past))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT))
          .hasMessageContaining("outbox backlog");
    }
  }

  @Test
  void aDataSourceWithAutoCommitOffIsRefused() {
    try (Fixture db = Fixture.fresh()) {
      HikariConfig config = new HikariConfig();
      config.setJdbcUrl(db.url);
      config.setAutoCommit(false);
      config.setMaximumPoolSize(1);
      try (HikariDataSource pool = new HikariDataSource(config)) {
        JdbcCredentialStore store = JdbcStores.of(pool, db.schema).credentials();
        assertThatThrownBy(
                () ->
                    store.create(
                        AccountId.random(),
                        Fixture.newLogin(),
                        AccountStatus.ACTIVE,
                        hash("a"),
                        OperationId.random(),
                        soon()))
            .isInstanceOfSatisfying(
                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED))
            .hasMessageContaining("auto-commit on");
        assertThatThrownBy(() -> store.find(Fixture.newLogin(), soon()))
            .isInstanceOf(StoreException.class);
      }
    }
  }

  @Test
  void theCallersInterruptIsKept() {
    try (Fixture db = Fixture.fresh()) {
      PGSimpleDataSource plain = new PGSimpleDataSource();
      plain.setUrl(db.url);
      JdbcOutbox outbox = JdbcStores.of(plain, db.schema).outbox();
      Thread.currentThread().interrupt();
      assertThat(outbox.backlog(soon()).pending()).isZero();
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void aStricterIsolationLevelOfThePoolDoesNotLoseChanges() throws Exception {
    try (Fixture db = Fixture.fresh()) {
      HikariConfig config = new HikariConfig();
      config.setJdbcUrl(db.url);
      config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
      try (HikariDataSource pool = new HikariDataSource(config)) {
        JdbcCredentialStore store = JdbcStores.of(pool, db.schema).credentials();
        Credential seen = db.newAccount();
        var results =
            Fixture.together(
                8,
                () ->
                    store.changePassword(
                        seen.account(), seen.version(), hash("x"), OperationId.random(), soon()));
        assertThat(results).filteredOn(Change.Changed.class::isInstance).hasSize(1);
      }
    }
  }
}
