package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.SessionPolicy;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clocks differ, and one may be wrong: what was revoked is over on every node all the same. */
class ClocksApartIT {
  private static final CheckResult REJECTED = new CheckResult.Rejected();

  private static final Map<Sessions, Application> APPLICATIONS = new EnumMap<>(Sessions.class);

  private final Person alice = Person.random();
  private Application application;
  private Node here;
  private Node there;

  @AfterAll
  static void stop() {
    APPLICATIONS.values().forEach(Application::close);
    APPLICATIONS.clear();
  }

  private AccountId start(Sessions sessions) {
    return start(sessions, new Application.Setup(), new Application.Setup());
  }

  private AccountId start(Sessions sessions, Application.Setup one, Application.Setup other) {
    application = APPLICATIONS.computeIfAbsent(sessions, Application::shared);
    here = application.node(one);
    there = application.node(other);
    return here.signedUp(alice);
  }

  @AfterEach
  void forget() {
    application.forget(here);
    application.forget(there);
  }

  private static Application.Setup ahead(Duration by, Duration idle, Duration life) {
    SessionPolicy policy = exact(idle, life);
    return new Application.Setup().ahead(by).service(it -> it.sessionPolicy(policy));
  }

  private static SessionPolicy exact(Duration idle, Duration life) {
    return SessionPolicy.defaults()
        .withIdleTimeout(idle)
        .withAbsoluteLifetime(life)
        .withRememberedLifetime(life)
        .withBearerTokenLifetime(life)
        .withJitterPercent(0);
  }

  /** As a step of PostgreSQL's clock does: the end of the session comes to lie in its past. */
  private void setPostgresAhead(AccountId account, String pastTheEnd) {
    application.sql(
        "UPDATE {sessions} SET idle_end = now() - ?::interval, absolute_end = now()"
            + " WHERE account_id = ?",
        pastTheEnd,
        account);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1 second", "30 minutes"})
  void logoutEndsASessionThatPostgresCallsOver(String pastTheEnd) {
    AccountId account = start(Sessions.DURABLE);
    LoginResult.Success login = here.loggedIn(alice);
    there.checked(login.token());
    setPostgresAhead(account, pastTheEnd);

    assertThat(here.logout(login.token()))
        .isInstanceOfSatisfying(
            LogoutResult.Done.class, done -> assertThat(done.cachePending()).isFalse());

    assertThat(there.check(login.token())).isEqualTo(REJECTED);
    assertThat(here.check(login.token())).isEqualTo(REJECTED);
  }

  @Test
  void logoutOfAllEndsSessionsThatPostgresCallsOver() {
    AccountId account = start(Sessions.DURABLE);
    LoginResult.Success laptop = here.loggedIn(alice);
    LoginResult.Success phone = here.loggedIn(alice);
    there.checked(laptop.token());
    there.checked(phone.token());
    setPostgresAhead(account, "1 second");

    assertThat(here.logoutAll(account)).isEqualTo(new LogoutResult.Done(2, false));

    assertThat(there.check(laptop.token())).isEqualTo(REJECTED);
    assertThat(there.check(phone.token())).isEqualTo(REJECTED);
  }

  @Test
  void aCleanUpLeavesASessionToBeEndedThatOnlyPostgresCallsOver() {
    AccountId account = start(Sessions.DURABLE);
    LoginResult.Success login = here.loggedIn(alice);
    there.checked(login.token());
    setPostgresAhead(account, "59 seconds");

    here.service().operations().cleanUp(100, here.deadline());
    here.logout(login.token());

    assertThat(there.check(login.token())).isEqualTo(REJECTED);
  }

  /** Within the skew, and beyond it, where the node refuses the token. */
  @ParameterizedTest
  @CsvSource({"IN_REDIS, 59s", "IN_REDIS, 1h", "DURABLE, 59s", "DURABLE, 1h"})
  void logoutByANodeThatCallsTheTokenExpiredEndsTheSession(Sessions sessions, String by) {
    Duration life = Duration.ofSeconds(50);
    start(
        sessions,
        ahead(Duration.ZERO, life, life),
        ahead(Duration.parse("PT" + by), Duration.ofMinutes(30), Duration.ofHours(12)));
    LoginResult.Success login = here.loggedIn(alice);
    here.checked(login.token());

    there.logout(login.token());

    assertThat(here.check(login.token())).isEqualTo(REJECTED);
  }

  @Test
  void logoutOfAllEndsWhatANodeBehindHasTouchedPastTheIndex() {
    Duration idle = Duration.ofSeconds(60);
    Duration life = Duration.ofSeconds(5);
    AccountId account =
        start(
            Sessions.IN_REDIS,
            ahead(Duration.ZERO, idle, life),
            ahead(Duration.ofSeconds(-50), idle, life));
    LoginResult.Success login = here.loggedIn(alice);
    there.tokens().touch(login.principal().session(), there.deadline());
    RedisView redis = application.redis();
    long session = left(redis.sessionKey(account, login.principal().session().id()));

    assertThat(session).as("lives on for the node behind").isGreaterThan(50_000);
    assertThat(left(redis.indexKey(account))).isGreaterThan(session);
    assertThat(there.logoutAll(account)).isEqualTo(new LogoutResult.Done(1, false));
    assertThat(there.check(login.token())).isEqualTo(REJECTED);
  }

  private long left(String key) {
    return application.redis().ask(client -> client.pttl(key));
  }

  @Test
  void anAdministratorsDeleteEndsASessionThatPostgresCallsOver() {
    AccountId account = start(Sessions.DURABLE);
    LoginResult.Success login = here.loggedIn(alice);
    there.checked(login.token());
    setPostgresAhead(account, "5 minutes");

    application.sql("DELETE FROM {sessions} WHERE account_id = ?", account);
    here.relay();

    assertThat(there.check(login.token())).isEqualTo(REJECTED);
  }
}
