package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.Outbox;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendHealth.State;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A database that does not answer is left alone, and used again when it is back. */
class LostDatabaseIT {
  @Test
  void allStoresLeaveAServerAloneThatWasKilledAndUseItAgainWhenItIsBack() {
    try (TestPostgres server = TestPostgres.startNew();
        Fixture db = Fixture.on(server);
        PostgresPool pool = PostgresPool.builder(db.url).maximumSize(4).open()) {
      JdbcStores stores = JdbcStores.of(pool.dataSource(), db.schema);
      Outbox outbox = stores.outbox();
      assertThat(outbox.backlog(soon()).pending()).isZero();
      server.kill();

      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> failure(outbox).kind() == Kind.CIRCUIT_OPEN);
      assertThat(stores.backend().health().state()).isEqualTo(State.LOST);
      assertThat(stores.accounts().backends()).containsExactly(stores.backend());
      assertThat(stores.tokenStore().backends()).containsExactly(stores.backend());

      server.start();
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptionsInstanceOf(StoreException.class)
          .until(() -> outbox.backlog(soon()).pending() == 0);
      assertThat(stores.backend().health().isUp()).isTrue();
    }
  }

  @Test
  void aPausedServerIsLeftAloneAndNobodyWaitsForItAnyMore() {
    try (TestPostgres server = TestPostgres.startNew();
        Fixture db = Fixture.on(server);
        PostgresPool pool = PostgresPool.builder(db.url).maximumSize(2).open()) {
      Backend backend = JdbcStores.of(pool.dataSource(), db.schema).backend();
      assertThat(backend.inspect(soon())).isNotNull();
      server.pause();
      try {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(
                () -> {
                  StoreException failure =
                      catchThrowableOfType(
                          StoreException.class,
                          () -> backend.inspect(Deadline.after(Duration.ofMillis(300))));
                  return failure != null && failure.kind() == Kind.CIRCUIT_OPEN;
                });
      } finally {
        server.resume();
      }
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptionsInstanceOf(StoreException.class)
          .until(() -> backend.inspect(soon()) != null);
      assertThat(backend.isLost()).isFalse();
    }
  }

  @Test
  void aCrowdOfThisNodesOwnIsNoOutage() throws SQLException {
    try (Fixture db = Fixture.fresh();
        PostgresPool pool = PostgresPool.builder(db.url).maximumSize(1).open()) {
      JdbcStores stores = JdbcStores.of(pool.dataSource(), db.schema);
      Outbox outbox = stores.outbox();
      assertThat(outbox.backlog(soon()).pending()).isZero();
      try (Connection taken = pool.dataSource().getConnection()) {
        assertThat(taken.isClosed()).isFalse();
        for (int i = 0; i < 8; i++) {
          assertThat(failure(outbox).kind()).isEqualTo(Kind.OVERLOADED);
        }
      }
      assertThat(outbox.backlog(soon()).pending()).isZero();
      assertThat(stores.backend().isLost()).isFalse();
    }
  }

  private static StoreException failure(Outbox outbox) {
    return catchThrowableOfType(StoreException.class, () -> outbox.backlog(soon()));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(5));
  }
}
