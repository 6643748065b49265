package io.doorward.examples.howto;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.Doorward;
import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What docs/howto/testing.md shows: a test of an application on real servers. */
class ShopIT {
  private final TestDatabase database = TestPostgres.shared().newDatabase();
  private final TestRedis redis = TestRedis.startNew();
  private AuthService auth;

  @BeforeEach
  void start() {
    auth =
        Doorward.builder(database.jdbcUrl(), redis.uri())
            .keys(KeyRing.ephemeral())
            .migrate()
            .build();
  }

  @AfterEach
  void stop() {
    auth.close();
    redis.close();
    database.close();
  }

  @Test
  void aUserStaysLoggedInWhileRedisIsGone() {
    ClientContext client = ClientContext.unknown();
    assertThat(auth.signUp("ada@example.org", "a long enough pass phrase", client))
        .isInstanceOf(SignUpResult.Created.class);
    LoginResult login = auth.login("ada@example.org", "a long enough pass phrase", client);
    String token = ((LoginResult.Success) login).token().reveal();

    redis.kill();

    assertThat(auth.check(token)).isInstanceOf(CheckResult.Active.class);
  }
}
