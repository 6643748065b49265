package io.doorward.benchmarks;

import cn.dev33.satoken.SaManager;
import com.auth0.jwt.JWT;
import com.zaxxer.hikari.HikariDataSource;
import io.github.bucket4j.Bucket;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.postgresql.Driver;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.security.core.Authentication;
import org.springframework.session.data.redis.RedisSessionRepository;
import redis.clients.jedis.RedisClient;

/** The libraries that the numbers depend on. */
final class Peers {
  private Peers() {}

  /** Returns the names of their jars, which end with the version. */
  static List<String> jars() {
    return Stream.of(
            RedisClient.class,
            JWT.class,
            Driver.class,
            HikariDataSource.class,
            RedisTemplate.class,
            RedisSessionRepository.class,
            Authentication.class,
            SaManager.class,
            Bucket.class)
        .map(Peers::jar)
        .toList();
  }

  private static String jar(Class<?> type) {
    String file =
        Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath())
            .getFileName()
            .toString();
    return file.endsWith(".jar") ? file.substring(0, file.length() - ".jar".length()) : file;
  }
}
