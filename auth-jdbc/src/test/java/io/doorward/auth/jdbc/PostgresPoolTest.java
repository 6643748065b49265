package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Opens pools to a port where nobody listens: opening does not wait for a server. */
final class PostgresPoolTest {
  private static PostgresPool.Builder builder(String hosts) {
    return PostgresPool.builder("jdbc:postgresql://" + hosts + "/app?user=x");
  }

  @Test
  void theDefaultsAreAsDocumented() {
    try (PostgresPool pool = builder("localhost:1").open()) {
      HikariDataSource hikari = (HikariDataSource) pool.dataSource();
      assertThat(hikari.getMaximumPoolSize()).isEqualTo(10);
      assertThat(hikari.getConnectionTimeout()).isEqualTo(500);
      assertThat(hikari.getMaxLifetime()).isEqualTo(600_000);
      assertThat(hikari.getInitializationFailTimeout()).isEqualTo(-1);
      assertThat(hikari.getPoolName()).isEqualTo("doorward");
      Properties driver = hikari.getDataSourceProperties();
      assertThat(driver)
          .containsEntry("tcpKeepAlive", "true")
          .containsEntry("connectTimeout", "2")
          .containsEntry("socketTimeout", "15")
          .containsEntry("logServerErrorDetail", "false")
          .doesNotContainKey("targetServerType");
      assertThat(driver.getProperty("options"))
          .contains("statement_timeout=10000", "tcp_user_timeout=60000");
    }
  }

  @Test
  void severalHostsMeanThePrimary() {
    try (PostgresPool pool = builder("localhost:1,localhost:2").open()) {
      assertThat(((HikariDataSource) pool.dataSource()).getDataSourceProperties())
          .containsEntry("targetServerType", "primary");
    }
  }

