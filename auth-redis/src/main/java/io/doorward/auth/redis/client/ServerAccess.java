package io.doorward.auth.redis.client;

import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisProtocol;

/**
 * How a client connects to servers of one kind: the login, TLS and the timeouts. One value for the
 * servers and one for the sentinels, which may differ in all of them. Immutable; never prints its
 * secrets.
 */
final class ServerAccess {
  /** What every connection speaks, with every Redis and every Jedis. */
  static final RedisProtocol PROTOCOL = RedisProtocol.RESP2;

  private final Duration connectTimeout;
  private final Duration commandTimeout;
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
    this.connectTimeout = connectTimeout;
    this.commandTimeout = commandTimeout;
    this.config = new Login(PROTOCOL, user, password, database);
    JedisClientConfig anonymous = new Login(null, null, null, 0);
    this.beforeHello =
        user == null && password != null
            ? List.of(new Login(null, null, password, 0), anonymous)
            : List.of(anonymous);
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
    return connectTimeout;
  }

  Duration commandTimeout() {
    return commandTimeout;
  }

  /** Returns how long it may take until a new connection is logged in. */
  Duration loginTimeout() {
    return connectTimeout().plus(commandTimeout());
  }

  /**
   * How one connection begins: with HELLO where a protocol is given, without it otherwise. It
   * implements what all versions of Jedis ask for and what only later ones do.
   */
  private final class Login implements JedisClientConfig {
    private final @Nullable RedisProtocol protocol;
    private final @Nullable String user;
    private final @Nullable String password;
    private final int database;

    Login(
        @Nullable RedisProtocol protocol,
        @Nullable String user,
        @Nullable String password,
        int database) {
      this.protocol = protocol;
      this.user = user;
      this.password = password;
      this.database = database;
    }

    @Override
    public @Nullable RedisProtocol getRedisProtocol() {
      return protocol;
    }

    /** Asked from Jedis 8 on, which else tries HELLO where no protocol is given. */
    @Override
    public boolean isAutoNegotiateProtocol() {
      return false;
    }

    @Override
    public @Nullable String getUser() {
      return user;
    }

    @Override
    public @Nullable String getPassword() {
      return password;
    }

    @Override
    public int getDatabase() {
      return database;
    }

    @Override
    public int getConnectionTimeoutMillis() {
      return Math.toIntExact(connectTimeout.toMillis());
    }

    @Override
    public int getSocketTimeoutMillis() {
      return Math.toIntExact(commandTimeout.toMillis());
    }

    @Override
    public ClientSetInfoConfig getClientSetInfoConfig() {
      return ClientSetInfoConfig.DISABLED;
    }

    /** Tells no secret. */
    @Override
    public String toString() {
      return "Login[" + protocol + "]";
    }
  }
}
