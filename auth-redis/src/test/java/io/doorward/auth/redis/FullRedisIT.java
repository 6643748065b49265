package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialCache.Ticket;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.session.TokenStore.Rotation;
import io.doorward.auth.session.TokenStore.RotationResult;
import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** A server without memory reads and deletes: what cannot be fenced is deleted. */
class FullRedisIT {
  private static final AccountId ADA = new AccountId("ada-account");
  private static final LoginId LOGIN = LoginId.email("ada@example.org");
  private static final InstantSource CLOCK = InstantSource.system();

  private final List<AuthEvent> events = new CopyOnWriteArrayList<>();
  private final MemoryProfiles profiles = new MemoryProfiles();
  private BoundedRedisClient client;
  private Jedis admin;
  private RedisStores stores;
  private RedisCredentialCache cache;
  private RedisTokenStore tokens;

  @BeforeEach
  void open() {
    client = TestRedis.shared().client();
    admin = TestRedis.shared().admin();
    admin.flushAll();
    stores = RedisStores.builder(client, KeyRing.ephemeral()).listener(events::add).build();
    cache = stores.credentialCache().build();
    tokens = stores.tokenStore(profiles).build();
    profiles.put(ADA, 1, 1, "admin");
  }

  @AfterEach
  void close() {
    haveRoom();
    admin.close();
    client.close();
  }

  private void fill() {
    admin.configSet("maxmemory", "1");
  }

