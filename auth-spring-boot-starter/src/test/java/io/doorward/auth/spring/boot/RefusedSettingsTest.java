package io.doorward.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.testkit.TestSecrets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** What prevents the start before any server is asked, and how it is said. */
class RefusedSettingsTest {
  private static final String SECRET =
      TestSecrets.record(Base64.getEncoder().encodeToString(TestSecrets.newKey()));

  private final ApplicationContextRunner nothing =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(DoorwardAutoConfiguration.class));

  private final ApplicationContextRunner withSecret =
      nothing.withPropertyValues("doorward.secret=" + SECRET);

  private final ApplicationContextRunner withDatabase =
      withSecret.withUserConfiguration(OneDatabase.class);

  @ParameterizedTest
  @CsvSource({
    "doorward.secrte, doorward.secret",
    "doorward.redis-url, doorward.redis-uri",
    "doorward.jdbc-url, doorward.jdbc.url",
    "doorward.migrations, doorward.migrate",
    "doorward.web.allowed-origin, doorward.web.allowed-origins",
    "doorward.web.cookie.samesite2, doorward.web.cookie.same-site",
    "doorward.web.rules[0].role, doorward.web.rules[0].roles"
  })
  void anUnknownPropertyIsRefusedWithTheNearestName(String name, String nearest) {
    withSecret
        .withPropertyValues(name + "=x")
        .run(
            refused(
                "There is no property " + name + ".",
                "Did you mean " + nearest + " in place of " + name + "?"));
  }

  @Test
  void anUnknownPropertyThatResemblesNoneIsToBeRemoved() {
    withSecret
        .withPropertyValues("doorward.kerberos.realm=x")
        .run(
            refused(
                "There is no property doorward.kerberos.realm.",
                "Remove doorward.kerberos.realm."));
  }

  @Test
  void everyUnknownPropertyIsNamedAtOnce() {
    withSecret
        .withPropertyValues("doorward.nam=shop", "doorward.migrat=true")
        .run(
            refused(
                "There are no properties doorward.migrat, doorward.nam.",
                "Did you mean doorward.migrate in place of doorward.migrat?"
                    + " Did you mean doorward.name in place of doorward.nam?"));
  }

  @Test
  void namesOfTheEnvironmentAreNotChecked() {
    withSecret
        .withInitializer(
            context ->
                context
                    .getEnvironment()
                    .getPropertySources()
                    .replace(
                        "systemEnvironment",
                        new SystemEnvironmentPropertySource(
                            "systemEnvironment", Map.of("DOORWARD_TEST_BACKEND", "x"))))
        .run(
            context -> assertThat(analysis(context).getDescription()).contains("Redis is missing"));
  }

  /** Otherwise the node would start without the key, and without a word. */
  @Test
  void otherSecretsOfTheEnvironmentThatBootDoesNotReadAreRefused() {
    withSecret
        .withInitializer(
            context ->
                context
                    .getEnvironment()
                    .getPropertySources()
                    .replace(
                        "systemEnvironment",
                        new SystemEnvironmentPropertySource(
                            "systemEnvironment", Map.of("DOORWARD_OTHER_SECRETS_K2", SECRET))))
        .run(
            refused(
                "DOORWARD_OTHER_SECRETS_<id> is in the environment, and Spring Boot does not read"
                    + " it.",
                "Write DOORWARD_OTHERSECRETS_<id>, with an id of letters and digits: they are read"
                    + " as lower-case ones."));
  }

  @Test
  void namesInEveryFormAreKnown() {
    withSecret
        .withPropertyValues(
            "doorward.web.allowedOrigins[0]=https://a.example",
            "doorward.WEB.cookie.same_site=strict",
            "doorward.web.rules[0].paths=/admin/**",
            "doorward.web.rules[0].roles[0]=ADMIN",
            "doorward.roles.ADMIN.permissions[0]=article:read",
            "doorward.roles.ADMIN.includes=shop.clerk",
            "doorward.roles[shop.clerk].permissions=article:write",
            "doorward.other-secrets.2026-10=" + SECRET.substring(0, 43),
            "doorward.start.tolerated=redis.eviction")
        .run(
            context -> assertThat(analysis(context).getDescription()).doesNotContain("no propert"));
  }

  @ParameterizedTest
  @CsvSource({
    "doorward.sessions, cookies",
    "doorward.migrate, perhaps",
    "doorward.web.cookie.same-site, sometimes",
    "doorward.start.patience, soon"
  })
  void aValueOfAnotherTypeIsRefusedWithItsName(String name, String value) {
    withSecret
        .withPropertyValues(name + "=" + value)
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .isInstanceOfSatisfying(
                        BindException.class,
                        e -> assertThat(e.getProperty().getName()).hasToString(name))
                    .hasStackTraceContaining(value));
  }

  @Test
  void aMissingSecretSaysHowToMakeOne() {
    nothing.run(
        refused(
            "doorward.secret is missing.",
            "Put the output of \"openssl rand -base64 32\" into the environment variable"
                + " DOORWARD_SECRET, or into a file that doorward.secret-file names; the same on"
                + " every node."));
  }

  @ParameterizedTest
  @ValueSource(strings = {"c2hvcnQtc2VjcmV0LWhlcmU=", "hunter22-hunter22", ""})
  void aSecretThatCannotBeOneIsRefusedAndNotRepeated(String secret) {
    nothing
        .withPropertyValues("doorward.secret=" + secret)
        .run(
            context -> {
              assertThat(analysis(context).getDescription())
                  .startsWith("doorward.secret ")
                  .contains("openssl rand -base64 32");
              if (!secret.isEmpty()) {
                assertThat(everythingSaid(context)).doesNotContain(secret);
              }
            });
  }

  @Test
  void aSecretMayBeInAFileButNotInTwoPlaces(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("secret"), SECRET);
    nothing
        .withPropertyValues("doorward.secret-file=" + file)
        .run(
            context -> assertThat(analysis(context).getDescription()).contains("Redis is missing"));
    withSecret
        .withPropertyValues("doorward.secret-file=" + file)
        .run(
            refused("doorward.secret and doorward.secret-file are both set.", "Keep one of them."));
  }

  @Test
  void anIdThatIsUsedTwiceIsRefused() {
    withSecret
        .withPropertyValues("doorward.other-secrets.main=" + SECRET)
        .run(
            context ->
                assertThat(analysis(context).getDescription())
                    .startsWith("doorward.other-secrets.main cannot be used under its id"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "doorward.jdbc.user=shop | doorward.jdbc.user or doorward.jdbc.password is set without",
        "doorward.web.proxy-header=forwarded | doorward.web.proxy-header is set without",
        "doorward.web.pages.after-login=/home | doorward.web.pages.after-login or after-logout",
        "doorward.web.rules[0].access=permit-all | doorward.web.rules[0] has no paths",
        "doorward.web.rules[0].paths=/x | doorward.web.rules[0] has neither roles nor permissions nor access"
      })
  void whatContradictsItselfIsRefused(String property, String message) {
    withSecret
        .withPropertyValues(property)
        .run(context -> assertThat(analysis(context).getDescription()).startsWith(message));
  }

  @Test
  void aRuleWithRolesAndAccessIsRefused() {
    withSecret
        .withPropertyValues(
            "doorward.web.rules[0].paths=/x",
            "doorward.web.rules[0].roles=ADMIN",
            "doorward.web.rules[0].access=permit-all")
        .run(
            refused(
                "doorward.web.rules[0] has roles and access.",
                "Set one of doorward.web.rules[0].roles, doorward.web.rules[0].permissions and"
                    + " doorward.web.rules[0].access."));
  }

  @Test
  void aRuleWithRolesAndPermissionsIsRefused() {
    withSecret
        .withPropertyValues(
            "doorward.web.rules[0].paths=/x",
            "doorward.web.rules[0].roles=ADMIN",
            "doorward.web.rules[0].permissions=user:read")
        .run(
            refused(
                "doorward.web.rules[0] has roles and permissions.",
                "Set one of doorward.web.rules[0].roles, doorward.web.rules[0].permissions and"
                    + " doorward.web.rules[0].access."));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "doorward.roles.admin.includes=editr"
            + "| includes must name roles of the model: admin includes editr, which has no"
            + " role(\"editr\")",
        "doorward.roles.admin.includes=admin"
            + "| includes must not lead in a circle: admin -> admin",
        "doorward.roles.admin.permissions=article*"
            + "| grants must be like article:read, article:* or *"
      })
  void rolesThatCannotBeAreRefused(String property, String message) {
    withDatabase
        .withPropertyValues(property, "doorward.redis-uri=redis://localhost")
        .run(
            context ->
                assertThat(analysis(context).getDescription())
                    .startsWith("doorward.roles cannot be used: " + message));
  }

  @Test
  void aMisspeltPropertyOfARoleIsRefused() {
    withSecret
        .withPropertyValues("doorward.roles.admin.permission=article:read")
        .run(
            context ->
                assertThat(analysis(context).getDescription())
                    .isEqualTo("There is no property doorward.roles.admin.permission."));
  }

  @Test
  void aMissingRedisIsRefused() {
    withDatabase.run(
        refused(
            "Redis is missing: there is neither spring.data.redis.* nor doorward.redis-uri.",
            "Set spring.data.redis.url, or doorward.redis-uri."));
  }

  @ParameterizedTest
  @ValueSource(strings = {"url=redis://cache", "host=cache", "port=6380", "sentinel.nodes=a:1"})
  void twoSourcesOfRedisAreRefused(String applications) {
    withDatabase
        .withPropertyValues("doorward.redis-uri=redis://own", "spring.data.redis." + applications)
        .run(
            refused(
                "Redis is named twice, by doorward.redis-uri and by spring.data.redis.*.",
                "Remove doorward.redis-uri to use the application's. For another Redis define a"
                    + " bean of type BoundedRedisClient in its place."));
  }

  @ParameterizedTest
  @ValueSource(strings = {"doorward.redis-uri", "spring.data.redis.url"})
  void anAddressOfRedisThatCannotBeReadIsNotRepeated(String property) {
    withDatabase
        .withPropertyValues(property + "=redis://:hunter22%@cache")
        .run(
            context -> {
              assertThat(analysis(context).getDescription())
                  .startsWith(property + " cannot be read");
              assertThat(everythingSaid(context)).doesNotContain("hunter22");
            });
  }

  @Test
  void sentinelsAndAClusterExcludeEachOther() {
    withDatabase
        .withPropertyValues(
            "spring.data.redis.sentinel.nodes=a:26379", "spring.data.redis.cluster.nodes=b:6379")
        .run(
            refused(
                "spring.data.redis.sentinel and spring.data.redis.cluster are both set.",
                "Keep one of them."));
  }

  @Test
  void aMissingDatabaseIsRefused() {
    withSecret
        .withPropertyValues("doorward.redis-uri=redis://localhost")
        .run(
            refused(
                "PostgreSQL is missing: there is no DataSource bean and no doorward.jdbc.url.",
                "Set spring.datasource.url, with spring-boot-starter-jdbc among the dependencies,"
                    + " or doorward.jdbc.url."));
  }

  @Test
  void severalDatabasesNeedAMark() {
    withDatabase
        .withUserConfiguration(AnotherDatabase.class)
        .withPropertyValues("doorward.redis-uri=redis://localhost")
        .run(
            refused(
                "The application has several DataSource beans, and none is marked for Doorward.",
                "Put @DoorwardDataSource on one of them, or make one @Primary."));
  }

  @Test
  void aDatabaseOfTheApplicationAndOneOfDoorwardsAreRefused() {
    withDatabase
        .withPropertyValues(
            "doorward.redis-uri=redis://localhost",
            "doorward.jdbc.url=jdbc:postgresql://localhost/shop")
        .run(
            context ->
                assertThat(analysis(context).getDescription())
                    .isEqualTo("doorward.jdbc.url is set, and the application has a DataSource."));
  }

  @Test
  void anAddressOfAnotherDatabaseIsRefusedAndNotRepeated() {
    withSecret
        .withPropertyValues(
            "doorward.redis-uri=redis://localhost",
            "doorward.jdbc.url=jdbc:mysql://app:hunter22@db/shop")
        .run(
            context -> {
              assertThat(analysis(context).getDescription())
                  .startsWith("doorward.jdbc.url cannot be used: jdbcUrl must ");
              assertThat(everythingSaid(context)).doesNotContain("hunter22");
            });
  }

  @Test
  void aNameThatCannotBeASchemaIsRefused() {
    withDatabase
        .withPropertyValues("doorward.redis-uri=redis://localhost", "doorward.name=My-Shop")
        .run(
            context ->
                assertThat(analysis(context).getDescription())
                    .startsWith("Doorward is not made: name must match "));
  }

  private static ContextConsumer<AssertableApplicationContext> refused(String what, String advice) {
    return context -> {
      FailureAnalysis analysis = analysis(context);
      assertThat(analysis.getDescription()).isEqualTo(what);
      assertThat(analysis.getAction()).isEqualTo(advice);
      assertThat(analysis.getDescription().lines()).hasSize(1);
    };
  }

  private static FailureAnalysis analysis(AssertableApplicationContext context) {
    assertThat(context).hasFailed();
    FailureAnalysis analysis = new DoorwardFailureAnalyzer().analyze(context.getStartupFailure());
    assertThat(analysis).as("%s", context.getStartupFailure()).isNotNull();
    return analysis;
  }

  /** Every message on the way to the cause. */
  private static String everythingSaid(AssertableApplicationContext context) {
    StringBuilder said = new StringBuilder();
    for (Throwable at = context.getStartupFailure(); at != null; at = at.getCause()) {
      said.append(at.getMessage()).append('\n');
    }
    said.append(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()));
    return said.toString();
  }

  @Configuration(proxyBeanMethods = false)
  static class OneDatabase {
    @Bean
    DataSource one() {
      return DataSourceBuilder.create().url("jdbc:postgresql://localhost:1/none").build();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class AnotherDatabase {
    @Bean
    DataSource another() {
      return DataSourceBuilder.create().url("jdbc:postgresql://localhost:1/none").build();
    }
  }
}
