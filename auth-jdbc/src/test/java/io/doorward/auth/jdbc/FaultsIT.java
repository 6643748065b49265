package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.hash;
import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.CredentialStore.Creation;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.backend.BreakerPolicy;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.FaultProxy.Direction;
import io.doorward.auth.testkit.PostgresFaults;
import io.doorward.auth.testkit.TestPostgres;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A server that is away, paused, stopped, deaf or slow: every call ends, and recovers by itself.
 */
@Tag("elapsed")
final class FaultsIT {
  /** What a shared machine may add to a deadline. */
  private static final Duration SLACK = Duration.ofMillis(700);

  /** Asks again and again, however often there is no answer. */
  private static final BreakerPolicy PATIENT =
      new BreakerPolicy(1_000, 10_000, Duration.ofSeconds(1), Duration.ofSeconds(1));

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
      Outbox outbox = JdbcStores.of(plain, db.schema).outbox();
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
        PostgresPool pool = PostgresPool.builder(db.url).maximumSize(1).open()) {
      Outbox outbox = JdbcStores.of(pool.dataSource(), db.schema).outbox();
      // The pool's first connection may take longer to make than the pool lets others wait.
      assertThat(outbox.backlog(soon()).pending()).isZero();
      try (Connection taken = pool.dataSource().getConnection()) {
        assertThat(taken.isClosed()).isFalse();
        StoreException failure =
            failsWithin(
                Duration.ofMillis(500),
                () -> outbox.backlog(Deadline.after(Duration.ofSeconds(10))));
        assertThat(failure.kind()).isEqualTo(Kind.OVERLOADED);
        failsWithin(
            Duration.ofMillis(100), () -> outbox.backlog(Deadline.after(Duration.ofMillis(100))));
      }
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
      Outbox outbox = JdbcStores.of(pool.dataSource(), db.schema).outbox();
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
                        NewAccount.of(
                            AccountId.random(),
                            Fixture.newLogin(),
                            AccountStatus.ACTIVE,
                            hash("a")),
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
      Outbox outbox = JdbcStores.of(plain, db.schema).outbox();
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

  @Test
  void theFirstConnectionMayTakeWhatTheDeadlineGives() {
    try (Fixture db = Fixture.fresh();
        FaultProxy proxy = proxy()) {
      proxy.latency(Duration.ofMillis(60), Duration.ZERO);
      try (PostgresPool pool =
          PostgresPool.builder(through(proxy, db))
              .maximumSize(1)
              .poolWait(Duration.ofMillis(250))
              .open()) {
        Outbox outbox = JdbcStores.of(pool.dataSource(), db.schema).outbox();
        assertThat(outbox.backlog(soon()).pending()).isZero();
      }
    }
  }

  @Test
  void aFirstConnectionThatIsRefusedIsNotWaitedFor() {
    try (Fixture db = Fixture.fresh();
        FaultProxy proxy = proxy()) {
      proxy.refuse();
      try (PostgresPool pool =
          PostgresPool.builder(through(proxy, db)).poolWait(Duration.ofMillis(250)).open()) {
        Outbox outbox = JdbcStores.of(pool.dataSource(), db.schema).outbox();
        for (int i = 0; i < 3; i++) {
          StoreException failure =
              failsWithin(
                  Duration.ofMillis(250),
                  () -> outbox.backlog(Deadline.after(Duration.ofSeconds(20))));
          assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
          assertThat(failure)
              .hasMessageContaining("127.0.0.1:" + proxy.port())
              .hasMessageContaining("refused");
        }
      }
    }
  }

  @Test
  void aRefusalWhileConnectingIsNeverSilence() throws SQLException {
    try (Fixture db = Fixture.fresh()) {
      String role = "refused_" + System.nanoTime();
      db.sql("CREATE ROLE " + role + " LOGIN CONNECTION LIMIT 0");
      Map<String, String> refusals =
          Map.of(
              "22023", db.url + "&options=-c%20TimeZone=Moon/Tranquility",
              "3D000", db.url.replaceFirst("/doorward_[0-9a-f]+", "/doorward_nowhere"),
              "28000", db.url.replaceFirst("user=[a-z]+", "user=doorward_nobody"),
              "53300", db.url.replaceFirst("user=[a-z]+", "user=" + role));
      for (Map.Entry<String, String> refusal : refusals.entrySet()) {
        PGSimpleDataSource plain = new PGSimpleDataSource();
        plain.setUrl(refusal.getValue());
        assertIsRefusal(refusal.getKey(), JdbcStores.of(plain, db.schema));
      }
    }
  }

  @Test
  void aPoolThatIsRefusedSaysTheSameEveryTime() {
    try (Fixture db = Fixture.fresh();
        PostgresPool pool =
            PostgresPool.builder(db.url + "&options=-c%20TimeZone=Moon/Tranquility")
                .poolWait(Duration.ofMillis(250))
                .open()) {
      JdbcStores stores = JdbcStores.of(pool.dataSource(), db.schema);
      // More often than silence would be borne, and in the pool's pauses, too.
      for (int i = 0; i < 6; i++) {
        assertThat(assertIsRefusal("22023", stores)).hasMessageContaining("Moon/Tranquility");
      }
      assertThat(stores.backend().isLost()).isFalse();
    }
  }

  private static StoreException assertIsRefusal(String state, JdbcStores stores) {
    StoreException failure =
        catchThrowableOfType(StoreException.class, () -> stores.outbox().backlog(soon()));
    assertThat(failure)
        .hasMessageStartingWith("PostgreSQL at " + TestPostgres.shared().host() + ":")
        .hasMessageContaining("(SQLState " + state + "). ");
    assertThat(failure.kind())
        .as(failure.getMessage())
        .isEqualTo(state.equals("53300") ? Kind.REFUSED : Kind.MISCONFIGURED);
    return failure;
  }

  @Test
  void aNodeThatIsCutOffHoldsUpOthersForItsDeadlineAndASecond() throws Exception {
    Duration deadline = Duration.ofSeconds(1);
    CountDownLatch released = new CountDownLatch(1);
    try (Fixture db = Fixture.fresh();
        FaultProxy proxy = proxy()) {
      // Nothing but the transaction itself bounds what this one holds.
      PGSimpleDataSource plain = new PGSimpleDataSource();
      plain.setUrl(through(proxy, db));
      Outbox cutOff = JdbcStores.of(plain, db.schema).outbox();
      cutOff.backlog(soon());
      Credential account = db.newAccount();
      CompletableFuture<StoreException> failure =
          Concurrently.begin(
              () ->
                  catchThrowableOfType(
                      StoreException.class,
                      () ->
                          cutOff.drain(
                              10,
                              row -> {
                                proxy.isolate();
                                await(released);
                                return Fixture.confirm(row);
                              },
                              Deadline.after(deadline))));
      Awaitility.await().until(() -> holdsRows(db));
      long from = System.nanoTime();
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> db.outbox.drain(10, Fixture::confirm, soon()).delivered() > 0);
      assertThat(Duration.ofNanos(System.nanoTime() - from))
          .isLessThan(deadline.plusSeconds(1).plus(SLACK));
      released.countDown();
      assertThat(failure.get(20, TimeUnit.SECONDS).kind()).isEqualTo(Kind.TIMEOUT);
      assertThat(db.outbox.backlog(soon()).pending()).isZero();
      assertThat(db.find(account)).isEqualTo(account);
    } finally {
      released.countDown();
    }
  }

  private static boolean holdsRows(Fixture db) throws SQLException {
    return !db.query(
            "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database()"
                + " AND state = 'idle in transaction'")
        .isEmpty();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aDataSourceThatHangsTakesNoThreadOfAnother() {
    CountDownLatch released = new CountDownLatch(1);
    try (Fixture db = Fixture.fresh()) {
      PGSimpleDataSource plain = new PGSimpleDataSource();
      plain.setUrl(db.url);
      DataSource hanging = PostgresFaults.beforeConnect(plain, () -> await(released));
      Outbox sick = JdbcStores.builder(hanging, db.schema).breaker(PATIENT).build().outbox();
      Outbox well = JdbcStores.of(plain, db.schema).outbox();

      List<Kind> kinds =
          Concurrently.call(
              ConnectionThreads.BORROWERS + 6,
              () ->
                  failsWithin(
                          Duration.ofSeconds(2),
                          () -> sick.backlog(Deadline.after(Duration.ofMillis(300))))
                      .kind());

      assertThat(kinds).containsOnly(Kind.UNREACHABLE, Kind.OVERLOADED);
      assertThat(kinds).contains(Kind.OVERLOADED);
      assertThat(well.backlog(soon()).pending()).isZero();
    } finally {
      released.countDown();
    }
  }

  @Test
  void aConnectionThatCannotBeCutHurtsNoOtherDatabase() throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    try (Fixture db = Fixture.fresh();
        Connection admin = db.admin();
        PostgresPool pool = PostgresPool.builder(db.url).maximumSize(2).open()) {
      Outbox sick =
          JdbcStores.of(
                  connections(db, method -> block(method.equals("abort"), released)), db.schema)
              .outbox();
      Outbox well = JdbcStores.of(pool.dataSource(), db.schema).outbox();
      assertThat(sick.backlog(soon()).pending() + well.backlog(soon()).pending()).isZero();
      admin.setAutoCommit(false);
      db.sql(admin, "LOCK TABLE {outbox} IN ACCESS EXCLUSIVE MODE");
      List<CompletableFuture<Outbox.Backlog>> stuck = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        // Long enough to connect, also on a machine that is busy.
        stuck.add(Concurrently.begin(() -> sick.backlog(Deadline.after(Duration.ofSeconds(2)))));
      }
      Awaitility.await().until(() -> threadsIn("abort") >= 2);

      StoreException failure =
          failsWithin(
              Duration.ofMillis(900), () -> well.backlog(Deadline.after(Duration.ofMillis(900))));

      assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
      admin.rollback();
      for (CompletableFuture<Outbox.Backlog> call : stuck) {
        assertThat(call.get(30, TimeUnit.SECONDS).pending()).isZero();
      }
    } finally {
      released.countDown();
    }
  }

  private static void block(boolean now, CountDownLatch released) {
    if (now) {
      await(released);
    }
  }

  private static long threadsIn(String method) {
    return Thread.getAllStackTraces().values().stream()
        .filter(
            stack ->
                Arrays.stream(stack)
                    .anyMatch(
                        frame ->
                            frame.getMethodName().equals(method)
                                && frame.getClassName().contains("Proxy")))
        .count();
  }

  @Test
  void aConnectionOnItsWayBackIsNotCut() throws Exception {
    Queue<String> aborted = new ConcurrentLinkedQueue<>();
    try (Fixture db = Fixture.fresh()) {
      AtomicReference<Deadline> deadline = new AtomicReference<>(soon());
      DataSource source =
          connections(
              db,
              method -> {
                if (method.equals("close")) {
                  // Goes back so slowly that the deadline comes, and a watchdog long after it.
                  Deadline past = Deadline.after(deadline.get().remaining().plusMillis(200));
                  Awaitility.await().until(past::isExpired);
                } else if (method.equals("abort")) {
                  aborted.add(method);
                }
              });
      deadline.set(Deadline.after(Duration.ZERO.plusMillis(1)));
      Outbox outbox = JdbcStores.of(source, db.schema).outbox();
      assertThat(outbox.backlog(soon()).pending()).isZero();
      deadline.set(Deadline.after(Duration.ofMillis(700)));

      assertThat(outbox.backlog(deadline.get()).pending()).isZero();

      assertThat(aborted).isEmpty();
    }
  }

  /** Connections of which every call is told before it is made. */
  private static DataSource connections(Fixture db, Consumer<String> before) {
    PGSimpleDataSource plain = new PGSimpleDataSource();
    plain.setUrl(db.url);
    return connections(plain, before);
  }

  static DataSource connections(DataSource of, Consumer<String> before) {
    return proxied(
        DataSource.class,
        of,
        method -> {},
        result ->
            result instanceof Connection connection
                ? proxied(Connection.class, connection, before, same -> same)
                : result);
  }

  private static <T> T proxied(
      Class<T> type, T real, Consumer<String> before, UnaryOperator<Object> after) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              before.accept(method.getName());
              try {
                return after.apply(method.invoke(real, arguments));
              } catch (InvocationTargetException e) {
                throw e.getTargetException();
              }
            }));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aConnectionToAServerThatIsNoPrimaryIsGivenUp(boolean ours) throws Exception {
    try (Fixture db = Fixture.fresh();
        Connection admin = db.admin();
        PostgresPool pool = PostgresPool.builder(db.url).maximumSize(4).open()) {
      DataSource source =
          ours ? pool.dataSource() : PostgresFaults.beforeConnect(pool.dataSource(), () -> {});
      JdbcCredentialStore store = JdbcStores.of(source, db.schema).credentials();
      assertThat(store.find(Fixture.newLogin(), soon())).isEmpty();

      // One that is being made could come into the pool after the others have been evicted.
      HikariPoolMXBean connections = ((HikariDataSource) pool.dataSource()).getHikariPoolMXBean();
      Awaitility.await().until(() -> connections.getIdleConnections() == 4);

      // As where a moving address leads to a standby: whoever connects now cannot write.
      String name = db.query(admin, "SELECT current_database()").get(0);
      db.sql(admin, "ALTER DATABASE " + name + " SET default_transaction_read_only = on");
      connections.softEvictConnections();
      Awaitility.await().untilAsserted(() -> assertThat(backendsReadOnly(pool)).isTrue());
      StoreException refused = catchThrowableOfType(StoreException.class, () -> signUp(store));
      assertThat(refused.kind()).isEqualTo(Kind.REFUSED);
      assertThat(refused).hasMessageContaining("not a primary").hasMessageContaining("25006");

      db.sql(admin, "ALTER DATABASE " + name + " RESET default_transaction_read_only");
      Awaitility.await()
          .atMost(Duration.ofSeconds(5))
          .ignoreExceptions()
          .until(() -> Fixture.together(4, () -> signUp(store)).size() == 4);
    }
  }

  private static boolean backendsReadOnly(PostgresPool pool) throws SQLException {
    try (Connection connection = pool.dataSource().getConnection();
        var statement = connection.createStatement();
        var row = statement.executeQuery("SHOW transaction_read_only")) {
      row.next();
      return row.getString(1).equals("on");
    }
  }

  private static Creation signUp(JdbcCredentialStore store) {
    return store.create(
        NewAccount.of(AccountId.random(), Fixture.newLogin(), AccountStatus.ACTIVE, hash("a")),
        OperationId.random(),
        soon());
  }
}