  private void haveRoom() {
    admin.configSet("maxmemory", "0");
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(5));
  }

  private Ticket missed() {
    Lookup found = cache.lookup(LOGIN, soon());
    assertThat(found).isInstanceOf(Lookup.Miss.class);
    return ((Lookup.Miss) found).ticket();
  }

  private boolean fill(Ticket ticket, long version) {
    return cache.fill(ticket, FailoverTests.credential(LOGIN, version), CLOCK.instant(), soon());
  }

  private Session session() {
    Instant now = Instant.ofEpochMilli(CLOCK.millis());
    return Session.builder(
            ADA,
            SessionKind.COOKIE,
            MemoryProfiles.epoch(1),
            now,
            now.plusSeconds(3600),
            Duration.ofMinutes(30))
        .amr(Set.of("pwd"))
        .build();
  }

  private Session created() {
    Session session = session();
    assertThat(tokens.create(session, soon())).isPresent();
    return session;
  }

  private Optional<LiveSession> find(Session session) {
    return tokens.find(ADA, session.id(), soon());
  }

  @Test
  void aFenceDeletesACredentialThatItCannotFence() {
    assertThat(fill(missed(), 4)).isTrue();
    fill();
    assertThat(cache.lookup(LOGIN, soon())).isInstanceOf(Lookup.Hit.class);

    assertThat(cache.fence(LOGIN, 5, soon())).isTrue();

    missed();
    haveRoom();
    missed();
  }

  @Test
  void aTicketFromBeforeADeletionFillsNothing() {
    Ticket ticket = missed();
    fill();
    assertThat(cache.fence(LOGIN, 5, soon())).isTrue();
    assertThat(fill(ticket, 4)).isFalse();

    haveRoom();

    assertThat(fill(ticket, 4)).isFalse();
    assertThat(fill(missed(), 5)).isTrue();
    assertThat(fill(ticket, 4)).isFalse();
  }

  @Test
  void aMissInAFullServerIsReportedAndFillsNothing() {
    fill();

    Ticket ticket = missed();

    assertThat(events).containsExactly(new BackendFailed(Part.CREDENTIAL_CACHE, Kind.REFUSED));
    assertThat(fill(ticket, 4)).isFalse();
    haveRoom();
    assertThat(fill(ticket, 4)).isFalse();
    assertThat(fill(missed(), 4)).isTrue();
  }

  @Test
  void aRoleThatWasTakenIsGoneAndItsSessionLives() {
    Session session = created();
    fill();
    profiles.put(ADA, 2, 1);

    assertThat(tokens.fenceUser(ADA, 2, soon())).isTrue();

    assertThat(find(session).orElseThrow().user().roles()).isEmpty();
    haveRoom();
    assertThat(find(session).orElseThrow().user().roles()).isEmpty();
  }

  @Test
  void sessionsInAFullServerEndAndLiveOnAndAreNotOpened() {
    Session revoked = created();
    Session touched = created();
    byte[] key = Scripts.bytes("doorward:{ada-account}:session:" + touched.id().value());
    admin.pexpire(key, 60_000);
    admin.setrange(key, 1, SessionString.wide(CLOCK.instant().plusSeconds(60)));
    fill();

    assertThat(tokens.revoke(ADA, revoked.id(), EndReason.LOGOUT, soon()).ended()).isOne();
    tokens.touch(touched, soon());
    assertThatThrownBy(() -> tokens.create(session(), soon()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
        .hasMessageContaining("OOM");

    assertThat(find(revoked)).isEmpty();
    assertThat(find(touched).orElseThrow().idleLeft()).isGreaterThan(Duration.ofMinutes(29));
    assertThat(admin.pttl(key)).isGreaterThan(Duration.ofMinutes(29).toMillis());
    assertThat(tokens.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()).ended()).isOne();
    assertThat(find(touched)).isEmpty();
  }

  private int rotatedTo(Session session, int presented) {
    RotationResult result =
        tokens.rotate(
            new Rotation(
                ADA,
                session.id(),
                presented,
                "key-1",
                "key-2",
                Duration.ofSeconds(10),
                Duration.ofSeconds(60)),
            soon());
    return ((RotationResult.Present) result).live().session().generation();
  }

  @Test
  void sessionsInAFullServerRotateAlsoWithoutTheirUserRecord() {
    Session session = created();
    fill();

    assertThat(rotatedTo(session, 3)).isEqualTo(3);
    profiles.put(ADA, 2, 1);
    assertThat(tokens.fenceUser(ADA, 2, soon())).isTrue();
    assertThat(rotatedTo(session, 7)).isEqualTo(7);

    assertThat(find(session).orElseThrow().session().generation()).isEqualTo(7);
  }

  @Test
  void aSessionRotatesWhereAFenceIsKeptAndNoUserRecordCanBe() {
    Session session = created();
    profiles.put(ADA, 2, 1);
    assertThat(tokens.fenceUser(ADA, 2, soon())).isTrue();
    fill();

    assertThat(rotatedTo(session, 7)).isEqualTo(7);

    assertThat(find(session).orElseThrow().session().generation()).isEqualTo(7);
  }

  @Test
  void aFenceDeletesAUserRecordOfTheViewThatItCannotFence() {
    RedisSessionView view = stores.sessionView().build();
    Session session = session();
    UserRecord user = profiles.put(ADA, 3, 1, "admin");
    SessionView.Ticket ticket = view.ticket(ADA, session.id(), soon());
    LiveSession live = new LiveSession(session, user, Duration.ofMinutes(30));
    assertThat(view.fill(ticket, live, CLOCK.instant(), soon())).isTrue();
    fill();

    assertThat(view.fenceUser(ADA, 4, soon())).isTrue();

    assertThat(view.find(ADA, session.id(), soon())).isInstanceOf(SessionView.Lookup.Miss.class);
    assertThat(view.fill(ticket, live, CLOCK.instant(), soon())).isFalse();
    haveRoom();
    assertThat(view.fill(ticket, live, CLOCK.instant(), soon())).isFalse();
    assertThat(view.find(ADA, session.id(), soon())).isInstanceOf(SessionView.Lookup.Miss.class);
  }

  @Test
  void aFullServerAdmitsNoMoreAttemptsThanTheBudget() {
    AttemptBudgets budgets =
        new AttemptBudgets(
            3,
            Duration.ofMinutes(5),
            Duration.ofMinutes(15),
            50,
            Duration.ofMinutes(10),
            Duration.ofMinutes(1));
    AttemptLimiter limiter = stores.attemptLimiter().budgets(budgets).build();
    fill();

    int admitted = 0;
    for (int i = 0; i < 12; i++) {
      if (isAdmitted(limiter)) {
        admitted++;
      }
    }

    assertThat(admitted).isLessThanOrEqualTo(3);
  }

  /** Where the limiter cannot say, the local budget decides. */
  private static boolean isAdmitted(AttemptLimiter limiter) {
    try {
      AttemptLimiter.Decision decision = limiter.reserve(LOGIN, ClientContext.unknown(), soon());
      if (!(decision instanceof AttemptLimiter.Decision.Admitted admitted)) {
        return false;
      }
      limiter.settle(admitted.reservation(), AttemptLimiter.Outcome.FAILURE, soon());
      return true;
    } catch (StoreException e) {
      return false;
    }
  }
}
