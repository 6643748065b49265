package io.doorward;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import redis.clients.jedis.Jedis;

/** What several tests of services need. */
final class Fixture {
  static final byte[] SECRET = TestSecrets.newKey();
  static final ClientContext CLIENT = ClientContext.unknown();

  private static final String EMAIL = "ada@example.org";
  private static final String PASSWORD = TestSecrets.newPassword().reveal();

  /** What services, pools, clients and guards name their threads; not those of the test's own. */
  private static final List<String> THREADS = List.of("doorward", "HikariPool");

  private Fixture() {}

  static void signsUp(AuthService auth) {
    assertThat(auth.signUp(EMAIL, PASSWORD, CLIENT)).isInstanceOf(SignUpResult.Created.class);
  }

  static LoginResult login(AuthService auth) {
    return auth.login(EMAIL, PASSWORD, CLIENT);
  }

  static String token(AuthService auth) {
    AccessToken token = ((LoginResult.Success) login(auth)).token();
    return TestSecrets.record(token).reveal();
  }

  static String query(TestDatabase database, String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  /** Returns how many connections of our pools and registries the server has to a database. */
  static int connections(TestDatabase database) throws SQLException {
    return Integer.parseInt(
        query(
            database,
            "SELECT count(*) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND pid <> pg_backend_pid()"));
  }

  /** Returns how many clients a server of the test's own has, besides the one that asks. */
  static long clients(TestRedis redis) {
    try (Jedis admin = new Jedis(redis.uri())) {
      return admin.clientList().lines().count() - 1;
    }
  }

  static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> THREADS.stream().anyMatch(name::startsWith))
        .sorted()
        .toList();
  }
}
