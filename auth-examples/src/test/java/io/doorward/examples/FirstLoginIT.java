package io.doorward.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.redis.client.BoundedRedisClient;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The program that the README shows, as its readers run it, and the same part by part. */
@Tag("jdk")
final class FirstLoginIT {
  @Test
  void theProgramOfTheReadmeLogsIn() {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Servers servers = Servers.start()) {
      System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
      FirstLogin.main(new String[] {servers.jdbcUrl(), servers.redisUri().toString()});
    } finally {
      System.setOut(before);
    }

    // The tests log to the same place, and the start has something to say of these servers.
    assertThat(bytes.toString(StandardCharsets.UTF_8).lines()).last().isEqualTo("Success");
  }

  @Test
  void theSamePutTogetherByHandLogsIn() {
    KeyRing keys = KeyRing.ephemeral();
    try (Servers servers = Servers.start();
        PostgresPool pool = PostgresPool.builder(servers.jdbcUrl()).open();
        BoundedRedisClient redis = BoundedRedisClient.builder(servers.redisUri()).build();
        AuthService auth =
            PutTogetherByHand.service(pool.dataSource(), redis, keys, AuthListener.none())) {
      ClientContext client = ClientContext.unknown();
      auth.signUp("ada@example.org", QuickStart.PASSWORD, client);
      assertThat(auth.login("ada@example.org", QuickStart.PASSWORD, client))
          .isInstanceOf(LoginResult.Success.class);
    }
  }
}
