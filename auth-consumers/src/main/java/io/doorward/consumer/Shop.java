package io.doorward.consumer;

import io.doorward.auth.AuthService;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.jdbc.SchemaMigrator;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.redis.client.BoundedRedisClient;
import java.net.URI;
import java.time.Duration;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** An application as a user of Spring Boot writes it: the framework's pool, a Redis by its URI. */
@SpringBootApplication
public class Shop {
  @Bean
  BoundedRedisClient redis(@Value("${shop.redis}") URI uri) {
    return BoundedRedisClient.builder(uri).build();
  }

  @Bean
  AuthService auth(DataSource database, BoundedRedisClient client) {
    KeyRing keys = KeyRing.ephemeral();
    JdbcSchema schema = JdbcSchema.defaults();
    SchemaMigrator.of(database, schema).migrate(Deadline.after(Duration.ofSeconds(30)));
    AccountStore accounts = JdbcStores.of(database, schema).accounts();
    RedisStores redis = RedisStores.of(client, keys);
    return AuthService.builder(accounts, redis.tokenStore(accounts).build(), keys)
        .credentialCache(redis.credentialCache().build())
        .attemptLimiter(redis.attemptLimiter().build())
        .build();
  }
}