  @Test
  void aValueOutsideItsRuleIsRefused() {
    assertThatThrownBy(() -> PostgresPool.builder("jdbc:mysql://secret@x"))
        .hasMessage("jdbcUrl must start with jdbc:postgresql:");
    assertThatThrownBy(() -> builder("a").poolWait(Duration.ofMillis(249)).open())
        .hasMessage("poolWait must be PT0.25S to PT24H: PT0.249S");
    assertThatThrownBy(() -> builder("a").maximumSize(0).open())
        .hasMessage("maximumSize must be at least 1: 0");
    assertThatThrownBy(() -> builder("a").socketTimeout(Duration.ofSeconds(10)).open())
        .hasMessageStartingWith("socketTimeout must be longer than statementTimeout");
    assertThatThrownBy(() -> builder("a").maxLifetime(Duration.ofSeconds(1)).open())
        .hasMessageStartingWith("maxLifetime must be PT30S to PT24H: PT1S");
    Duration huge = Duration.ofSeconds(Long.MAX_VALUE);
    assertThatThrownBy(() -> builder("a").poolWait(huge).open())
        .hasMessage("poolWait must be PT0.25S to PT24H: " + huge);
    assertThatThrownBy(() -> builder("a").connectTimeout(huge).open())
        .hasMessage("connectTimeout must be PT1S to PT24H: " + huge);
    assertThatThrownBy(() -> builder("a").socketTimeout(huge).open())
        .hasMessage("socketTimeout must be PT1S to PT24H: " + huge);
    assertThatThrownBy(() -> builder("a").statementTimeout(huge).socketTimeout(huge).open())
        .hasMessage("statementTimeout must be PT1S to PT24H: " + huge);
    assertThatThrownBy(() -> builder("a").maxLifetime(huge).open())
        .hasMessage("maxLifetime must be PT30S to PT24H: " + huge);
    assertThatThrownBy(() -> builder("a").name(" ").open()).hasMessage("name must not be blank");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "?user=shop&password=xq7%26%2B | shop | xq7&+ | ''",
        "?ssl=false&user=a%20b&password=xq7&connectTimeout=3 | a b | xq7 | ?ssl=false&connectTimeout=3",
        "?password=other&password=xq7 | | xq7 | ''",
        "?user=shop | shop | | ''"
      })
  void theUrlThatTheDriverLogsHasNoPassword(
      String parameters, String user, String password, String left) {
    try (PostgresPool pool = PostgresPool.builder("jdbc:postgresql://db/app" + parameters).open()) {
      HikariDataSource source = (HikariDataSource) pool.dataSource();
      assertThat(source.getJdbcUrl()).isEqualTo("jdbc:postgresql://db/app" + left);
      assertThat(source.getUsername()).isEqualTo(user);
      assertThat(source.getPassword()).isEqualTo(password);
    }
  }

  @Test
  void thePasswordOfAClientsKeyIsNotInTheUrlEither() {
    String url = "jdbc:postgresql://db/app?sslkey=k.p12&sslpassword=xq%37";
    try (PostgresPool pool = PostgresPool.builder(url).open()) {
      HikariDataSource source = (HikariDataSource) pool.dataSource();
      assertThat(source.getJdbcUrl()).isEqualTo("jdbc:postgresql://db/app?sslkey=k.p12");
      assertThat(source.getDataSourceProperties()).containsEntry("sslpassword", "xq7");
    }
  }

  @Test
  void thePasswordOfAClientsKeyIsInNoLogOfThePool() {
    Logger hikari = (Logger) LoggerFactory.getLogger("com.zaxxer.hikari");
    Level before = hikari.getLevel();
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    hikari.setLevel(Level.TRACE);
    hikari.addAppender(lines);
    String url = "jdbc:postgresql://localhost:1/app?password=xq7&sslpassword=xq8";
    try (PostgresPool pool = PostgresPool.builder(url).poolWait(Duration.ofMillis(250)).open()) {
      assertThatThrownBy(() -> pool.dataSource().getConnection()).isInstanceOf(SQLException.class);
    } finally {
      hikari.detachAppender(lines);
      hikari.setLevel(before);
    }

    assertThat(List.copyOf(lines.list))
        .extracting(ILoggingEvent::getFormattedMessage)
        .anyMatch(line -> line.contains("dataSourceProperties"))
        .noneMatch(line -> line.contains("xq7") || line.contains("xq8"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          jdbc:postgresql://app:xq7@db:5432/app   | jdbcUrl must not have user and password
          jdbc:postgresql://one,a:xq7@two/app?b=c | jdbcUrl must not have user and password
          jdbc:postgresql://xq7@db                | jdbcUrl must not have user and password
          jdbc:postgresql:/xq7                    | jdbcUrl must name its servers after two slashes
          jdbc:postgresql://xq7                   | jdbcUrl must have one slash between its servers
          jdbc:postgresql://xq7?user=a            | jdbcUrl must have one slash between its servers
          jdbc:postgresql://db/app/xq7            | jdbcUrl must have one slash between its servers
          jdbc:postgresql:////xq7                 | jdbcUrl must have one slash between its servers
          jdbc:postgresql://db/app?password=xq7%  | jdbcUrl must have two hex digits after each %
          jdbc:postgresql://db/xq7%zz             | jdbcUrl must have two hex digits after each %
          jdbc:postgresql:xq7%4                   | jdbcUrl must have two hex digits after each %
          jdbc:postgresql://db:xq7/app            | jdbcUrl must name its servers
          jdbc:postgresql://db:123456/xq7         | jdbcUrl must name its servers
          jdbc:postgresql://one,db:65536/xq7      | jdbcUrl must have ports of 1 to 65535
          jdbc:postgresql://db:0/xq7              | jdbcUrl must have ports of 1 to 65535
          jdbc:postgresql://::1/xq7               | jdbcUrl must name its servers
          """)
  void anUnreadableUrlIsRefusedWithoutBeingRepeated(String url, String rule) {
    assertThatThrownBy(() -> PostgresPool.builder(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(rule)
        .hasMessageNotContaining("xq7")
        .hasNoCause();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql:app",
        "jdbc:postgresql:///app",
        "jdbc:postgresql:",
        "jdbc:postgresql:a/b",
        "jdbc:postgresql://db/?sslkey=/a/b%20c",
        "jdbc:postgresql://my_db/app",
        "jdbc:postgresql://my_db:5432,other_db:5433/app?user=a@b&password=x",
        "jdbc:postgresql://[::1]:5432/app"
      })
  void whateverTheDriverReadsNamesServers(String url) {
    assertThat(PostgresPool.builder(url)).isNotNull();
  }
}
