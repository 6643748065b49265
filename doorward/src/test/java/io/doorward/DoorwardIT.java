package io.doorward;

import static io.doorward.Fixture.CLIENT;
import static io.doorward.Fixture.SECRET;
import static io.doorward.Fixture.clients;
import static io.doorward.Fixture.connections;
import static io.doorward.Fixture.query;
import static io.doorward.Fixture.signsUp;
import static io.doorward.Fixture.threads;
import static io.doorward.Fixture.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Budgets;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A service out of addresses and a secret, on real servers. */
class DoorwardIT {
  private static TestRedis redis;

  private TestDatabase database;

  @BeforeAll
  static void startRedis() {
    redis = TestRedis.startNew();
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  @BeforeEach
  void open() {
    redis.flushAll();
    database = TestPostgres.shared().newDatabase();
  }

  @AfterEach
  void nothingStaysOpen() {
    await().untilAsserted(() -> assertThat(connections(database)).isZero());
    await().untilAsserted(() -> assertThat(clients(redis)).isZero());
    database.close();
  }

  private Doorward.Builder shop() {
    return Doorward.builder(database.jdbcUrl(), redis.uri())
        .secret("2026-11", SECRET)
        .name("shop")
        .migrate();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void addressesAndASecretAreEnoughForAllOfADay(boolean durable) {
    Doorward.Builder builder = durable ? shop().durableSessions() : shop().redisSessions();
    try (AuthService auth = builder.build()) {
      signsUp(auth);
      String token = token(auth);
      assertThat(auth.check(token)).isInstanceOf(CheckResult.Active.class);
      assertThat(auth.logout(token)).isEqualTo(new LogoutResult.Done(1, false));
      assertThat(auth.check(token)).isEqualTo(new CheckResult.Rejected());
    }
  }

  @Test
  void durableSessionsOutliveAFlushAndOthersDoNot() {
    try (AuthService durable = shop().build();
        AuthService fleeting = shop().name("fleeting").redisSessions().build()) {
      signsUp(durable);
      signsUp(fleeting);
      String kept = token(durable);
      String lost = token(fleeting);
      redis.flushAll();

      assertThat(durable.check(kept)).isInstanceOf(CheckResult.Active.class);
      assertThat(fleeting.check(lost)).isEqualTo(new CheckResult.Rejected());
    }
  }

  @Test
  void aTextThatIsNoAddressNoPasswordOrNoTokenIsRefused() {
    try (AuthService auth = shop().build()) {
      signsUp(auth);
      CheckResult.Active active = (CheckResult.Active) auth.check(token(auth));
      AuthenticatedPrincipal ada = active.principal();
      String good = TestSecrets.newPassword().reveal();

      for (String noAddress : new String[] {null, "", "ada", "ada@", "a@b@c", "\0@\uD800"}) {
        assertThat(auth.signUp(noAddress, good, CLIENT))
            .isEqualTo(new SignUpResult.LoginIdRefused());
        assertThat(auth.login(noAddress, good, CLIENT)).isEqualTo(new LoginResult.Rejected());
      }
      for (String noPassword : new String[] {null, "", "x".repeat(2_000), "a\0b", "\uD800"}) {
        assertThat(auth.login("ada@example.org", noPassword, CLIENT))
            .isEqualTo(new LoginResult.Rejected());
        assertThat(auth.signUp("bob@example.org", noPassword, CLIENT))
            .isInstanceOf(SignUpResult.PasswordRefused.class);
        assertThat(auth.changePassword(ada, noPassword, good, CLIENT))
            .isEqualTo(new PasswordChangeResult.Rejected());
        assertThat(auth.changePassword(ada, good, noPassword, CLIENT))
            .isInstanceOf(PasswordChangeResult.PasswordRefused.class);
      }
      for (String noToken : new String[] {null, "", "x.y.z", "x".repeat(100_000), "\0"}) {
        assertThat(auth.check(noToken)).isEqualTo(new CheckResult.Rejected());
        assertThat(auth.logout(noToken)).isEqualTo(new LogoutResult.Done(0, false));
      }
    }
  }

  @Test
  void closingClosesWhatWasOpenedAndNothingElse() throws SQLException {
    try (PostgresPool pool = PostgresPool.builder(database.jdbcUrl()).open();
        BoundedRedisClient client = BoundedRedisClient.builder(redis.uri()).build()) {
      AuthService auth =
          Doorward.builder(pool.dataSource(), client).secret("2026-11", SECRET).migrate().build();
      signsUp(auth);
      auth.close();

      assertThat(client.ping()).isEqualTo("PONG");
      assertThatCode(() -> pool.dataSource().getConnection().close()).doesNotThrowAnyException();
      assertThat(connections(database)).isPositive();
      assertThat(clients(redis)).isPositive();
    }
    // And that of addresses is gone without any more: see nothingStaysOpen.
    AuthService auth = shop().build();
    signsUp(auth);
    assertThat(connections(database)).isPositive();
    assertThat(clients(redis)).isPositive();
    auth.close();
    auth.close();
  }

  @Test
  void tenServicesLeaveNoThreadAndNoConnection() {
    List<String> before = threads();
    for (int i = 0; i < 10; i++) {
      try (AuthService auth = shop().build()) {
        assertThat(Fixture.login(auth)).isNotInstanceOf(LoginResult.Unavailable.class);
      }
    }

    // Helpers of data sources end by themselves when they have had nothing to do for ten seconds.
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(threads()).hasSizeLessThanOrEqualTo(before.size()));
  }

  private void failsAndLeavesNothing(
      Class<? extends RuntimeException> type,
      String message,
      UnaryOperator<Doorward.Builder> settings) {
    assertThatThrownBy(() -> settings.apply(shop()).build())
        .isExactlyInstanceOf(type)
        .hasMessageContaining(message)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    await().untilAsserted(() -> assertThat(connections(database)).isZero());
    await().untilAsserted(() -> assertThat(clients(redis)).isZero());
    assertThat(threads()).noneMatch(name -> name.startsWith("doorward-timer"));
  }

  @Test
  void whatIsWrongWithTheSettingsLeavesNothingOpen() {
    Class<IllegalArgumentException> refused = IllegalArgumentException.class;
    failsAndLeavesNothing(refused, "namespace", it -> it.namespace("our shop"));
    failsAndLeavesNothing(
        refused,
        "customize must not set listener: ",
        it -> it.customize(auth -> auth.listener(event -> {})));
    failsAndLeavesNothing(
        refused,
        "customize must not set budgets: ",
        it -> it.customize(auth -> auth.budgets(Budgets.defaults().withFailureLimit(7))));
    failsAndLeavesNothing(
        refused,
        "customize must not set credentialCache: ",
        it -> it.customize(auth -> auth.credentialCache(CredentialCache.none()).maxAttempts(1)));
    failsAndLeavesNothing(
        refused,
        "customize must not set clocks",
        it -> it.customize(auth -> auth.clocks(InstantSource.system(), () -> 0)));
    failsAndLeavesNothing(
        refused,
        "maxAttempts must be 1 to 10: 99",
        it -> it.customize(auth -> auth.maxAttempts(99)));
  }

  @Test
  void aSchemaThatIsNewerStopsTheStartAndLeavesNothingOpen() {
    shop().build().close();
    database.execute("INSERT INTO shop.schema_history (version) VALUES (999)");

    failsAndLeavesNothing(IllegalStateException.class, "has version 999, newer than the", it -> it);
    failsAndLeavesNothing(
        IllegalStateException.class, "use the Doorward release that made it", it -> it);
  }

  @Test
  void withoutMigrateTheTablesHaveToBeThere() {
    assertThatThrownBy(
            () ->
                Doorward.builder(database.jdbcUrl(), redis.uri()).secret("2026-11", SECRET).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has no Doorward tables: run SchemaMigrator");
  }

  @Test
  void aRoleThatMayNotMigrateStopsTheStartWithTheRemedy() {
    String role = "r_" + database.name();
    String password = TestSecrets.record("p" + database.name());
    database.execute("CREATE ROLE " + role + " LOGIN PASSWORD '" + password + "'");
    String url =
        database
            .jdbcUrl()
            .replaceAll("user=[^&]*", "user=" + role)
            .replaceAll("password=.*", "password=" + password);

    assertThatThrownBy(
            () -> Doorward.builder(url, redis.uri()).secret("2026-11", SECRET).migrate().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("Doorward does not start. postgresql.migration: ")
        .hasMessageContaining("GRANT CREATE ON DATABASE")
        .hasMessageNotContaining("SchemaMigrator");
    await().untilAsserted(() -> assertThat(connections(database)).isZero());
    database.execute("DROP ROLE " + role);
  }

  @Test
  void theNameReachesSchemaNamespaceIssuerAndAudience() throws SQLException {
    try (AuthService auth = shop().build();
        AuthService apart =
            shop()
                .schema(JdbcSchema.of("shop").withPrefix("auth_"))
                .namespace("apart")
                .customize(it -> it.issuer("https://issuer.example").audience("apart"))
                .build()) {
      signsUp(auth);
      signsUp(apart);
      String token = token(auth);
      String other = token(apart);

      assertThat(claims(token)).contains("\"iss\":\"shop\"", "\"aud\":\"shop\"");
      assertThat(claims(other)).contains("https://issuer.example", "\"aud\":\"apart\"");
      assertThat(query(database, "SELECT count(*) FROM shop.accounts")).isEqualTo("1");
      assertThat(query(database, "SELECT count(*) FROM shop.auth_accounts")).isEqualTo("1");
      assertThat(apart.check(token)).isEqualTo(new CheckResult.Rejected());
      try (var keys = redis.newClient()) {
        assertThat(keys.keys("*"))
            .allMatch(key -> key.startsWith("shop:") || key.startsWith("apart:"))
            .anyMatch(key -> key.startsWith("shop:"))
            .anyMatch(key -> key.startsWith("apart:"));
      }
    }
  }

  private static String claims(String token) {
    String body = token.substring(token.indexOf('.') + 1, token.lastIndexOf('.'));
    return new String(Base64.getUrlDecoder().decode(body), StandardCharsets.UTF_8);
  }

  @Test
  void policiesListenerAndBudgetsReachTheService() {
    Set<String> heard = ConcurrentHashMap.newKeySet();
    AuthListener listener = event -> heard.add(event.getClass().getSimpleName());
    try (AuthService auth =
        shop()
            .listener(listener)
            .budgets(Budgets.defaults().withSignUps(1, 10))
            .clocks(InstantSource.system(), Ticker.system())
            .customize(it -> it.passwordPolicy(PasswordPolicy.lengths(40, 256)))
            .build()) {
      assertThat(auth.signUp("ada@example.org", "twenty-characters-pw", CLIENT))
          .isInstanceOf(SignUpResult.PasswordRefused.class);
      assertThat(heard).isNotEmpty();
    }
  }

  @Test
  void nodesWithDifferentKeysFindEachOther() {
    try (AuthService one = shop().build()) {
      failsToStart(
          "keys.differ: other nodes have another key under the id 2026-11",
          Doorward.builder(database.jdbcUrl(), redis.uri())
              .secret("2026-11", TestSecrets.newKey())
              .name("shop"));
      try (AuthService other =
          Doorward.builder(database.jdbcUrl(), redis.uri())
              .secret("2026-12", TestSecrets.newKey())
              .name("shop")
              .build()) {
        assertThat(codes(other)).contains("keys.missing");
      }
      assertThat(codes(one)).noneMatch(code -> code.startsWith("keys."));
    }
  }

  @Test
  void anAdditionalKeyOfARotationIsNoFinding() {
    byte[] next = TestSecrets.newKey();
    try (AuthService one = shop().build();
        AuthService ready = shop().secret("2026-12", next).build();
        AuthService given =
            Doorward.builder(database.jdbcUrl(), redis.uri().toString())
                .keys(KeyRing.builder().secret("2026-11", SECRET).secret("2026-12", next).build())
                .name("shop")
                .build()) {
      assertThat(codes(one)).noneMatch(code -> code.startsWith("keys."));
      assertThat(codes(ready)).noneMatch(code -> code.startsWith("keys."));
      assertThat(codes(given)).noneMatch(code -> code.startsWith("keys."));
      signsUp(ready);
      assertThat(one.check(token(ready))).isInstanceOf(CheckResult.Active.class);
    }
  }

  private static void failsToStart(String message, Doorward.Builder builder) {
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(message);
  }

  private static List<String> codes(AuthService auth) {
    return auth.operations().health().findings().stream().map(Finding::code).toList();
  }
}
