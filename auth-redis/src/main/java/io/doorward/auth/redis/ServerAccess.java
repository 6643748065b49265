package io.doorward.auth.redis;

import java.time.Duration;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.JedisClientConfig;

/**
 * How servers of one kind are spoken to: who logs in, over what, and how long it may take.
 * Immutable; never prints its secrets.
 */
final class ServerAccess {
  private final JedisClientConfig config;
  private final @Nullable SSLSocketFactory tls;

  ServerAccess(
      @Nullable String user,
      @Nullable String password,
      int database,
      @Nullable SSLSocketFactory tls,
      Duration connectTimeout,
      Duration commandTimeout) {
    this.tls = tls;
    this.config =
        DefaultJedisClientConfig.builder()
            .resp2()
            .user(user)
            .password(password)
            .database(database)
            .connectionTimeoutMillis(Math.toIntExact(connectTimeout.toMillis()))
            .socketTimeoutMillis(Math.toIntExact(commandTimeout.toMillis()))
            .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
            .build();
  }

  /** Returns what Jedis needs to log in. */
  JedisClientConfig config() {
    return config;
  }

  /** Returns what makes TLS connections; null where none is used. */
  @Nullable SSLSocketFactory tls() {
    return tls;
  }

  Duration connectTimeout() {
    return Duration.ofMillis(config.getConnectionTimeoutMillis());
  }

  Duration commandTimeout() {
    return Duration.ofMillis(config.getSocketTimeoutMillis());
  }

  /** Returns how long it may take until a new connection is logged in. */
  Duration loginTimeout() {
    return connectTimeout().plus(commandTimeout());
  }
}
