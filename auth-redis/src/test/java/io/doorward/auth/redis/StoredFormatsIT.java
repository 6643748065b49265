package io.doorward.auth.redis;

import static io.doorward.auth.redis.StoredFormats.ADA;
import static io.doorward.auth.redis.StoredFormats.BOB;
import static io.doorward.auth.redis.StoredFormats.LOGIN;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.ServiceEvent.SealedValueRejected;
import io.doorward.auth.redis.StoredFormats.Stored;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.session.DurableTokenStore;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.session.TokenStore.EndReason;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.session.TokenStore.Revocation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/**
 * A rolling upgrade, as Redis sees it: this version reads what the released one has written, and
 * what a later one has written harms nobody.
 */
class StoredFormatsIT {
  private static final String CREDENTIAL = ":credential";
  private static final String SESSION = ":session:session-of-ada-account";
  private static final String VIEWED = ":view:session-of-bob-account";
  private static final String ADAS_RECORD = "{ada-account}:user";
  private static final String BOBS_RECORD = "{bob-account}:user";

  private final TestClock clock = new TestClock();
  private final StoredFormats formats = new StoredFormats(clock);
  private final MemoryProfiles profiles = new MemoryProfiles();
  private final List<AuthEvent> events = new CopyOnWriteArrayList<>();
  private BoundedRedisClient client;
  private Jedis admin;
  private List<Stored> recorded;
  private RedisCredentialCache cache;
  private RedisTokenStore sessions;
  private RedisSessionView view;

  @BeforeEach
  void load() {
    client = TestRedis.shared().client();
    admin = TestRedis.shared().admin();
    recorded = formats.recorded(client, admin);
    StoredFormats.load(recorded, admin);
    clock.advance(Duration.ofMinutes(1));
    cache = formats.cache(client, events::add);
    sessions = formats.sessions(client, profiles, events::add);
    view = formats.view(client, events::add);
  }

