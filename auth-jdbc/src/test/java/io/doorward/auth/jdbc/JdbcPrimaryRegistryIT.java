package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.PostgresFaults;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * How the registry asks: over which connection, and what it makes of a server that does not answer.
 */
final class JdbcPrimaryRegistryIT {
  private static final Duration LONG = Duration.ofHours(1);
  private static final String NONE = "0".repeat(40);

  private static TestDatabase database;

  private final String cache = "cache-" + OperationId.random().value();
  private FaultProxy proxy;
  private PostgresPool pool;
  private JdbcPrimaryRegistry registry;

  @BeforeAll
  static void migrate() {
    database = TestPostgres.shared().newDatabase();
    SchemaMigrator.of(database.dataSource(), JdbcSchema.defaults()).migrate(soon());
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  @BeforeEach
  void open() {
    proxy = FaultProxy.to(TestPostgres.shared().host(), TestPostgres.shared().port());
    pool = PostgresPool.builder(database.jdbcUrl(proxy.host(), proxy.port())).maximumSize(1).open();
    registry = on(pool.dataSource());
  }

  @AfterEach
  void close() {
    registry.close();
    pool.close();
    proxy.close();
  }

  private static JdbcPrimaryRegistry on(DataSource dataSource) {
    return JdbcStores.of(dataSource, JdbcSchema.defaults()).primaryRegistry();
  }

  private static Primary primary(int number) {
    String name = String.format(Locale.ROOT, "%040x", number);
    return new Primary(name, name, NONE, true);
  }

  private Duration age() {
    return registry.list(cache, soon()).get(0).age();
  }

  private Kind failure() {
    StoreException failure =
        catchThrowableOfType(StoreException.class, () -> registry.list(cache, soon()));
    assertThat(failure).isNotNull();
    return failure.kind();
  }

  @Test
  void ageCountsNoTimeInWhichOthersCouldNotSeeIt() {
    Duration commit = Duration.ofMillis(500);
    database.execute(
        """
        CREATE FUNCTION testkit_slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER testkit_slow_commit AFTER INSERT ON doorward.cache_primaries
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION testkit_slow_commit();
        """);
    try {
      long before = System.nanoTime();
      Duration age = registry.register(cache, primary(1), LONG, soon()).get(0).age();
      Duration took = Duration.ofNanos(System.nanoTime() - before);

      assertThat(took).isGreaterThan(commit);
      assertThat(age).isLessThanOrEqualTo(took.minus(commit));
    } finally {
      database.execute(
          """
          DROP TRIGGER testkit_slow_commit ON doorward.cache_primaries;
          DROP FUNCTION testkit_slow_commit()
          """);
    }
  }

  @Test
  void whatItsNodeCouldNotDateIsDatedByTheNextOneThatLooks() {
    registry.register(cache, primary(1), LONG, soon());
    database.execute("UPDATE doorward.cache_primaries SET visible_since = NULL");

    assertThat(age()).isLessThan(Duration.ofSeconds(30));

    await().until(() -> age().compareTo(Duration.ofMillis(20)) > 0);
  }

  @Test
  void aPoolWhoseConnectionsAreAllInUseDelaysNoQuestion() throws SQLException {
    try (Connection last = pool.dataSource().getConnection()) {
      assertThat(last.isClosed()).isFalse();
      assertThat(registry.register(cache, primary(1), LONG, soon())).hasSize(1);
      assertThat(registry.list(cache, soon())).hasSize(1);
    }
  }

  @Test
  void oneConnectionServesAllQuestions() throws SQLException {
    registry.list(cache, soon());
    try (Connection ofThePool = pool.dataSource().getConnection()) {
      assertThat(ofThePool.isClosed()).isFalse();
    }
    long opened = proxy.connections();

    for (int i = 0; i < 20; i++) {
      registry.list(cache, soon());
    }

    assertThat(proxy.connections()).isEqualTo(opened);
  }

  @Test
  void aConnectionThatBreaksIsReplacedWithinTheCall() {
    registry.list(cache, soon());
    proxy.reset();

    assertThat(registry.list(cache, soon())).isEmpty();
  }

  @Test
  void aServerThatTakesNoConnectionIsOutOfReach() {
    registry.list(cache, soon());
    proxy.refuse();
    proxy.reset();

    assertThat(failure()).isEqualTo(Kind.UNREACHABLE);

    proxy.heal();
    assertThat(registry.list(cache, soon())).isEmpty();
  }

  @Test
  void aServerFromWhichNothingComesIsOutOfReach() {
    registry.list(cache, soon());
    proxy.blackHole();
    long before = System.nanoTime();

    assertThat(failure()).isEqualTo(Kind.UNREACHABLE);

    assertThat(Duration.ofNanos(System.nanoTime() - before))
        .as("silence on the connection that was there, and on a new one")
        .isGreaterThanOrEqualTo(OwnConnection.SILENCE.multipliedBy(2).minusMillis(100));
  }

  @Test
  void aSlowServerIsNotOutOfReach() {
    registry.list(cache, soon());
    proxy.latency(Duration.ofMillis(150), Duration.ZERO);

    assertThat(registry.list(cache, soon())).isEmpty();

    try (PostgresFaults.Fault lock = PostgresFaults.lock(database, "doorward.cache_primaries")) {
      assertThat(lock).isNotNull();
      assertThat(failure()).as("it says who it is, and nothing more").isEqualTo(Kind.TIMEOUT);
    }
    assertThat(registry.list(cache, soon())).isEmpty();
  }

  @Test
  void aServerThatRefusesConnectionsIsNotOutOfReach() {
    try (TestDatabase closed = TestPostgres.shared().newDatabase();
        PostgresPool none =
            PostgresPool.builder(
                    closed.jdbcUrl().replace(closed.name(), closed.name() + "_missing"))
                .open();
        JdbcPrimaryRegistry refused = on(none.dataSource())) {
      StoreException failure =
          catchThrowableOfType(StoreException.class, () -> refused.list(cache, soon()));
      assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED);
    }
  }

