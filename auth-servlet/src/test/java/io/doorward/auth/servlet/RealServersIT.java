package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.NEXT;
import static io.doorward.auth.servlet.App.PASSWORD;
import static io.doorward.auth.servlet.App.credentials;
import static io.doorward.auth.servlet.App.object;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.doorward.auth.AuthService;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.jdbc.JdbcAccountStore;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.jdbc.SchemaMigrator;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.servlet.WebServer.Reply;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A browser, an application and the servers that it has in production. */
@ParameterizedClass(name = "{0}, sessions {1}")
@MethodSource("everywhere")
@Tag("jdk")
class RealServersIT {
  private static final long THIRTY_DAYS = Duration.ofDays(30).toSeconds();

  /** Long enough for a busy machine. A server that is gone refuses at once. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static TestRedis redis;
  private static TestDatabase database;
  private static PostgresPool pool;
  private static BoundedRedisClient client;
  private static AuthService service;
  private static WebServer server;

  @Parameter(0)
  Stack stack;

  @Parameter(1)
  private Sessions sessions;

  /** Each test has people of its own. */
  private final String ada = "ada-" + UUID.randomUUID() + "@example.org";

  private final String bob = "bob-" + UUID.randomUUID() + "@example.org";

  /** Where the application keeps its sessions. */
  enum Sessions {
    IN_POSTGRES,
    IN_REDIS
  }

  static List<Arguments> everywhere() {
    return Stream.of(Stack.values())
        .flatMap(stack -> Stream.of(Sessions.values()).map(it -> Arguments.of(stack, it)))
        .toList();
  }

  @BeforeAll
  static void startRedis() {
    redis = TestRedis.startNew();
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  @BeforeParameterizedClassInvocation
  static void start(Stack stack, Sessions sessions) {
    database = TestPostgres.shared().newDatabase();
    pool = PostgresPool.builder(database.jdbcUrl()).maximumSize(4).poolWait(PATIENCE).open();
    JdbcSchema schema = JdbcSchema.defaults();
    SchemaMigrator.of(pool.dataSource(), schema).migrate(Deadline.after(Duration.ofMinutes(1)));
    client =
        BoundedRedisClient.builder(redis.host(), redis.port())
            .connectTimeout(PATIENCE)
            .commandTimeout(PATIENCE)
            .poolWait(PATIENCE)
            .build();
    KeyRing keys = KeyRing.ofSecret("servlet", TestSecrets.newKey());
    String namespace = redis.newNamespace();
    JdbcStores onPostgres = JdbcStores.of(pool.dataSource(), schema);
    JdbcAccountStore accounts = onPostgres.accounts();
    RedisStores stores = RedisStores.builder(client, keys).namespace(namespace).build();
    TokenStore tokens =
        switch (sessions) {
          case IN_POSTGRES -> onPostgres.tokenStore();
          case IN_REDIS -> stores.tokenStore(accounts).build();
        };
    service =
        AuthService.builder(accounts, tokens, keys)
            .credentialCache(stores.credentialCache().build())
            .attemptLimiter(stores.attemptLimiter().build())
            .passwordHasher(new RecordedHasher())
            // Ends are compared by the minute.
            .sessionPolicy(SessionPolicy.defaults().withJitterPercent(0))
            .build();
    WebOptions options =
        WebOptions.builder().loginDeadline(PATIENCE).checkDeadline(PATIENCE).build();
    server =
        WebServer.start(
            stack,
            Site.of(
                context -> {
                  Site.serve(context, "/*", new Probe());
                  Site.mount(
                      context,
                      AuthFilter.of(service, App.RULES, options),
                      AuthEndpoints.of(service, options));
                }));
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    server.close();
    service.close();
    client.close();
    pool.close();
    database.close();
  }

  @BeforeEach
  void signUp() {
    signUp(ada);
    signUp(bob);
  }

  @Test
  void signedUpInAndOut() {
    assertThat(server.post("/auth/signup", credentials(ada, PASSWORD)).code())
        .isEqualTo("account_exists");
    assertThat(login(ada, NEXT).code()).isEqualTo("login_rejected");
    String cookie = login(ada, PASSWORD).cookie();
    String account = me(cookie).json().get("account").asText();
    assertThat(server.get("/app", "Cookie", cookie).body())
        .isEqualTo(account + " COOKIE false true true");
    assertThat(server.get("/admin", "Cookie", cookie).status()).isEqualTo(403);
    Reply logout = server.post("/auth/logout", "", "Cookie", cookie);
    assertThat(logout.status()).isEqualTo(204);
    assertThat(logout.setCookie().orElseThrow()).contains("Max-Age=0");
    assertThat(server.get("/app", "Cookie", cookie).status()).isEqualTo(401);
  }

  @Test
  void aCookieThatIsThereBeforeTheLoginIsReplacedAndItsSessionEnded() {
    Reply planted = login(ada, PASSWORD);
    Reply fresh = login(ada, PASSWORD, "Cookie", planted.cookie());
    assertThat(fresh.status()).isEqualTo(200);
    assertThat(claim(fresh, "sid")).isNotEqualTo(claim(planted, "sid"));
    assertThat(claim(fresh, "jti")).isNotEqualTo(claim(planted, "jti"));
    assertThat(me(planted.cookie()).status()).isEqualTo(401);
    assertThat(me(fresh.cookie()).status()).isEqualTo(200);
  }

  @Test
  void whoLogsInWithTheCookieOfAnotherGetsASessionOfTheirOwn() {
    Reply adas = login(ada, PASSWORD);
    Reply bobs = login(bob, PASSWORD, "Cookie", adas.cookie());
    assertThat(claim(bobs, "sid")).isNotEqualTo(claim(adas, "sid"));
    assertThat(claim(bobs, "jti")).isNotEqualTo(claim(adas, "jti"));
    assertThat(claim(bobs, "sub")).isEqualTo(bobs.json().get("account").asText());
    assertThat(me(bobs.cookie()).json().get("account"))
        .isEqualTo(bobs.json().get("account"))
        .isNotEqualTo(adas.json().get("account"));
    assertThat(me(adas.cookie()).status()).isEqualTo(401);
  }

  @Test
  void aPasswordChangeRenewsTheCookie() {
    Reply before = login(ada, PASSWORD);
    String elsewhere = login(ada, PASSWORD).cookie();
    Reply changed = changePassword(before.cookie());
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.setCookie().orElseThrow()).doesNotContain("Max-Age");
    assertThat(claim(changed, "sid")).isNotEqualTo(claim(before, "sid"));
    assertThat(me(changed.cookie()).status()).isEqualTo(200);
    assertThat(me(before.cookie()).status()).isEqualTo(401);
    assertThat(me(elsewhere).status()).isEqualTo(401);
    assertThat(login(ada, PASSWORD).status()).isEqualTo(401);
    assertThat(login(ada, NEXT).status()).isEqualTo(200);
  }

