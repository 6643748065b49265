package io.doorward.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.serializer.JdkSerializationRedisSerializer;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.authentication.dao.DaoAuthenticationProvider;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.jdbc.JdbcDaoImpl;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.session.Session;
import org.springframework.session.SessionRepository;
import org.springframework.session.data.redis.RedisSessionRepository;
import redis.clients.jedis.ConnectionPoolConfig;

/**
 * What Spring Session and Spring Security do, with their default settings but over Jedis: a hash
 * for each session, its values serialized by the JDK.
 */
final class Spring {
  private static final String CONTEXT = "SPRING_SECURITY_CONTEXT";

  /** As its documentation has them. */
  private static final String TABLES =
      """
      CREATE TABLE IF NOT EXISTS users (
        username text PRIMARY KEY, password text NOT NULL, enabled boolean NOT NULL);
      CREATE TABLE IF NOT EXISTS authorities (
        username text NOT NULL REFERENCES users, authority text NOT NULL,
        PRIMARY KEY (username, authority));
      """;

  private Spring() {}

  /** Connections like those of the other contenders: Jedis, and as many. */
  static JedisConnectionFactory connections(Servers servers, Opened opened) {
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(Servers.CONNECTIONS);
    pool.setMaxIdle(Servers.CONNECTIONS);
    JedisConnectionFactory connections =
        new JedisConnectionFactory(
            new RedisStandaloneConfiguration(
                servers.redisAddress().getHost(), servers.redisAddress().getPort()),
            JedisClientConfiguration.builder().usePooling().poolConfig(pool).build());
    connections.afterPropertiesSet();
    connections.start();
    opened.add(connections::destroy);
    return connections;
  }

  static RedisSessionRepository sessions(Servers servers, Opened opened) {
    RedisTemplate<String, Object> template = new RedisTemplate<>();
    template.setKeySerializer(RedisSerializer.string());
    template.setHashKeySerializer(RedisSerializer.string());
    template.setDefaultSerializer(new JdkSerializationRedisSerializer());
    template.setConnectionFactory(connections(servers, opened));
    template.afterPropertiesSet();
    RedisSessionRepository sessions = new RedisSessionRepository(template);
    sessions.setDefaultMaxInactiveInterval(Duration.ofMinutes(30));
    return sessions;
  }

  /** Users in the tables of Spring Security, read by its own provider. */
  static AuthenticationProvider provider(Servers servers, Opened opened, PasswordEncoder encoder) {
    DataSource pool = opened.add(servers.pool()).dataSource();
    storeUsers(new JdbcTemplate(pool), servers.users(), encoder.encode(Users.PASSWORD.reveal()));
    JdbcDaoImpl users = new JdbcDaoImpl();
    users.setDataSource(pool);
    users.afterPropertiesSet();
    DaoAuthenticationProvider provider = new DaoAuthenticationProvider(users);
    provider.setPasswordEncoder(encoder);
    return provider;
  }

  private static void storeUsers(JdbcTemplate jdbc, int users, String hash) {
    jdbc.execute(TABLES);
    List<Object[]> names = new ArrayList<>();
    for (int user = 0; user < users; user++) {
      names.add(new Object[] {Users.email(user)});
    }
    jdbc.batchUpdate(
        "INSERT INTO users VALUES (?, '" + hash + "', true) ON CONFLICT DO NOTHING", names);
    jdbc.batchUpdate(
        "INSERT INTO authorities VALUES (?, 'ROLE_USER') ON CONFLICT DO NOTHING", names);
  }

  static Authentication authentication(int user) {
    User details = new User(Users.email(user), "", AuthorityUtils.createAuthorityList("ROLE_USER"));
    return UsernamePasswordAuthenticationToken.authenticated(
        details, null, details.getAuthorities());
  }

  /** Stores a session of a user who has logged in, and returns its id. */
  static <S extends Session> String open(SessionRepository<S> sessions, Authentication user) {
    S session = sessions.createSession();
    session.setAttribute(CONTEXT, new SecurityContextImpl(user));
    sessions.save(session);
    return session.getId();
  }

  static List<String> open(SessionRepository<?> sessions, int users) {
    List<String> ids = new ArrayList<>();
    for (int user = 0; user < users; user++) {
      ids.add(open(sessions, authentication(user)));
    }
    return ids;
  }

  /** What a request needs: the session, and from it the user. */
  static <S extends Session> S find(SessionRepository<S> sessions, String id) {
    S session = sessions.findById(id);
    if (session == null || session.getAttribute(CONTEXT) == null) {
      throw new IllegalStateException("Spring Session has no user for " + id);
    }
    return session;
  }
}
