package io.doorward.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import java.io.InputStream;
import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.context.ConfigurableApplicationContext;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

/** The whole life of a session under the versions that the framework manages. */
class ShopTest {
  private static final LoginId ADA = LoginId.email("ada@example.org");
  private static final Password PASSWORD = Password.of("a long enough pass phrase");

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
  void aSessionBeginsIsSeenAndEndsOnRealServers() {
    try (TestDatabase database = TestPostgres.shared().newDatabase();
        TestRedis redis = TestRedis.startNew()) {
      ConfigurableApplicationContext shop =
          SpringApplication.run(
              Shop.class,
              "--spring.datasource.url=" + database.jdbcUrl(),
              "--shop.redis=" + redis.uri());
      BoundedRedisClient client = shop.getBean(BoundedRedisClient.class);
      try (shop) {
        AuthService auth = shop.getBean(AuthService.class);
        assertThat(auth.operations().inspect(soon()).isUp()).isTrue();

        assertThat(auth.signUp(new SignUp(ADA, PASSWORD, ClientContext.unknown()), soon()))
            .isInstanceOf(SignUpResult.Created.class);
        LoginResult.Success in =
            (LoginResult.Success)
                auth.login(new LoginAttempt(ADA, PASSWORD, ClientContext.unknown()), soon());
        assertThat(auth.check(in.token(), soon())).isInstanceOf(CheckResult.Active.class);
        assertThat(auth.logout(in.token(), soon())).isInstanceOf(LogoutResult.Done.class);
        assertThat(auth.check(in.token(), soon())).isInstanceOf(CheckResult.Rejected.class);
      }
      assertThatThrownBy(client::ping).isInstanceOf(JedisException.class);
    }
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }
}
