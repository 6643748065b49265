package io.doorward.auth.testkit;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.providers.PooledConnectionProvider;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * Jedis's client for one server with its defaults. Its own name for that changes with its versions,
 * and the kit runs with whichever one its user has.
 */
final class PlainClient extends UnifiedJedis {
  private PlainClient(HostAndPort server, JedisClientConfig config) {
    super(new PooledConnectionProvider(server, config), RedisProtocol.RESP2);
  }

  static PlainClient to(URI uri) {
    return new PlainClient(
        JedisURIHelper.getHostAndPort(uri),
        DefaultJedisClientConfig.builder()
            .protocol(RedisProtocol.RESP2)
            .user(JedisURIHelper.getUser(uri))
            .password(JedisURIHelper.getPassword(uri))
            .database(JedisURIHelper.getDBIndex(uri))
            .sslOptions(JedisURIHelper.isRedisSSLScheme(uri) ? SslOptions.builder().build() : null)
            .build());
  }

  static PlainClient to(String host, int port, @Nullable String password) {
    return new PlainClient(
        new HostAndPort(host, port),
        DefaultJedisClientConfig.builder()
            .protocol(RedisProtocol.RESP2)
            .password(password)
            .build());
  }
}