  @Test
  void theCookieOfARememberedSessionOutlivesTheBrowserAfterAPasswordChangeToo() {
    String body =
        object().put("email", ada).put("password", PASSWORD).put("remember", true).toString();
    Reply before = server.post("/auth/login", body);
    Reply changed = changePassword(before.cookie());
    for (Reply reply : List.of(before, changed)) {
      // The clock is the real one: a few seconds may have passed since the session began.
      assertThat(maxAge(reply)).isBetween(THIRTY_DAYS - 60, THIRTY_DAYS);
    }
    assertThat(me(changed.cookie()).status()).isEqualTo(200);
  }

  @Test
  void withoutRedisTheCookieIsKeptAndIsGoodWhereSessionsAreInPostgres() {
    String cookie = login(ada, PASSWORD).cookie();
    redis.stop();
    List<Reply> replies;
    try {
      replies =
          List.of(
              server.get("/app", "Cookie", cookie),
              me(cookie),
              login(ada, PASSWORD),
              server.post("/auth/logout", "", "Cookie", cookie));
    } finally {
      redis.start();
      // The next test must not find the breaker open.
      await().atMost(PATIENCE).until(() -> login(bob, PASSWORD).status() == 200);
    }
    if (sessions == Sessions.IN_POSTGRES) {
      assertThat(replies).extracting(Reply::status).containsExactly(200, 200, 200, 204);
      assertThat(replies.subList(0, 2)).allSatisfy(it -> assertThat(it.setCookie()).isEmpty());
      assertThat(me(cookie).status()).isEqualTo(401);
    } else {
      assertThat(replies)
          .allSatisfy(
              it -> {
                assertThat(it.status()).isEqualTo(503);
                assertThat(it.code()).isEqualTo("unavailable");
                assertThat(it.header("Retry-After")).contains("1");
                assertThat(it.setCookie()).isEmpty();
              });
    }
  }

  private void signUp(String email) {
    assertThat(server.post("/auth/signup", credentials(email, PASSWORD)).status()).isEqualTo(201);
  }

  private Reply login(String email, String password, String... headers) {
    return server.post("/auth/login", credentials(email, password), headers);
  }

  private Reply me(String cookie) {
    return server.get("/auth/me", "Cookie", cookie);
  }

  private Reply changePassword(String cookie) {
    String body = object().put("current", PASSWORD).put("next", NEXT).toString();
    return server.post("/auth/password", body, "Cookie", cookie);
  }

  private static long maxAge(Reply reply) {
    Matcher matcher = Pattern.compile("; Max-Age=(\\d+)").matcher(reply.setCookie().orElseThrow());
    assertThat(matcher.find()).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  /** Reads what the cookie's token says, as anybody can who holds it. */
  private static String claim(Reply reply, String name) {
    byte[] claims = Base64.getUrlDecoder().decode(reply.token().split("\\.", -1)[1]);
    try {
      return new ObjectMapper().readTree(new String(claims, UTF_8)).get(name).asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
