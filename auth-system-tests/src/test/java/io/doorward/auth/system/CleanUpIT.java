package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Operations.CleanUpResult;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.testkit.Concurrently;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is over goes away, a bounded part at a time and by one node at a time. */
class CleanUpIT {
  private static final int SESSIONS = 12;

  private Application application;
  private Node here;
  private Node there;
  private Person alice;
  private LoginResult.Success live;

  @BeforeEach
  void start() {
    application = Application.shared(Sessions.IN_POSTGRES);
    here = application.node();
    there = application.node();
    alice = Person.random();
    AccountId account = here.signedUp(alice);
    live = here.loggedIn(alice);
    application.sql(
        """
        INSERT INTO {sessions} (id, account_id, kind, credential_version, epoch_tag, generation,
          created_at, auth_time, absolute_end, idle_timeout, idle_end)
        SELECT 'over' || n, ?, 'cookie', 1, 'tag', 0, now() - interval '2 h',
          now() - interval '2 h', now() - interval '1 h', interval '30 min', now() - interval '1 h'
        FROM generate_series(1, ?) AS n
        """,
        account,
        SESSIONS);
    application.sql(
        """
        INSERT INTO {outbox} (account_id, floor, done_at)
        SELECT ?, 1, now() - interval '2 h' FROM generate_series(1, ?)
        """,
        account,
        SESSIONS);
    application.sql(
        """
        INSERT INTO {operations} (account_id, operation_id, version, done_at)
        SELECT ?, 'old' || n, 1, now() - interval '49 h' FROM generate_series(1, ?) AS n
        """,
        account,
        SESSIONS);
  }

  @AfterEach
  void end() {
    application.close();
  }

  @Test
  void aHostCleansUpABoundedPartAtATimeAndTouchesNothingLive() {
    assertThat(cleanUp(here, 5)).isEqualTo(new CleanUpResult.Done(5, 5, 5));
    assertThat(cleanUp(there, 5)).isEqualTo(new CleanUpResult.Done(5, 5, 5));
    assertThat(cleanUp(here, 5)).isEqualTo(new CleanUpResult.Done(2, 2, 2));
    assertThat(cleanUp(here, 5)).isEqualTo(new CleanUpResult.Done(0, 0, 0));

    there.checked(live.token());
  }

  @Test
  void nodesThatCleanUpAtOnceDeleteEverythingOnce() {
    List<CleanUpResult> results =
        Concurrently.call(List.of(() -> cleanUp(here, 100), () -> cleanUp(there, 100)));

    assertThat(results.stream().mapToInt(it -> ((CleanUpResult.Done) it).sessions()).sum())
        .isEqualTo(SESSIONS);
    assertThat(results.stream().mapToInt(it -> ((CleanUpResult.Done) it).outboxRows()).sum())
        .isEqualTo(SESSIONS);
    assertThat(results.stream().mapToInt(it -> ((CleanUpResult.Done) it).operations()).sum())
        .isEqualTo(SESSIONS);
  }

  @Test
  void aNodeLeavesToTheOtherWhatTheOtherIsDeleting() throws SQLException {
    try (Connection other = application.connect()) {
      other.setAutoCommit(false);
      for (String delete :
          List.of(
              "DELETE FROM {sessions} WHERE id LIKE 'over%'",
              "DELETE FROM {outbox} WHERE done_at < now() - interval '1 h'",
              "DELETE FROM {operations} WHERE done_at < now() - interval '48 h'")) {
        try (PreparedStatement statement = Application.prepare(other, delete)) {
          assertThat(statement.executeUpdate()).isEqualTo(SESSIONS);
        }
      }

      assertThat(cleanUp(here, 100)).isEqualTo(new CleanUpResult.Done(0, 0, 0));
      other.rollback();
    }
    assertThat(cleanUp(here, 100)).isEqualTo(new CleanUpResult.Done(SESSIONS, SESSIONS, SESSIONS));
  }

  @Test
  void rowsThatAreNotDoneOrDoneLatelyStay() {
    application.sql("UPDATE {outbox} SET done_at = now() - interval '30 min' WHERE id % 2 = 0");
    application.sql("UPDATE {outbox} SET done_at = NULL WHERE id % 2 = 1");
    long rows = application.count("SELECT count(*) FROM {outbox}");

    cleanUp(here, 1_000);

    assertThat(application.count("SELECT count(*) FROM {outbox}")).isEqualTo(rows);
  }

  @Test
  void anOutcomeThatSomebodyMayStillAskForStays() {
    application.sql("UPDATE {operations} SET done_at = now() - interval '47 h'");

    cleanUp(here, 1_000);

    assertThat(application.count("SELECT count(*) FROM {operations}")).isEqualTo(SESSIONS);
  }

  @Test
  void redisForgetsSessionsByItselfAndTheIndexFollows() {
    try (Application inRedis = Application.shared(Sessions.IN_REDIS)) {
      Duration second = Duration.ofSeconds(1);
      Node shortLived =
          inRedis.node(
              new Application.Setup()
                  .service(
                      it -> it.sessionPolicy(SessionPolicy.defaults().withIdleTimeout(second))));
      Node normal = inRedis.node();
      Person bob = Person.random();
      AccountId account = normal.signedUp(bob);
      for (int i = 0; i < 5; i++) {
        shortLived.loggedIn(bob);
      }
      RedisView redis = inRedis.redis();
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> redis.keysOfNamespace().stream().noneMatch(key -> key.contains(":session:")));

      normal.loggedIn(bob);

      long indexed = redis.ask(client -> client.zcard(redis.indexKey(account)));
      assertThat(indexed).isEqualTo(1);
      assertThat(cleanUp(normal, 10)).isInstanceOf(CleanUpResult.Done.class);
    }
  }

  private static CleanUpResult cleanUp(Node node, int max) {
    return node.service().operations().cleanUp(max, node.deadline());
  }
}
