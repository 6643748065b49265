package io.doorward.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.event.AccountEvent.SignedUp;
import io.doorward.auth.event.AuditLog;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.micrometer.AuthMetrics;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.servlet.AuthEndpoints;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.testkit.TestSecrets;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import redis.clients.jedis.exceptions.JedisException;

/** What an application may put in the place of a part, and what it may leave out. */
class OwnBeansIT {
  private static final Class<?>[] AUTO_CONFIGURATIONS = {
    DoorwardAutoConfiguration.class,
    DoorwardHealthAutoConfiguration.class,
    DoorwardLoginAutoConfiguration.class,
    DoorwardMetricsAutoConfiguration.class,
    DoorwardMvcAutoConfiguration.class,
    DoorwardSecurityAutoConfiguration.class,
    DoorwardWebAutoConfiguration.class
  };

  private static Servers servers;
  private static ApplicationContextRunner without;
  private static ApplicationContextRunner runner;

  @BeforeAll
  static void start() {
    servers = new Servers();
    without =
        new ApplicationContextRunner()
            .withUserConfiguration(OwnKeys.class)
            .withPropertyValues(
                "doorward.redis-uri=" + servers.redis().uri(), "doorward.migrate=true");
    runner =
        without
            .withConfiguration(AutoConfigurations.of(AUTO_CONFIGURATIONS))
            .withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
            .withPropertyValues("spring.datasource.url=" + servers.database().jdbcUrl());
  }

  @AfterAll
  static void stop() {
    servers.close();
  }

  private static SignUpResult signUp(AuthService service, String email) {
    return service.signUp(email, TestSecrets.newPassword().reveal(), ClientContext.unknown());
  }

  @Test
  void withoutAWebServerThereIsTheServiceOnly() {
    runner.run(
        context -> {
          assertThat(context).hasNotFailed().hasSingleBean(AuthService.class);
          assertThat(context).doesNotHaveBean(AuthFilter.class);
          assertThat(context).doesNotHaveBean(AuthEndpoints.class);
          assertThat(context).doesNotHaveBean(AuthMetrics.class);
          assertThat(context).hasSingleBean(AuditLog.class);
          assertThat(context).hasSingleBean(CompositeHealthContributor.class);
        });
  }

