package io.doorward.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.crypto.factory.PasswordEncoderFactories;
import org.springframework.security.provisioning.JdbcUserDetailsManager;

/** Users that Spring Security has written log in with the passwords that they had. */
class MembersTest {
  private static final String PASSWORD = TestSecrets.newPassword().reveal();

  private static TestDatabase database;
  private static TestRedis redis;
  private static ConfigurableApplicationContext members;

  private final HttpClient browser =
      HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

  @BeforeAll
  static void start() {
    database = TestPostgres.shared().newDatabase();
    redis = TestRedis.startNew();
    database.execute(
        "CREATE TABLE users (username varchar(50) PRIMARY KEY, password varchar(500) NOT NULL,"
            + " enabled boolean NOT NULL)");
    database.execute(
        "CREATE TABLE authorities (username varchar(50) NOT NULL REFERENCES users,"
            + " authority varchar(50) NOT NULL, UNIQUE (username, authority))");
    JdbcUserDetailsManager former = new JdbcUserDetailsManager(database.dataSource());
    String hash = PasswordEncoderFactories.createDelegatingPasswordEncoder().encode(PASSWORD);
    assertThat(hash).startsWith("{bcrypt}");
    former.createUser(User.withUsername("ada@example.org").password(hash).roles("BOARD").build());
    former.createUser(User.withUsername("grace@example.org").password(hash).roles("USER").build());
    former.createUser(
        User.withUsername("plain@example.org")
            .password(hash)
            .authorities("ROLE_USER", "BOARD")
            .build());
    former.createUser(
        User.withUsername("gone@example.org").password(hash).roles("USER").disabled(true).build());
    former.createUser(
        User.withUsername("clear@example.org").password("{noop}" + PASSWORD).roles("USER").build());
    members =
        SpringApplication.run(
            Members.class,
            "--server.port=0",
            "--spring.datasource.url=" + database.jdbcUrl(),
            "--spring.data.redis.url=" + redis.uri(),
            "--doorward.secret=" + Base64.getEncoder().encodeToString(TestSecrets.newKey()),
            "--doorward.web.development=true");
  }

  @AfterAll
  static void stop() {
    members.close();
    redis.close();
    database.close();
  }

  @Test
  void theVersionIsTheExpectedOne() {
    assertThat(SpringBootVersion.getVersion())
        .isEqualTo(System.getProperty("spring-boot.expected"));
  }

  @Test
  void withoutALoginSpringSecurityRefuses() throws Exception {
    assertThat(get("/").statusCode()).isEqualTo(403);
  }

  @Test
  void aFormerUserLogsInWithTheFormerPassword() throws Exception {
    assertThat(logIn("ada@example.org").statusCode()).isEqualTo(200);

    assertThat(get("/").body()).isEqualTo("[ROLE_BOARD]");
    assertThat(get("/board").body()).isEqualTo("Minutes");
  }

  @Test
  void aFormerAuthorityDecidesAsBefore() throws Exception {
    assertThat(logIn("grace@example.org").statusCode()).isEqualTo(200);

    assertThat(get("/").body()).isEqualTo("[ROLE_USER]");
    assertThat(get("/board").statusCode()).isEqualTo(403);
  }

  /** It never passed hasRole("BOARD"). */
  @Test
  void anAuthorityWithoutThePrefixIsNoRole() throws Exception {
    assertThat(logIn("plain@example.org").statusCode()).isEqualTo(200);

    assertThat(get("/").body()).isEqualTo("[ROLE_USER]");
    assertThat(get("/board").statusCode()).isEqualTo(403);
  }

  @Test
  void whatWasDisabledOrInClearDoesNotLogIn() throws Exception {
    assertThat(logIn("gone@example.org").statusCode()).isEqualTo(401);
    assertThat(logIn("clear@example.org").statusCode()).isEqualTo(401);
  }

  @Test
  void aClosedClubSignsNoStrangerUp() throws Exception {
    String json = "{\"email\":\"eve@example.org\",\"password\":\"" + PASSWORD + "\"}";
    HttpResponse<String> answer =
        browser.send(
            request("/auth/signup")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build(),
            BodyHandlers.ofString());

    assertThat(answer.statusCode()).isIn(401, 403);
    assertThat(logIn("eve@example.org").statusCode()).isEqualTo(401);
  }

  @Test
  void anotherImportChangesNothing() throws Exception {
    members.getBean(FormerUsers.class).run(null);

    assertThat(logIn("ada@example.org").statusCode()).isEqualTo(200);
  }

  private HttpResponse<String> logIn(String email) throws Exception {
    String json = "{\"email\":\"" + email + "\",\"password\":\"" + PASSWORD + "\"}";
    return browser.send(
        request("/auth/login")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json))
            .build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return browser.send(request(path).build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder request(String path) {
    String port = members.getEnvironment().getProperty("local.server.port");
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
  }
}
