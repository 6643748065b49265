package io.doorward.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.io.InputStream;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ClassUtils;
import redis.clients.jedis.UnifiedJedis;

/** The whole life of a session under the versions that the framework manages. */
class ShopTest {
  private static final String CREDENTIALS =
      "{\"email\":\"ada@example.org\",\"password\":\"" + TestSecrets.newPassword().reveal() + "\"}";

  private final HttpClient browser =
      HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

  @Test
  void theVersionsAreThoseThatTheFrameworkManages() throws Exception {
    Properties jedis = new Properties();
    try (InputStream said = UnifiedJedis.class.getResourceAsStream("pom.properties")) {
      jedis.load(said);
    }

    assertThat(SpringBootVersion.getVersion())
        .isEqualTo(System.getProperty("spring-boot.expected"));
    assertThat(jedis.getProperty("version")).isEqualTo(System.getProperty("jedis.expected"));
  }

  @Test
  void threeLinesConfigureIt() throws Exception {
    try (InputStream in = Shop.class.getResourceAsStream("/application.properties")) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()).hasSize(3);
    }
  }

  @Test
  void springSecurityAndSpringDataAreNotThere() {
    ClassLoader loader = ShopTest.class.getClassLoader();
    assertThat(ClassUtils.isPresent("org.springframework.security.web.FilterChainProxy", loader))
        .isFalse();
    assertThat(ClassUtils.isPresent("org.springframework.data.repository.Repository", loader))
        .isFalse();
  }

  @Test
  void aSessionBeginsIsSeenAndEndsOnRealServers() throws Exception {
    try (TestDatabase database = TestPostgres.shared().newDatabase();
        TestRedis redis = TestRedis.startNew();
        ConfigurableApplicationContext shop =
            SpringApplication.run(
                Shop.class,
                "--server.port=0",
                "--spring.datasource.url=" + database.jdbcUrl(),
                "--spring.data.redis.url=" + redis.uri(),
                "--doorward.secret=" + Base64.getEncoder().encodeToString(TestSecrets.newKey()),
                "--doorward.web.development=true",
                "--management.endpoint.health.show-components=always")) {
      String origin = "http://localhost:" + shop.getEnvironment().getProperty("local.server.port");

      assertThat(get(origin + "/").body()).isEqualTo("Welcome");
      assertThat(get(origin + "/basket").statusCode()).isEqualTo(401);
      assertThat(post(origin + "/auth/signup", CREDENTIALS).statusCode()).isEqualTo(201);
      assertThat(post(origin + "/auth/login", CREDENTIALS).statusCode()).isEqualTo(200);
      assertThat(get(origin + "/basket").body()).isEqualTo("The basket of ada@example.org");
      assertThat(get(origin + "/actuator/health").body())
          .contains("\"doorward\"", "\"postgresql\"", "\"redis\"", "\"status\":\"UP\"");
      assertThat(post(origin + "/auth/logout", "").statusCode()).isEqualTo(204);
      assertThat(get(origin + "/basket").statusCode()).isEqualTo(401);
    }
  }

  private HttpResponse<String> get(String url) throws Exception {
    return browser.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String url, String json) throws Exception {
    return browser.send(
        HttpRequest.newBuilder(URI.create(url))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json))
            .build(),
        BodyHandlers.ofString());
  }
}
