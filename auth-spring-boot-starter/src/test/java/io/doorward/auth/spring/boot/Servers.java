package io.doorward.auth.spring.boot;

import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** A database and a Redis, and applications of Spring Boot on them. */
final class Servers implements AutoCloseable {
  static final String SECRET =
      TestSecrets.record(Base64.getEncoder().encodeToString(TestSecrets.newKey()));

  private final TestDatabase database = TestPostgres.shared().newDatabase();
  private final TestRedis redis = TestRedis.startNew();

  TestDatabase database() {
    return database;
  }

  TestRedis redis() {
    return redis;
  }

  /**
   * Starts an application. It has a random port, and its schema is made.
   *
   * @param application its configuration
   * @param properties more, or other ones: {@code name=value}
   */
  ConfigurableApplicationContext start(Class<?> application, String... properties) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--spring.main.banner-mode=off",
                "--server.port=0",
                "--spring.datasource.url=" + database.jdbcUrl(),
                "--spring.data.redis.url=" + redis.uri(),
                "--doorward.secret=" + SECRET,
                "--doorward.migrate=true",
                "--doorward.web.development=true"));
    for (String property : properties) {
      String name = "--" + property.substring(0, property.indexOf('=') + 1);
      arguments.removeIf(argument -> argument.startsWith(name));
      arguments.add("--" + property);
    }
    return SpringApplication.run(application, arguments.toArray(String[]::new));
  }

  @Override
  public void close() {
    redis.close();
    database.close();
  }
}
