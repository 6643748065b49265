package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.doorward.auth.account.Credential;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionCreation;
import io.doorward.auth.session.SessionCreation.Created;
import io.doorward.auth.session.SessionCreation.Full;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionLimits.WhenFull;
import io.doorward.auth.testkit.Concurrently;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How PostgreSQL makes logins of one account count one after the other. */
class SessionStartsIT {
  private static final SessionLimits ONE = SessionLimits.defaults().withPerAccount(1);

  /** A login that has counted, and is about to store its session, waits for whoever holds it. */
  private static final String GATE =
      """
      CREATE FUNCTION testkit_gate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$;
      CREATE TRIGGER testkit_gate BEFORE INSERT ON {sessions}
        FOR EACH ROW EXECUTE FUNCTION testkit_gate();
      """;

  private Fixture db;
  private Credential owner;

  @BeforeEach
  void start() {
    db = Fixture.fresh();
    owner = db.newAccount();
  }

  @AfterEach
  void stop() {
    db.close();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  private SessionCreation create(SessionLimits limits) {
    return db.tokens.create(Fixture.session(owner), limits, soon());
  }

  private List<Session> live() {
    return db.tokens.list(owner.account(), soon());
  }

  @ParameterizedTest
  @EnumSource
  void twoLoginsNeverTakeTheSameLastPlace(WhenFull whenFull) throws Exception {
    assertOneTakesThePlace(db.tokens, whenFull);
  }

  /** The driver then makes a transaction of each part of the statement. */
  @ParameterizedTest
  @CsvSource({
    "preferQueryMode=simple,END_OLDEST",
    "preferQueryMode=simple,REFUSE",
    "stringtype=unspecified&prepareThreshold=1,END_OLDEST",
    "stringtype=unspecified&prepareThreshold=1,REFUSE"
  })
  void aDriverThatSplitsTheStatementCountsAllTheSame(String setting, WhenFull whenFull)
      throws Exception {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(db.url + (db.url.contains("?") ? '&' : '?') + setting);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      JdbcTokenStore split = JdbcStores.of(pool, db.schema).tokenStore();
      for (int i = 0; i < 12; i++) {
        split.create(Fixture.session(owner), ONE, soon());
      }
      split.revokeAll(owner.account(), EndReason.LOGOUT_ALL, soon());
      assertOneTakesThePlace(split, whenFull);
    }
  }

  private void assertOneTakesThePlace(JdbcTokenStore tokens, WhenFull whenFull) throws Exception {
    SessionLimits limits = ONE.withWhenFull(whenFull);
    List<CompletableFuture<SessionCreation>> logins = new ArrayList<>();
    try (Connection gate = db.admin()) {
      db.sql(gate, GATE);
      gate.setAutoCommit(false);
      db.query(gate, "SELECT pg_advisory_xact_lock(4711)::text");
      for (int i = 0; i < 2; i++) {
        logins.add(Concurrently.begin(() -> tokens.create(Fixture.session(owner), limits, soon())));
      }
      await().atMost(Duration.ofSeconds(20)).until(() -> waiting() == 2);
      gate.commit();
    }
    List<SessionCreation> creations = new ArrayList<>();
    for (CompletableFuture<SessionCreation> login : logins) {
      creations.add(login.get(30, TimeUnit.SECONDS));
    }

    assertThat(live()).hasSize(1);
    if (whenFull == WhenFull.REFUSE) {
      assertThat(creations).contains(new Full(1, Optional.empty()));
      assertThat(creations).filteredOn(Created.class::isInstance).hasSize(1);
    } else {
      assertThat(creations).hasOnlyElementsOfType(Created.class);
      assertThat(creations.stream().mapToInt(it -> ((Created) it).ended().ended()).sum()).isOne();
    }
  }

