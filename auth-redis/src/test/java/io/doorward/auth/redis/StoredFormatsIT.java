package io.doorward.auth.redis;

import static io.doorward.auth.redis.StoredFormats.ADA;
import static io.doorward.auth.redis.StoredFormats.BOB;
import static io.doorward.auth.redis.StoredFormats.LOGIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialCache.Ticket;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.event.ServiceEvent.SealedValueRejected;
import io.doorward.auth.redis.StoredFormats.Stored;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.session.DurableTokenStore;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.session.TokenStore.Revocation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.SetParams;

/**
 * A rolling upgrade, as Redis sees it: this version reads what the released one has written, and
 * neither uses nor replaces what a newer one has written.
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

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void valuesOfEarlierFormatsCountAsAbsent(int number) throws IOException {
    StoredFormats.load(StoredFormats.earlier(number), admin);
    profiles.put(formats.user(ADA));

    assertThat(cache.lookup(LOGIN, soon())).isInstanceOf(Lookup.Miss.class);
    assertThat(adas()).isEmpty();
    assertThat(bobs()).isInstanceOf(SessionView.Lookup.Miss.class);
    assertThat(events).as("none of them was planted").isEmpty();
  }

  @Test
  void aSessionWithoutMarksCountsAsAbsentAndTheRestIsServed() throws IOException {
    StoredFormats.load(StoredFormats.earlier(3), admin);
    profiles.put(formats.user(ADA));

    assertThat(cache.lookup(LOGIN, soon())).isInstanceOf(Lookup.Hit.class);
    assertThat(adas()).isEmpty();
    assertThat(bobs()).isInstanceOf(SessionView.Lookup.Hit.class);
    assertThat(events).as("none of them was planted").isEmpty();
  }

  /** Otherwise a format was changed: see {@link StoredFormats}. */
  @Test
  void thisVersionWritesWhatWasRecorded() {
    assertThat(new StoredFormats(new TestClock()).written(client, admin))
        .extracting(formats::content)
        .containsExactlyElementsOf(recorded.stream().map(formats::content).toList());
  }

  private Stored stored(String suffix) {
    return recorded.stream().filter(it -> it.key().endsWith(suffix)).findFirst().orElseThrow();
  }

  /** Returns what lies there then: an entry has the stamp of the server. */
  private byte[] replace(String suffix, byte[] value) {
    StoredFormats.load(StoredFormats.with(recorded, suffix, value), admin);
    return there(suffix);
  }

  private byte[] there(String suffix) {
    return admin.get(stored(suffix).key().getBytes(StandardCharsets.UTF_8));
  }

  private byte[] inFormat(String suffix, int above) {
    Stored stored = stored(suffix);
    return formats.seal(stored, formats.open(stored), stored.number() + above);
  }

  /** How a newer version may write what this one does not know. */
  enum Newer {
    /** The first byte tells how the parts lie. */
    FRAME {
      @Override
      byte[] of(StoredFormatsIT test, String suffix) {
        byte[] value = test.stored(suffix).bytes();
        value[0]++;
        return value;
      }
    },
    FORMAT {
      @Override
      byte[] of(StoredFormatsIT test, String suffix) {
        return test.inFormat(suffix, 1);
      }
    };

    abstract byte[] of(StoredFormatsIT test, String suffix);
  }

  /** What no version of this library writes. */
  enum Foreign {
    ONE_FIELD_MORE {
      @Override
      byte[] of(StoredFormats formats, Stored stored) {
        byte[] plain = formats.open(stored);
        byte[] longer = Arrays.copyOf(plain, plain.length + Long.BYTES);
        return formats.seal(stored, longer, stored.number());
      }
    },
    ANOTHER_KIND_OF_SEAL {
      @Override
      byte[] of(StoredFormats formats, Stored stored) {
        byte[] value = stored.bytes();
        Arrays.fill(value, stored.head(), stored.head() + 8, (byte) 0xff);
        return value;
      }
    },
    A_LATER_FORMAT_THAT_DOES_NOT_OPEN {
      @Override
      byte[] of(StoredFormats formats, Stored stored) {
        byte[] value = stored.bytes();
        value[stored.at()]++;
        return value;
      }
    },
    ANOTHER_PART_IN_CLEAR {
      @Override
      byte[] of(StoredFormats formats, Stored stored) {
        byte[] value = stored.bytes();
        byte[] longer = Arrays.copyOf(value, value.length + 1);
        System.arraycopy(
            value, stored.head(), longer, stored.head() + 1, value.length - stored.head());
        longer[stored.at() + 1]++;
        return longer;
      }
    };

    abstract byte[] of(StoredFormats formats, Stored stored);
  }

  private void replace(String suffix, Foreign foreign) {
    byte[] unused = replace(suffix, foreign.of(formats, stored(suffix)));
  }

  private static BackendFailed newer(Part part) {
    return new BackendFailed(part, Kind.NEWER_FORMAT);
  }

  private static void assertNewer(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NEWER_FORMAT));
  }

  @ParameterizedTest
  @EnumSource
  void aNewerCredentialIsAMissAndStays(Newer newer) {
    byte[] value = replace(CREDENTIAL, newer.of(this, CREDENTIAL));

    Lookup found = cache.lookup(LOGIN, soon());

    assertThat(found).isInstanceOf(Lookup.Miss.class);
    assertThat(events).containsExactly(newer(Part.CREDENTIAL_CACHE));
    assertThat(fill(found)).isFalse();
    assertThat(cache.peek(LOGIN, soon())).isEmpty();
    assertThat(there(CREDENTIAL)).isEqualTo(value);
  }

  /** The nodes that know it must not serve it any more. */
  @ParameterizedTest
  @EnumSource
  void aFenceReplacesANewerCredential(Newer newer) {
    byte[] unused = replace(CREDENTIAL, newer.of(this, CREDENTIAL));

    assertThat(cache.fence(LOGIN, 1, soon())).isTrue();

    assertThat(there(CREDENTIAL)).hasSize(49);
    assertThat(events).isEmpty();
  }

  /** Whatever was written by a version of this library has an end. */
  @Test
  void aCredentialInANewerFrameWithoutAnEndIsReplaced() {
    byte[] unused = replace(CREDENTIAL, Newer.FRAME.of(this, CREDENTIAL));
    admin.persist(stored(CREDENTIAL).key());

    assertCredentialIsReplaced();
  }

  @ParameterizedTest
  @EnumSource
  void aForeignCredentialIsAMissAndIsReplaced(Foreign foreign) {
    replace(CREDENTIAL, foreign);

    assertCredentialIsReplaced();
  }

  @Test
  void aForeignCredentialOfAHigherVersionIsReplacedAllTheSame() {
    byte[] value = Foreign.ONE_FIELD_MORE.of(formats, stored(CREDENTIAL));
    Arrays.fill(value, 41, 49, (byte) 0x7f);
    byte[] unused = replace(CREDENTIAL, value);

    assertCredentialIsReplaced();
  }

  @ParameterizedTest
  @EnumSource
  void aNewerCredentialWithAnEndTooFarAwayIsReplaced(Newer newer) {
    byte[] unused = replace(CREDENTIAL, newer.of(this, CREDENTIAL));
    admin.pexpire(stored(CREDENTIAL).key(), Duration.ofDays(4).toMillis());

    assertCredentialIsReplaced();
  }

  @Test
  void aPlantedPayloadThatIsNotServedKeepsNoFillOut() {
    byte[] value = there(CREDENTIAL);
    Arrays.fill(value, 17, 49, (byte) 0);
    value[49] = (byte) 0xff;
    byte[] unused = replace(CREDENTIAL, value);

    Lookup found = cache.lookup(LOGIN, soon());

    assertThat(found).isInstanceOf(Lookup.Miss.class);
    assertThat(fill(found)).isTrue();
  }

  private boolean fill(Lookup found) {
    Ticket ticket = ((Lookup.Miss) found).ticket();
    return cache.fill(ticket, formats.credential(), clock.instant(), soon());
  }

  private void assertCredentialIsReplaced() {
    assertThat(cache.peek(LOGIN, soon())).isEmpty();
    events.clear();
    Lookup found = cache.lookup(LOGIN, soon());

    assertThat(found).isInstanceOf(Lookup.Miss.class);
    assertThat(events).containsExactly(new SealedValueRejected("credential entry"));
    assertThat(fill(found)).isTrue();
    assertThat(cache.lookup(LOGIN, soon()))
        .isEqualTo(new Lookup.Hit(formats.credential(), clock.instant()));
    assertThat(events).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void aNewerUserRecordIsReadAnewEachTimeAndStays(Newer newer) {
    byte[] value = replace(ADAS_RECORD, newer.of(this, ADAS_RECORD));
    profiles.put(formats.user(ADA));

    assertThat(adas()).map(LiveSession::user).contains(formats.user(ADA));
    assertThat(adas()).isPresent();

    assertThat(profiles.loads).hasValue(2);
    assertThat(events).hasSize(2).containsOnly(newer(Part.TOKEN_STORE));
    assertThat(there(ADAS_RECORD)).isEqualTo(value);
  }

  @Test
  void noSessionBeginsBesideAUserRecordInANewerFrame() {
    byte[] unused = replace(ADAS_RECORD, Newer.FRAME.of(this, ADAS_RECORD));
    profiles.put(formats.user(ADA));

    assertNewer(() -> sessions.create(formats.session(ADA), soon()));
  }

  /** Its version stands in the head, which has not changed. */
  @Test
  void aSessionBeginsBesideAUserRecordInANewerFormat() {
    byte[] value = replace(ADAS_RECORD, Newer.FORMAT.of(this, ADAS_RECORD));
    profiles.put(formats.user(ADA));

    assertThat(sessions.create(formats.session(ADA), soon())).contains(formats.user(ADA));

    assertThat(there(ADAS_RECORD)).isEqualTo(value);
  }

  @ParameterizedTest
  @EnumSource
  void aForeignUserRecordIsReadAnewAndEndsNoSession(Foreign foreign) {
    replace(ADAS_RECORD, foreign);
    profiles.put(formats.user(ADA));

    assertThat(adas()).map(LiveSession::user).contains(formats.user(ADA));
    assertThat(profiles.loads).hasValue(1);
    assertThat(events).containsExactly(new SealedValueRejected("user record"));
    assertThat(adas()).isPresent();
    assertThat(profiles.loads).as("it was stored").hasValue(1);
    assertThat(events).hasSize(1);
  }

  /** Whether it is over cannot be told, so it is neither served nor refused. */
  @ParameterizedTest
  @EnumSource
  void aNewerSessionIsUnknownAndStays(Newer newer) {
    byte[] value = replace(SESSION, newer.of(this, SESSION));
    profiles.put(formats.user(ADA));

    assertNewer(this::adas);
    assertNewer(() -> sessions.list(ADA, soon()));

    assertThat(events).isEmpty();
    assertThat(there(SESSION)).isEqualTo(value);
    assertThat(sessions.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()))
        .as("it can be ended")
        .isEqualTo(Revocation.of(1));
    assertThat(there(SESSION)).isNull();
  }

  /** Whatever was written by a version of this library has an end. */
  @Test
  void aSessionInANewerFrameWithoutAnEndIsNoSession() {
    byte[] unused = replace(SESSION, Newer.FRAME.of(this, SESSION));
    admin.persist(stored(SESSION).key());
    profiles.put(formats.user(ADA));

    assertThat(adas()).isEmpty();
    assertThat(sessions.list(ADA, soon())).isEmpty();
    assertThat(events).contains(new SealedValueRejected("session"));
  }

  @ParameterizedTest
  @EnumSource
  void aForeignSessionIsNoSession(Foreign foreign) {
    replace(SESSION, foreign);
    profiles.put(formats.user(ADA));

    assertThat(adas()).isEmpty();
    assertThat(sessions.list(ADA, soon())).isEmpty();

    assertThat(events)
        .containsExactly(new SealedValueRejected("session"), new SealedValueRejected("session"));
  }

  @ParameterizedTest
  @EnumSource
  void aNewerDurableSessionIsReadAnewAndStays(Newer newer) {
    byte[] value = replace(VIEWED, newer.of(this, VIEWED));

    assertThat(found(bobsInTheDatabase())).contains(formats.session(BOB));

    assertThat(events).containsExactly(newer(Part.SESSION_VIEW));
    assertThat(there(VIEWED)).isEqualTo(value);
  }

  @Test
  void aDurableSessionInANewerFrameWithoutAnEndIsReplaced() {
    byte[] unused = replace(VIEWED, Newer.FRAME.of(this, VIEWED));
    admin.persist(stored(VIEWED).key());

    assertDurableSessionIsReplaced();
  }

  @ParameterizedTest
  @EnumSource
  void aForeignDurableSessionIsReadAnewAndReplaced(Foreign foreign) {
    replace(VIEWED, foreign);

    assertDurableSessionIsReplaced();
    assertThat(events).containsExactly(new SealedValueRejected("session"));
  }

  @ParameterizedTest
  @EnumSource
  void aDurableSessionBesideANewerUserRecordIsReadAnew(Newer newer) {
    byte[] value = replace(BOBS_RECORD, newer.of(this, BOBS_RECORD));
    byte[] session = there(VIEWED);

    assertThat(found(bobsInTheDatabase())).contains(formats.session(BOB));

    assertThat(events).containsExactly(newer(Part.SESSION_VIEW));
    assertThat(there(BOBS_RECORD)).isEqualTo(value);
    assertThat(there(VIEWED)).isEqualTo(session);
  }

  /** Its holder did not look at what lies there. */
  @ParameterizedTest
  @EnumSource
  void aTicketToRenewFillsNoNewerUserRecord(Newer newer) {
    byte[] value = replace(BOBS_RECORD, newer.of(this, BOBS_RECORD));
    Session session = formats.session(BOB);
    LiveSession live = new LiveSession(session, formats.user(BOB), session.idleTimeout());

    SessionView.Ticket ticket = view.ticket(BOB, session.id(), soon());

    assertThat(view.fill(ticket, live, clock.instant(), soon())).isFalse();
    assertThat(payload(there(BOBS_RECORD))).isEqualTo(payload(value));
  }

  private static byte[] payload(byte[] entry) {
    return Arrays.copyOfRange(entry, 49, entry.length);
  }

  @ParameterizedTest
  @EnumSource
  void aDurableSessionBesideAForeignUserRecordIsReadAnew(Foreign foreign) {
    replace(BOBS_RECORD, foreign);

    assertDurableSessionIsReplaced();
    assertThat(events).containsExactly(new SealedValueRejected("user record"));
  }

  private DurableTokenStore bobsInTheDatabase() {
    profiles.put(formats.user(BOB));
    TokenStore owner = TokenStore.inMemory(profiles, clock);
    assertThat(owner.create(formats.session(BOB), soon())).isPresent();
    return DurableTokenStore.builder(owner, view).clock(clock).build();
  }

  private Optional<Session> found(DurableTokenStore durable) {
    return durable.find(BOB, formats.session(BOB).id(), soon()).map(LiveSession::session);
  }

  private void assertDurableSessionIsReplaced() {
    assertThat(found(bobsInTheDatabase())).contains(formats.session(BOB));

    assertThat(bobs())
        .isInstanceOfSatisfying(
            SessionView.Lookup.Hit.class,
            hit -> assertThat(hit.live().session()).isEqualTo(formats.session(BOB)));
  }

  @Test
  void valuesInAnEarlierFormatAreReplacedWithoutAnEvent() {
    for (String suffix : List.of(CREDENTIAL, SESSION, VIEWED, ADAS_RECORD, BOBS_RECORD)) {
      admin.set(stored(suffix).key().getBytes(StandardCharsets.UTF_8), aged(suffix), keepTtl());
    }
    profiles.put(formats.user(ADA));

    assertThat(fill(cache.lookup(LOGIN, soon()))).isTrue();
    assertThat(adas()).isEmpty();
    assertDurableSessionIsReplaced();
    assertThat(view.peekUser(BOB, soon())).contains(formats.user(BOB));
    assertThat(events).isEmpty();
  }

  /** Returns a value in the format before, with the head that lies there. */
  private byte[] aged(String suffix) {
    byte[] value = inFormat(suffix, -1);
    System.arraycopy(there(suffix), 0, value, 0, stored(suffix).at());
    return value;
  }

  private static SetParams keepTtl() {
    return SetParams.setParams().keepTtl();
  }
}
