package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.Outbox;
import io.doorward.auth.backend.BackEnd;
import io.doorward.auth.backend.BackEndHealth.State;
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

      await().atMost(Duration.ofSeconds(60)).until(() -> failure(outbox).kind() == Kind.LEFT_ALONE);
      assertThat(stores.backEnd().health().state()).isEqualTo(State.LOST);
      assertThat(stores.accounts().backEnds()).containsExactly(stores.backEnd());
      assertThat(stores.tokenStore().backEnds()).containsExactly(stores.backEnd());

      server.start();
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptionsInstanceOf(StoreException.class)
          .until(() -> outbox.backlog(soon()).pending() == 0);
      assertThat(stores.backEnd().health().isUp()).isTrue();
    }
  }

  @Test
  void aPausedServerIsLeftAloneAndNobodyWaitsForItAnyMore() {
    try (TestPostgres server = TestPostgres.startNew();
        Fixture db = Fixture.on(server);
        PostgresPool pool = PostgresPool.builder(db.url).maximumSize(2).open()) {
      BackEnd backEnd = JdbcStores.of(pool.dataSource(), db.schema).backEnd();
      assertThat(backEnd.inspect(soon())).isNotNull();
      server.pause();
      try {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(
                () -> {
                  StoreException failure =
                      catchThrowableOfType(
                          StoreException.class,
                          () -> backEnd.inspect(Deadline.after(Duration.ofMillis(300))));
                  return failure != null && failure.kind() == Kind.LEFT_ALONE;
                });
      } finally {
        server.resume();
      }
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptionsInstanceOf(StoreException.class)
          .until(() -> backEnd.inspect(soon()) != null);
      assertThat(backEnd.isLost()).isFalse();
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
      assertThat(stores.backEnd().isLost()).isFalse();
    }
  }

  private static StoreException failure(Outbox outbox) {
    return catchThrowableOfType(StoreException.class, () -> outbox.backlog(soon()));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(5));
  }
}