  private int waiting() throws SQLException {
    return db.query(
            "SELECT pid::text FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                + " AND datname = current_database()")
        .size();
  }

  /** A pool of the application's need not have time-outs of the server's. */
  @Test
  void aLoginThatHasWaitedInVainIsNotStoredLater() throws Exception {
    create(ONE);
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(db.url);
    try (HikariDataSource pool = new HikariDataSource(config);
        Connection holder = db.admin()) {
      JdbcTokenStore foreign = JdbcStores.of(pool, db.schema).tokenStore();
      holder.setAutoCommit(false);
      db.query(holder, "SELECT account_id::text FROM {user_profiles} FOR UPDATE");

      CompletableFuture<SessionCreation> late =
          Concurrently.begin(
              () ->
                  foreign.create(
                      Fixture.session(owner),
                      SessionLimits.defaults(),
                      Deadline.after(Duration.ofSeconds(3))));
      await().atMost(Duration.ofSeconds(20)).until(() -> waiting() == 1);
      assertThatThrownBy(() -> late.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(StoreException.class);
      await().atMost(Duration.ofSeconds(20)).until(() -> waiting() == 0);
      holder.commit();
    }

    assertThat(live()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void whatEarlierEpochsHaveLeftGoesBeforeItIsTooMuch(WhenFull whenFull) throws Exception {
    create(ONE);
    db.sql(
        "INSERT INTO {sessions} SELECT (jsonb_populate_record(s, jsonb_build_object("
            + "'id', 'former-' || n, 'epoch_tag', 'former'))).*"
            + " FROM {sessions} s, generate_series(1, 1200) n");
    db.clearOutbox();
    SessionLimits two = SessionLimits.defaults().withPerAccount(2).withWhenFull(whenFull);

    assertThat(create(two)).isInstanceOf(Created.class);

    assertThat(live()).hasSize(2);
    assertThat(db.tokens.removeExpired(2_000, soon())).isEqualTo(1_200);
    assertThat(db.query("SELECT id FROM {ended_sessions}")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aStricterIsolationLevelOfThePoolCountsAllTheSame(WhenFull whenFull) throws Exception {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(db.url);
    config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
    try (HikariDataSource pool = new HikariDataSource(config)) {
      JdbcTokenStore strict = JdbcStores.of(pool, db.schema).tokenStore();
      SessionLimits limits = SessionLimits.defaults().withPerAccount(3).withWhenFull(whenFull);

      List<SessionCreation> creations =
          Fixture.together(8, () -> strict.create(Fixture.session(owner), limits, soon()));

      assertThat(creations)
          .filteredOn(Created.class::isInstance)
          .hasSize(whenFull == WhenFull.REFUSE ? 3 : 8);
      assertThat(live()).hasSize(3);
    }
  }

  @Test
  void aLoginThatFindsAPlaceIsOneTrip() {
    List<String> calls = new CopyOnWriteArrayList<>();
    try (PostgresPool pool = PostgresPool.builder(db.url).maximumSize(1).open()) {
      JdbcTokenStore store =
          JdbcStores.of(FaultsIT.connections(pool.dataSource(), calls::add), db.schema)
              .tokenStore();
      store.list(owner.account(), soon());
      calls.clear();

      assertThat(store.create(Fixture.session(owner), ONE, soon())).isInstanceOf(Created.class);

      assertThat(calls).containsOnlyOnce("prepareStatement");
      assertThat(calls).doesNotContain("createStatement", "commit");
    }
  }

  /** Otherwise a version would be raised, and a view emptied, at each login. */
  @Test
  void aLoginThatFindsAPlaceTellsNobody() throws SQLException {
    db.clearOutbox();
    long version = db.user(owner).version();

    assertThat(create(ONE)).isInstanceOf(Created.class);
    assertThat(create(ONE.withWhenFull(WhenFull.REFUSE))).isInstanceOf(Full.class);

    assertThat(db.user(owner).version()).isEqualTo(version);
    assertThat(db.outbox.backlog(soon()).pending()).isZero();
  }

  @Test
  void whatALoginEndsIsInTheOutbox() throws SQLException {
    create(ONE);
    db.clearOutbox();

    Created created = (Created) create(ONE);

    assertThat(created.ended().ended()).isOne();
    assertThat(created.ended().pending()).isNotEmpty();
    assertThat(db.outbox.backlog(soon()).pending()).isPositive();
  }
}
