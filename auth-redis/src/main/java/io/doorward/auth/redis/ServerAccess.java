package io.doorward.auth.redis;

import java.time.Duration;
import java.util.List;
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
  private final List<JedisClientConfig> beforeHello;
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
        config(connectTimeout, commandTimeout)
            .resp2()
            .user(user)
            .password(password)
            .database(database)
            .build();
    JedisClientConfig anonymous =
        config(connectTimeout, commandTimeout).serverDefaultProtocol().build();
    this.beforeHello =
        user == null && password != null
            ? List.of(
                config(connectTimeout, commandTimeout)
                    .serverDefaultProtocol()
                    .password(password)
                    .build(),
                anonymous)
            : List.of(anonymous);
  }

  private static DefaultJedisClientConfig.Builder config(
      Duration connectTimeout, Duration commandTimeout) {
    return DefaultJedisClientConfig.builder()
        .connectionTimeoutMillis(Math.toIntExact(connectTimeout.toMillis()))
        .socketTimeoutMillis(Math.toIntExact(commandTimeout.toMillis()))
        .clientSetInfoConfig(ClientSetInfoConfig.DISABLED);
  }

  /** Returns what Jedis needs to log in. */
  JedisClientConfig config() {
    return config;
  }

  /**
   * Returns how to ask a server that is older than Redis 6.0 for its version: with the password,
   * since such a server knows no users, and without a login, since one without a password wants
   * none.
   */
  List<JedisClientConfig> beforeHello() {
    return beforeHello;
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