  @AfterEach
  void close() {
    StoredFormats.forget(admin);
    admin.close();
    client.close();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(5));
  }

  private Optional<LiveSession> adas() {
    return sessions.find(ADA, formats.session(ADA).id(), soon());
  }

  private SessionView.Lookup bobs() {
    return view.find(BOB, formats.session(BOB).id(), soon());
  }

  @Test
  void aStoredCredentialIsAHit() {
    assertThat(cache.lookup(LOGIN, soon()))
        .isEqualTo(new Lookup.Hit(formats.credential(), new TestClock().instant()));
    assertThat(events).isEmpty();
  }

  @Test
  void aStoredSessionLivesOnAndCanBeEnded() {
    assertThat(adas())
        .get()
        .satisfies(
            live -> {
              assertThat(live.session()).isEqualTo(formats.session(ADA));
              assertThat(live.user()).isEqualTo(formats.user(ADA));
            });
    assertThat(profiles.loads).as("the user record was stored, too").hasValue(0);
    profiles.put(formats.user(ADA));
    assertThat(sessions.list(ADA, soon())).containsExactly(formats.session(ADA));

    assertThat(sessions.revokeAll(ADA, EndReason.LOGOUT_ALL, soon())).isEqualTo(Revocation.of(1));

    assertThat(adas()).isEmpty();
    assertThat(events).isEmpty();
  }

  @Test
  void aStoredDurableSessionIsAHitInTheView() {
    Session session = formats.session(BOB);

    assertThat(bobs())
        .isEqualTo(
            new SessionView.Lookup.Hit(
                new LiveSession(
                    session, formats.user(BOB), session.idleTimeout().minusMinutes(1))));
    assertThat(view.peekUser(BOB, soon())).contains(formats.user(BOB));
    assertThat(events).isEmpty();
  }

  @Test
  void aStoredValueIsFencedLikeANewOne() {
    assertThat(cache.fence(LOGIN, formats.credential().version().number() + 1, soon())).isTrue();
    assertThat(view.fenceUser(BOB, formats.user(BOB).version() + 1, soon())).isTrue();

    assertThat(cache.lookup(LOGIN, soon())).isInstanceOf(Lookup.Miss.class);
    assertThat(bobs()).isInstanceOf(SessionView.Lookup.Miss.class);
  }

  /**
   * The first names no epoch as a pair, and the second no other factors, so whether what they hold
   * is good cannot be told.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void valuesOfEarlierFormatsCountAsAbsent(int file) throws IOException {
    StoredFormats.load(StoredFormats.earlier(file), admin);
    profiles.put(formats.user(ADA));

    assertThat(cache.lookup(LOGIN, soon())).isInstanceOf(Lookup.Miss.class);
    assertThat(adas()).isEmpty();
    assertThat(bobs()).isInstanceOf(SessionView.Lookup.Miss.class);
  }

  /** Otherwise a format was changed: see {@link StoredFormats}. */
  @Test
  void thisVersionWritesWhatWasRecorded() {
    assertThat(new StoredFormats(new TestClock()).written(client, admin))
        .extracting(formats::content)
        .containsExactlyElementsOf(recorded.stream().map(formats::content).toList());
  }

  /** How a later version may write what this one does not know. */
  enum Later {
    ANOTHER_NAME_IN_THE_SEAL {
      @Override
      byte[] of(StoredFormats formats, Stored stored) {
        return formats.seal(stored, formats.open(stored), stored.format() + "0");
      }
    },
    ONE_FIELD_MORE {
      @Override
      byte[] of(StoredFormats formats, Stored stored) {
        byte[] plain = formats.open(stored);
        byte[] longer = Arrays.copyOf(plain, plain.length + Long.BYTES);
        return formats.seal(stored, longer, stored.format());
      }
    },
    ANOTHER_KIND_OF_SEAL {
      @Override
      byte[] of(StoredFormats formats, Stored stored) {
        byte[] value = stored.bytes();
        Arrays.fill(value, stored.head(), stored.head() + 8, (byte) 0xff);
        return value;
      }
    };

    abstract byte[] of(StoredFormats formats, Stored stored);
  }

  private Stored stored(String suffix) {
    return recorded.stream().filter(it -> it.key().endsWith(suffix)).findFirst().orElseThrow();
  }

  private void replace(String suffix, byte[] value) {
    StoredFormats.load(StoredFormats.with(recorded, suffix, value), admin);
  }

  private void replace(String suffix, Later later) {
    replace(suffix, later.of(formats, stored(suffix)));
  }

  private byte[] there(String suffix) {
    return admin.get(stored(suffix).key().getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @EnumSource(Later.class)
  void aLaterCredentialIsAMissAndIsReplaced(Later later) {
    replace(CREDENTIAL, later);

    assertCredentialIsReplaced();
  }

  @Test
  void aCredentialInALaterFrameIsAMissAndIsReplaced() {
    replace(CREDENTIAL, inALaterFrame(CREDENTIAL));

    assertCredentialIsReplaced();
  }

  @Test
  void aLaterCredentialOfAHigherVersionIsReplacedAllTheSame() {
    byte[] value = Later.ANOTHER_NAME_IN_THE_SEAL.of(formats, stored(CREDENTIAL));
    Arrays.fill(value, 82, 101, (byte) '9');
    replace(CREDENTIAL, value);

    assertCredentialIsReplaced();
  }

  /** The first byte tells how the parts lie. */
  private byte[] inALaterFrame(String suffix) {
    byte[] value = stored(suffix).bytes();
    value[0] = '2';
    return value;
  }

  private void assertCredentialIsReplaced() {
    assertThat(cache.peek(LOGIN, soon())).isEmpty();
    events.clear();
    Lookup found = cache.lookup(LOGIN, soon());

    assertThat(found).isInstanceOf(Lookup.Miss.class);
    assertThat(events).containsExactly(new SealedValueRejected("credential entry"));
    assertThat(
            cache.fill(
                ((Lookup.Miss) found).ticket(), formats.credential(), clock.instant(), soon()))
        .isTrue();
    assertThat(cache.lookup(LOGIN, soon()))
        .isEqualTo(new Lookup.Hit(formats.credential(), clock.instant()));
    assertThat(events).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Later.class)
  void aLaterUserRecordIsReadAnewAndEndsNoSession(Later later) {
    replace(ADAS_RECORD, later);

    assertUserRecordIsReplaced();
  }

  @Test
  void aUserRecordInALaterFrameIsReadAnewAndEndsNoSession() {
    replace(ADAS_RECORD, inALaterFrame(ADAS_RECORD));

    assertUserRecordIsReplaced();
  }

  private void assertUserRecordIsReplaced() {
    profiles.put(formats.user(ADA));

    assertThat(adas()).map(LiveSession::user).contains(formats.user(ADA));
    assertThat(profiles.loads).hasValue(1);
    assertThat(events).containsExactly(new SealedValueRejected("user record"));
    assertThat(adas()).isPresent();
    assertThat(profiles.loads).as("it was stored").hasValue(1);
    assertThat(events).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Later.class)
  void aLaterSessionIsNoSessionHereAndStaysForTheNodeThatKnowsIt(Later later) {
    byte[] value = later.of(formats, stored(SESSION));
    replace(SESSION, value);
    profiles.put(formats.user(ADA));

    assertThat(adas()).isEmpty();
    assertThat(sessions.list(ADA, soon())).isEmpty();

    assertThat(events)
        .containsExactly(new SealedValueRejected("session"), new SealedValueRejected("session"));
    assertThat(there(SESSION)).isEqualTo(value);
    assertThat(sessions.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()))
        .as("it can be ended")
        .isEqualTo(Revocation.of(1));
    assertThat(there(SESSION)).isNull();
  }

  @ParameterizedTest
  @EnumSource(Later.class)
  void aLaterDurableSessionIsReadAnewAndReplaced(Later later) {
    replace(VIEWED, later);

    assertDurableSessionIsReplaced();
    assertThat(events).containsExactly(new SealedValueRejected("session"));
  }

  @Test
  void aDurableSessionInALaterFrameIsReadAnewAndReplaced() {
    byte[] value = stored(VIEWED).bytes();
    value[0] = 'v';
    replace(VIEWED, value);

    assertDurableSessionIsReplaced();
    assertThat(events).as("it looks like one of an old state").isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Later.class)
  void aDurableSessionBesideALaterUserRecordIsReadAnew(Later later) {
    replace(BOBS_RECORD, later);

    assertDurableSessionIsReplaced();
    assertThat(events).containsExactly(new SealedValueRejected("user record"));
  }

  private void assertDurableSessionIsReplaced() {
    profiles.put(formats.user(BOB));
    Session session = formats.session(BOB);
    TokenStore owner = TokenStore.inMemory(profiles, clock);
    assertThat(owner.create(session, soon())).isPresent();
    DurableTokenStore durable = DurableTokenStore.builder(owner, view).clock(clock).build();

    assertThat(durable.find(BOB, session.id(), soon())).map(LiveSession::session).contains(session);

    assertThat(bobs())
        .isInstanceOfSatisfying(
            SessionView.Lookup.Hit.class,
            hit -> assertThat(hit.live().session()).isEqualTo(session));
  }
}
