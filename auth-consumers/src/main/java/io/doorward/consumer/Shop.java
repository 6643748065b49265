package io.doorward.consumer;

import io.doorward.Doorward;
import io.doorward.auth.AuthService;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import java.net.URI;
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
    return Doorward.builder(database, client).keys(KeyRing.ephemeral()).migrate().build();
  }
}