  @Test
  void whatIsNotOnTheClassPathIsNotNeeded() {
    without
        .withUserConfiguration(Everything.class)
        .withPropertyValues("spring.datasource.url=" + servers.database().jdbcUrl())
        .withClassLoader(
            new FilteredClassLoader(
                "io.micrometer",
                "jakarta.servlet",
                "org.springframework.boot.data.redis",
                "org.springframework.boot.health",
                "org.springframework.data",
                "org.springframework.security.config",
                "org.springframework.security.core",
                "org.springframework.security.web",
                "org.springframework.web"))
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(AuthService.class);
              assertThat(context).doesNotHaveBean("doorwardHealthContributor");
            });
  }

  @Test
  void listenersCustomizersAndMetersAreAllUsed() {
    runner
        .withUserConfiguration(OwnParts.class)
        .withPropertyValues("doorward.audit-log=false")
        .run(
            context -> {
              AuthService service = context.getBean(AuthService.class);
              assertThat(service.signUp("a@example.org", "short", ClientContext.unknown()))
                  .isInstanceOf(SignUpResult.PasswordRefused.class);
              assertThat(signUp(service, "grace@example.org"))
                  .isInstanceOf(SignUpResult.Created.class);

              assertThat(context.getBean(Heard.class).events)
                  .hasAtLeastOneElementOfType(SignedUp.class);
              assertThat(
                      context
                          .getBean(SimpleMeterRegistry.class)
                          .get("doorward.events")
                          .tag("event", "SignedUp")
                          .counter()
                          .count())
                  .isPositive();
              assertThat(context).doesNotHaveBean(AuditLog.class);
            });
  }

  @Test
  void aServiceOfTheApplicationStaysItsOwn() {
    runner.run(
        context -> {
          AuthService theirs = context.getBean(AuthService.class);
          runner
              .withBean("own", AuthService.class, () -> theirs)
              .run(
                  other -> {
                    assertThat(other).hasSingleBean(AuthService.class);
                    assertThat(other.getBean(AuthService.class)).isSameAs(theirs);
                  });
        });
  }

  @Test
  void aDatabaseOfDoorwardsOwnIsOpenedAndClosed() {
    without
        .withConfiguration(AutoConfigurations.of(AUTO_CONFIGURATIONS))
        .withPropertyValues(
            "doorward.name=own",
            "doorward.sessions=redis",
            "doorward.jdbc.url=" + servers.database().jdbcUrl(),
            "doorward.start.patience=20s",
            "doorward.start.require-servers=true",
            "doorward.start.tolerated=redis.eviction")
        .run(
            context -> {
              assertThat(context).hasNotFailed().doesNotHaveBean(DataSource.class);
              assertThat(context).hasSingleBean(PostgresPool.class);
              assertThat(signUp(context.getBean(AuthService.class), "own@example.org"))
                  .isInstanceOf(SignUpResult.Created.class);

              BoundedRedisClient client = context.getBean(BoundedRedisClient.class);
              PostgresPool pool = context.getBean(PostgresPool.class);
              context.getSourceApplicationContext().close();
              assertThatThrownBy(client::ping).isInstanceOf(JedisException.class);
              assertThatThrownBy(() -> pool.dataSource().getConnection())
                  .hasMessageContaining("closed");
            });
  }

  @Test
  void theMarkedDatabaseIsUsed() {
    runner
        .withUserConfiguration(MarkedDatabase.class)
        .withPropertyValues("spring.datasource.url=jdbc:postgresql://localhost:1/none")
        .run(
            context ->
                assertThat(signUp(context.getBean(AuthService.class), "mark@example.org"))
                    .isInstanceOf(SignUpResult.Created.class));
  }

  @Test
  void aSchemaThatIsNewerStopsTheStartInOneLine() {
    runner
        .withPropertyValues("doorward.name=newer")
        .run(context -> assertThat(context).hasNotFailed());
    servers.database().execute("INSERT INTO newer.schema_history (version) VALUES (999)");

    runner
        .withPropertyValues("doorward.name=newer")
        .run(
            context -> {
              FailureAnalysis analysis =
                  new DoorwardFailureAnalyzer().analyze(context.getStartupFailure());
              assertThat(analysis.getDescription())
                  .startsWith("Doorward is not made: Doorward does not start.")
                  .contains("has version 999, newer than the");
              assertThat(analysis.getDescription().lines()).hasSize(1);
            });
  }

  /** By their names, so that a class that they need may be absent. */
  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration({
    DataSourceAutoConfiguration.class,
    DoorwardAutoConfiguration.class,
    DoorwardHealthAutoConfiguration.class,
    DoorwardLoginAutoConfiguration.class,
    DoorwardMetricsAutoConfiguration.class,
    DoorwardMvcAutoConfiguration.class,
    DoorwardSecurityAutoConfiguration.class,
    DoorwardWebAutoConfiguration.class
  })
  static class Everything {}

  @Configuration(proxyBeanMethods = false)
  static class OwnKeys {
    private static final KeyRing KEYS = KeyRing.ephemeral();

    @Bean
    KeyRing keys() {
      return KEYS;
    }
  }

  static final class Heard implements AuthListener {
    final List<AuthEvent> events = new CopyOnWriteArrayList<>();

    @Override
    public void on(AuthEvent event) {
      events.add(event);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnParts {
    @Bean
    Heard heard() {
      return new Heard();
    }

    @Bean
    SimpleMeterRegistry registry() {
      return new SimpleMeterRegistry();
    }

    @Bean
    DoorwardCustomizer policy() {
      return builder -> builder.customize(it -> it.passwordPolicy(PasswordPolicy.lengths(8, 64)));
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class MarkedDatabase {
    @Bean(defaultCandidate = false)
    @DoorwardDataSource
    DataSource marked() {
      return servers.database().dataSource();
    }
  }
}
