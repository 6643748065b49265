package io.doorward;

import static io.doorward.Fixture.SECRET;
import static io.doorward.Fixture.login;
import static io.doorward.Fixture.signsUp;
import static io.doorward.Fixture.threads;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.AuthService;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.backend.StartPolicy;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that are not there when the application starts, and come later. */
class LateServersIT {
  private static final Duration LONG = Duration.ofSeconds(60);

  private TestPostgres postgres;
  private TestRedis redis;
  private TestDatabase database;

  @BeforeEach
  void open() {
    postgres = TestPostgres.startNew();
    redis = TestRedis.startNew();
    database = postgres.newDatabase();
  }

  @AfterEach
  void close() {
    postgres.close();
    redis.close();
  }

  private Doorward.Builder shop() {
    return shop(Doorward.builder(database.jdbcUrl(), redis.uri()));
  }

  private static Doorward.Builder shop(Doorward.Builder onServers) {
    return onServers.secret("2026-11", SECRET).name("shop").migrate();
  }

  @Test
  void aDatabaseThatComesLaterGetsItsTablesThen() {
    postgres.stop();
    redis.stop();
    try (AuthService auth = shop().build()) {
      assertThat(login(auth)).isInstanceOf(LoginResult.Unavailable.class);
      postgres.start();
      redis.start();

      await()
          .atMost(LONG)
          .untilAsserted(() -> assertThat(login(auth)).isEqualTo(new LoginResult.Rejected()));
      signsUp(auth);
      assertThat(login(auth)).isInstanceOf(LoginResult.Success.class);
      auth.operations().inspect(Deadline.after(LONG));
      assertThat(auth.operations().health().findings())
          .extracting(Finding::code)
          .doesNotContain("postgresql.schema", "postgresql.migration", "postgresql.access");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRequiredDatabaseIsWaitedForAndMigrated(boolean pooled) throws Exception {
    DataSource plain = database.dataSource();
    postgres.stop();
    StartPolicy patient = StartPolicy.defaults().waiting(LONG).requiringServers();
    CompletableFuture<AuthService> starting =
        CompletableFuture.supplyAsync(
            () ->
                (pooled ? shop() : shop(Doorward.builder(plain, redis.uri())))
                    .startPolicy(patient)
                    .build());
    // The pool's threads are there once the start has begun to wait.
    await().until(() -> threads().stream().anyMatch(name -> name.startsWith("doorward-jdbc-")));
    postgres.start();

    try (AuthService auth = starting.get()) {
      signsUp(auth);
      assertThat(login(auth)).isInstanceOf(LoginResult.Success.class);
    }
  }

  @Test
  void aRequiredServerThatStaysAwayLeavesNothingOpen() {
    postgres.stop();
    redis.stop();
    List<String> before = threads();
    StartPolicy strict = StartPolicy.defaults().waiting(Duration.ofSeconds(1)).requiringServers();

    assertThatThrownBy(() -> shop().startPolicy(strict).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("Doorward does not start. PostgreSQL does not answer (")
        .hasMessageContaining("Redis does not answer (")
        .hasMessageContaining("Mend that, or do not require it (StartPolicy)")
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(threads()).hasSizeLessThanOrEqualTo(before.size()));
  }
}
