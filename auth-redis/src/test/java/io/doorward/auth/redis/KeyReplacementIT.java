package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.ServiceEvent.SealedValueRejected;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The stores while the keys of their ring are replaced: what they remember is no exception. */
class KeyReplacementIT {
  private static final AccountId ADA = new AccountId("ada-account");
  private static final Duration IDLE = Duration.ofMinutes(30);
  private static final byte[] OLD = TestSecrets.newKey();
  private static final byte[] FRESH = TestSecrets.newKey();

  private final KeyRing ring = KeyRing.ofSecret("old", OLD);
  private final TestClock clock = new TestClock();
  private final MemoryProfiles profiles = new MemoryProfiles();
  private final List<AuthEvent> events = new CopyOnWriteArrayList<>();
  private BoundedRedisClient client;
  private RedisStores stores;

  @BeforeEach
  void open() {
    client = TestRedis.shared().client();
    TestRedis.shared().admin().flushAll();
    stores = stores(ring);
    profiles.put(ADA, 1, 1, "reader");
  }

  @AfterEach
  void close() {
    client.close();
  }

  private RedisStores stores(KeyRing keys) {
    return RedisStores.builder(client, keys).clock(clock).listener(events::add).build();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(5));
  }

  private Session session() {
    return Session.builder(
            ADA,
            SessionKind.BEARER,
            MemoryProfiles.epoch(1),
            clock.instant(),
            clock.instant().plus(Duration.ofHours(12)),
            IDLE)
        .build();
  }

  @Test
  void aSessionThatWasReadOftenIsGoneWithItsKey() {
    RedisTokenStore store = stores.tokenStore(profiles).build();
    Session session = session();
    assertThat(store.create(session, soon())).isPresent();
    for (int i = 0; i < 3; i++) {
      assertThat(store.find(ADA, session.id(), soon())).isPresent();
    }

    ring.replaceBy(KeyRing.ofSecret("new", FRESH));

    assertThat(store.find(ADA, session.id(), soon())).isEmpty();
    Session later = session();
    assertThat(store.create(later, soon())).isPresent();
    assertThat(store.find(ADA, later.id(), soon())).isPresent();
  }

  @Test
  void aSessionIsReadOnWhileItsKeyIsInTheRing() {
    RedisTokenStore store = stores.tokenStore(profiles).build();
    Session session = session();
    assertThat(store.create(session, soon())).isPresent();

    ring.replaceBy(KeyRing.builder().secret("new", FRESH).secret("old", OLD).build());

    for (int i = 0; i < 2; i++) {
      assertThat(store.find(ADA, session.id(), soon())).isPresent();
    }
    assertThat(events).noneMatch(SealedValueRejected.class::isInstance);
  }

  @Test
  void aViewForgetsSessionAndRolesWithTheirKey() {
    RedisSessionView view = stores.sessionView().build();
    Session session = session();
    UserRecord user = profiles.put(ADA, 2, 1, "admin");
    assertThat(
            view.fill(
                view.ticket(ADA, session.id(), soon()),
                new LiveSession(session, user, IDLE),
                clock.instant(),
                soon()))
        .isTrue();
    for (int i = 0; i < 3; i++) {
      assertThat(view.find(ADA, session.id(), soon())).isInstanceOf(SessionView.Lookup.Hit.class);
    }

    ring.replaceBy(KeyRing.ofSecret("new", FRESH));

    assertThat(view.find(ADA, session.id(), soon())).isInstanceOf(SessionView.Lookup.Miss.class);
  }

  @Test
  void aFenceReachesTheNamesUnderAllKeysOfTheMoment() {
    CredentialCache here = stores.credentialCache().build();
    KeyRing ofOther = KeyRing.ofSecret("old", OLD);
    CredentialCache there = stores(ofOther).credentialCache().build();
    LoginId login = LoginId.email("ada@example.org");
    fill(there, login);
    ring.replaceBy(KeyRing.builder().secret("new", FRESH).secret("old", OLD).build());
    fill(here, login);

    here.fence(login, 5, soon());

    assertThat(here.lookup(login, soon())).isInstanceOf(CredentialCache.Lookup.Miss.class);
    assertThat(there.lookup(login, soon())).isInstanceOf(CredentialCache.Lookup.Miss.class);
  }

  private void fill(CredentialCache cache, LoginId login) {
    CredentialCache.Ticket ticket =
        ((CredentialCache.Lookup.Miss) cache.lookup(login, soon())).ticket();
    Credential credential =
        new Credential(
            ADA,
            login,
            AccountStatus.ACTIVE,
            PasswordHash.of(RedisCredentialCacheIT.HASH),
            new CredentialVersion(1, "tag"),
            MemoryProfiles.epoch(1));
    assertThat(cache.fill(ticket, credential, clock.instant(), soon())).isTrue();
    assertThat(cache.lookup(login, soon())).isInstanceOf(CredentialCache.Lookup.Hit.class);
  }
}