  /** A pool of unknown kind: it is full once it was told so. */
  private static DataSource foreign(DataSource real, AtomicBoolean full) {
    return (DataSource)
        Proxy.newProxyInstance(
            DataSource.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (self, method, args) -> {
              if (method.getName().equals("isWrapperFor")) {
                return false;
              }
              if (method.getName().equals("getConnection") && full.get()) {
                throw new SQLTransientConnectionException("timed out waiting for a connection");
              }
              try {
                return method.invoke(real, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void aForeignPoolGivesOneConnectionAndIsNotOutOfReachWhenFull() {
    AtomicBoolean full = new AtomicBoolean();
    try (JdbcPrimaryRegistry beside =
        on(foreign(database.dataSource(proxy.host(), proxy.port()), full))) {
      assertThat(beside.list(cache, soon())).isEmpty();
      full.set(true);
      assertThat(beside.list(cache, soon())).as("it keeps its connection").isEmpty();
      proxy.reset();

      StoreException failure =
          catchThrowableOfType(StoreException.class, () -> beside.list(cache, soon()));

      assertThat(failure.kind()).isNotEqualTo(Kind.UNREACHABLE);
      full.set(false);
      assertThat(beside.list(cache, soon())).isEmpty();
    }
  }

  @Test
  void aClosedRegistryOrPoolLeavesNoConnection() {
    registry.list(cache, soon());
    registry.close();
    assertThat(failure()).isEqualTo(Kind.REFUSED);

    try (JdbcPrimaryRegistry late = on(pool.dataSource())) {
      pool.close();
      assertThat(catchThrowableOfType(StoreException.class, () -> late.list(cache, soon())).kind())
          .isEqualTo(Kind.REFUSED);
    }
    await().until(() -> proxy.open() == 0);
  }
}
