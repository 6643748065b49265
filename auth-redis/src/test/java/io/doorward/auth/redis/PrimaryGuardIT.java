package io.doorward.auth.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.session.TokenStore.Rotation;
import io.doorward.auth.session.TokenStore.RotationResult;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Jedis;

/** Two servers, of which the second is promoted while the first goes on answering its node. */
class PrimaryGuardIT {
  private static final LoginId LOGIN = LoginId.email("ada@example.org");
  private static final AccountId ADA = AccountId.random();
  private static final Duration H = Duration.ofSeconds(1);
  private static final KeyRing KEYS = KeyRing.ephemeral();

  private static TestRedis oldServer;
  private static TestRedis newServer;

  private final AtomicLong nanos = new AtomicLong();
  private final Registry registry = new Registry();
  private final List<AuthEvent> events = new CopyOnWriteArrayList<>();
  private Node cutOff;
  private Node other;

  /** The database, which a test takes away. */
  private final class Registry implements PrimaryRegistry {
    private final PrimaryRegistry real = PrimaryRegistry.inMemory(nanos::get);
    private final AtomicInteger registrations = new AtomicInteger();
    private final AtomicInteger lists = new AtomicInteger();
    private final AtomicInteger sights = new AtomicInteger();
    private volatile Kind failing;

    /** For so long a question takes, by the clock of the test. */
    private volatile Duration late = Duration.ZERO;

    /** Questions wait for it. */
    private volatile CountDownLatch hold = new CountDownLatch(0);

    /** No node reports a primary alive. */
    private volatile boolean deaf;

    @Override
    public List<Registration> register(
        String cache, Primary primary, Duration wait, Deadline deadline) {
      registrations.incrementAndGet();
      return answer(() -> real.register(cache, primary, wait, deadline));
    }

    @Override
    public List<Registration> list(String cache, Deadline deadline) {
      lists.incrementAndGet();
      return answer(() -> real.list(cache, deadline));
    }

    @Override
    public void seen(String cache, String identity, Deadline deadline) {
      if (!deaf) {
        real.seen(cache, identity, deadline);
        sights.incrementAndGet();
      }
    }

    @Override
    public boolean withdraw(String cache, String identity, Deadline deadline) {
      return real.withdraw(cache, identity, deadline);
    }

    private List<Registration> answer(Supplier<List<Registration>> question) {
      try {
        hold.await();
      } catch (InterruptedException e) {
        throw new StoreException(Kind.TIMEOUT, "primary registry: interrupted", e);
      }
      Kind failure = failing;
      if (failure != null) {
        throw new StoreException(failure, "primary registry: made to fail");
      }
      List<Registration> answer = question.get();
      pass(late);
      return answer;
    }
  }

  /** A node and the one server that it reaches. */
  private final class Node implements AutoCloseable {
    private final BoundedRedisClient client;
    private final PrimaryGuard guard;
    private final RedisStores stores;
    private final RedisCredentialCache cache;

    Node(TestRedis server, String namespace, boolean strict) {
      client =
          BoundedRedisClient.builder(server.host(), server.port())
              .connectTimeout(Duration.ofSeconds(10))
              .commandTimeout(Duration.ofSeconds(10))
              .poolWait(Duration.ofSeconds(10))
              .build();
      guard =
          PrimaryGuard.builder(client, registry)
              .name(namespace)
              .confirmWithin(H)
              .strict(strict)
              .ticker(nanos::get)
              .listener(events::add)
              .build();
      stores = RedisStores.builder(client, KEYS).namespace(namespace).primaries(guard).build();
      cache = stores.credentialCache().build();
    }

    boolean fill(long version) {
      return cache.lookup(LOGIN, soon()) instanceof Lookup.Miss miss
          && cache.fill(miss.ticket(), credential(version), Instant.now(), soon());
    }

    boolean hits() {
      return cache.lookup(LOGIN, soon()) instanceof Lookup.Hit;
    }

    void isRefused() {
      assertThatThrownBy(this::hits)
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
          .hasMessageStartingWith("Redis is not used");
    }

    @Override
    public void close() {
      guard.close();
      client.close();
    }
  }

  @BeforeAll
  static void start() {
    oldServer = TestRedis.startEmbedded();
    newServer = TestRedis.startEmbedded();
  }

  @AfterAll
  static void stop() {
    oldServer.close();
    newServer.close();
  }

  @BeforeEach
  void replicate() {
    try (Jedis old = new Jedis(oldServer.uri());
        Jedis replica = new Jedis(newServer.uri())) {
      old.configSet("repl-diskless-sync-delay", "0");
      replica.replicaof(oldServer.host(), oldServer.port());
      await().until(() -> replica.info("replication").contains("master_link_status:up"));
    }
    String namespace = oldServer.newNamespace();
    cutOff = new Node(oldServer, namespace, false);
    other = new Node(newServer, namespace, false);
  }

  @AfterEach
  void close() {
    cutOff.close();
    other.close();
  }

  /** The replica takes over; the one before is not told, as in a network that has split. */
  private static void promote() {
    try (Jedis replica = new Jedis(newServer.uri())) {
      replica.replicaofNoOne();
    }
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }

  private static Credential credential(long version) {
    return new Credential(
        ADA,
        LOGIN,
        AccountStatus.ACTIVE,
        TestSecrets.newHash(),
        new CredentialVersion(version, "tag"),
        MemoryProfiles.epoch(1));
  }

  @Test
  void aPrimaryThatWasTakenOverFromIsNotBelievedAfterOneConfirmation() {
    assertThat(cutOff.fill(5)).isTrue();
    assertThat(cutOff.hits()).isTrue();
    promote();
    other.cache.fence(LOGIN, 6, soon());
    assertThat(cutOff.hits()).as("within the window").isTrue();

    pass(H);

    cutOff.isRefused();
    assertThat(other.fill(6)).isTrue();
  }

  @Test
  void anOldPrimaryThatIsMetFirstByAnotherNodeIsNotBelievedEither() {
    promote();
    other.cache.fence(LOGIN, 6, soon());

    cutOff.isRefused();

    assertThat(events)
        .filteredOn(ServiceEvent.PrimaryDiscovered.class::isInstance)
        .extracting(event -> ((ServiceEvent.PrimaryDiscovered) event).believed())
        .containsExactly(true, false);
  }

  @Test
  void aFenceBindsAllNodesOnceNoneCanBelieveTheOneBefore() {
    cutOff.hits();
    promote();

    assertThat(other.cache.fence(LOGIN, 6, soon())).isFalse();
    pass(H.minusNanos(1));
    assertThat(other.cache.fence(LOGIN, 6, soon())).isFalse();
    pass(H);
    assertThat(other.cache.fence(LOGIN, 6, soon())).isTrue();
  }

  @Test
  void aFenceOfAPrimaryThatWasJustTakenOverFromBindsNobody() {
    pass(H);
    assertThat(cutOff.cache.fence(LOGIN, 5, soon())).isFalse();
    pass(H);
    assertThat(cutOff.cache.fence(LOGIN, 5, soon())).isTrue();
    promote();
    assertThat(other.fill(5)).as("read before the change that the cut-off node makes").isTrue();

    assertThat(cutOff.cache.fence(LOGIN, 6, soon()))
        .as("it may still use the old primary, but what it told that one binds nobody else")
        .isFalse();
    assertThat(other.hits()).isTrue();
  }

  @Test
  void withoutTheDatabaseNoFenceBindsEverybody() {
    cutOff.hits();
    pass(H);
    assertThat(cutOff.cache.fence(LOGIN, 5, soon())).isTrue();
    registry.failing = Kind.UNREACHABLE;

    assertThat(cutOff.cache.fence(LOGIN, 6, soon())).isFalse();
  }

  @Test
  void withoutTheDatabaseItsLastWordStands() {
    assertThat(cutOff.fill(5)).isTrue();
    registry.failing = Kind.UNREACHABLE;

    pass(H.multipliedBy(100));

    assertThat(cutOff.hits()).isTrue();
    assertThat(events)
        .contains(new ServiceEvent.BackendFailed(Part.PRIMARY_REGISTRY, Kind.UNREACHABLE));
  }

  @Test
  void withoutTheDatabaseAStrictGuardStopsUsingRedisAndResumes() {
    try (Node strict = new Node(oldServer, oldServer.newNamespace(), true)) {
      assertThat(strict.fill(5)).isTrue();
      registry.failing = Kind.UNREACHABLE;
      pass(H.minusNanos(1));
      assertThat(strict.hits()).isTrue();

      pass(Duration.ofNanos(1));
      strict.isRefused();

      registry.failing = null;
      pass(H);
      assertThat(strict.hits()).isTrue();
    }
  }

  @Test
  void aPrimaryThatIsMetWithoutTheDatabaseIsNotBelieved() {
    registry.failing = Kind.UNREACHABLE;

    assertThatThrownBy(() -> cutOff.hits())
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE));

    registry.failing = null;
    pass(H);
    assertThat(cutOff.hits()).isFalse();
  }

  @Test
  void theDatabaseIsAskedOnceInHalfTheTimeAndWrittenOnceAPrimary() {
    for (int i = 0; i < 100; i++) {
      cutOff.hits();
    }
    assertThat(registry.registrations).hasValue(1);
    int asked = registry.lists.get();

    pass(H.dividedBy(2));
    for (int i = 0; i < 100; i++) {
      cutOff.hits();
    }

    await().until(() -> registry.lists.get() > asked);
    assertThat(registry.lists).hasValue(asked + 1);
    assertThat(registry.registrations).hasValue(1);
  }

  @Test
  void aRefusedPrimaryIsNotRegisteredAgainAndAgain() {
    promote();
    other.hits();
    for (int i = 0; i < 10; i++) {
      cutOff.isRefused();
    }
    assertThat(registry.registrations).hasValue(2);
  }

  @Test
  void aRestartedServerIsBelievedUnderItsNewName() {
    try (TestRedis server = TestRedis.startNew();
        Node node = new Node(server, server.newNamespace(), false)) {
      assertThat(node.fill(5)).isTrue();
      server.restartKeepingData();

      await()
          .ignoreException(StoreException.class)
          .until(
              () -> {
                pass(H);
                return node.fill(5);
              });
    }
  }

  @ParameterizedTest
  @EnumSource(value = Kind.class, mode = EnumSource.Mode.EXCLUDE, names = "UNREACHABLE")
  void aDatabaseThatIsThereAndDoesNotAnswerConfirmsNothing(Kind failure) {
    assertThat(cutOff.fill(5)).isTrue();
    registry.failing = failure;
    pass(H.minusNanos(1));
    assertThat(cutOff.hits()).as("by the last word").isTrue();

    pass(Duration.ofNanos(1));
    cutOff.isRefused();

    registry.failing = null;
    pass(H);
    assertThat(cutOff.hits()).as("once it answers again").isTrue();
  }

  @Test
  void anAnswerThatTakesAsLongAsItCountsConfirmsNothing() {
    assertThat(cutOff.fill(5)).isTrue();
    registry.late = H;
    pass(H);

    cutOff.isRefused();

    registry.late = Duration.ZERO;
    await().ignoreException(StoreException.class).until(cutOff::hits);
  }

  @Test
  void aLateAnswerIsAdopted() {
    assertThat(cutOff.fill(5)).isTrue();
    promote();
    other.hits();
    registry.late = H;
    pass(H);
    cutOff.isRefused();
    registry.late = Duration.ZERO;
    registry.failing = Kind.UNREACHABLE;
    pass(H);

    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(cutOff::hits)
                    .as("the last word is that another one took over")
                    .hasMessageContaining("another primary has taken over"));
  }

  @Test
  void aConfirmationCountsFromBeforeItWasAskedFor() {
    assertThat(cutOff.fill(5)).isTrue();
    registry.late = H.multipliedBy(2).dividedBy(3);
    pass(H);
    assertThat(cutOff.hits()).as("it came in time").isTrue();
    registry.failing = Kind.REFUSED;

    pass(H.dividedBy(2));

    cutOff.isRefused();
  }

  @Test
  void theDatabaseIsAskedAheadAndNoCallWaitsForIt() {
    assertThat(cutOff.fill(5)).isTrue();
    int asked = registry.lists.get();
    registry.hold = new CountDownLatch(1);
    pass(H.dividedBy(2));

    for (int i = 0; i < 100; i++) {
      assertThat(cutOff.hits()).isTrue();
    }

    await().until(() -> registry.lists.get() > asked);
    registry.hold.countDown();
    pass(H.dividedBy(2));
    await().ignoreException(StoreException.class).until(cutOff::hits);
  }

  @Test
  void callersShareTheQuestionThatIsUnderWay() {
    assertThat(cutOff.fill(5)).isTrue();
    int asked = registry.lists.get();
    registry.hold = new CountDownLatch(1);
    pass(H);

    List<Boolean> refused =
        Concurrently.call(
            16,
            () -> {
              try {
                return cutOff.cache.lookup(LOGIN, Deadline.after(Duration.ofMillis(400))) == null;
              } catch (StoreException e) {
                return e.getMessage().startsWith("Redis is not used");
              }
            });

    assertThat(refused).containsOnly(true);
    assertThat(registry.lists).hasValue(asked + 1);
    registry.hold.countDown();
  }

  @Test
  void aGuardThatIsClosedLetsNothingPass() {
    assertThat(cutOff.fill(5)).isTrue();
    cutOff.guard.close();
    pass(H);

    cutOff.isRefused();
  }

  /** A node that was pointed at a server of no concern, by mistake. */
  private Node mistaken(TestRedis wrong, String namespace) {
    return new Node(wrong, namespace, false);
  }

  private String identityOf(Node node) {
    return node.guard.registrations(soon()).get(0).primary().identity();
  }

  @Test
  void aStrangerTakesNothingOverFromAPrimaryInUse() {
    String namespace = oldServer.newNamespace();
    try (TestRedis wrong = TestRedis.startEmbedded();
        Node right = new Node(oldServer, namespace, false);
        Node mistaken = mistaken(wrong, namespace)) {
      assertThat(right.fill(5)).isTrue();

      for (int i = 0; i < 10; i++) {
        mistaken.isRefused();
        assertThat(right.hits()).isTrue();
        pass(H);
      }

      assertThat(right.stores.backend().inspect(soon()))
          .extracting(Finding::code)
          .doesNotContain("redis.unbelieved");
      assertThat(mistaken.stores.backend().inspect(soon()))
          .filteredOn(finding -> finding.code().equals("redis.unbelieved"))
          .singleElement()
          .extracting(Finding::meaning, Finding::advice)
          .satisfies(
              said ->
                  assertThat(said.toString())
                      .contains("does not continue the present")
                      .contains("PrimaryGuard.withdraw"));
    }
  }

  @Test
  void aNodeThatDoesNothingKeepsAStrangerOut() {
    String namespace = oldServer.newNamespace();
    try (TestRedis wrong = TestRedis.startEmbedded();
        Node idle = new Node(oldServer, namespace, false);
        Node mistaken = mistaken(wrong, namespace)) {
      assertThat(idle.fill(5)).isTrue();
      mistaken.isRefused();
      for (int i = 0; i < 2; i++) {
        int sights = registry.sights.get();
        pass(H.multipliedBy(2));
        await().until(() -> registry.sights.get() > sights);
      }

      pass(H);
      mistaken.isRefused();
      assertThat(idle.hits()).isTrue();
    }
  }

  @Test
  void aWithdrawnPrimaryIsLeftByAllAndBringsNoOldPasswordBack() {
    String namespace = oldServer.newNamespace();
    try (TestRedis wrong = TestRedis.startEmbedded();
        Node right = new Node(oldServer, namespace, false);
        Node mistaken = mistaken(wrong, namespace)) {
      assertThat(right.fill(5)).isTrue();
      registry.deaf = true;
      mistaken.isRefused();
      await()
          .ignoreException(StoreException.class)
          .until(
              () -> {
                pass(H);
                return mistaken.fill(5);
              });
      pass(H);
      right.isRefused();
      assertThat(mistaken.cache.fence(LOGIN, 6, soon())).as("a change, told to all").isTrue();
      registry.deaf = false;

      assertThat(right.guard.withdraw(identityOf(mistaken), soon())).isTrue();

      pass(H);
      // The question that the withdrawal put may be as old as that: then the next one counts.
      await()
          .ignoreException(StoreException.class)
          .untilAsserted(
              () ->
                  assertThat(right.hits()).as("what it had was not told of the change").isFalse());
      assertThat(right.cache.fence(LOGIN, 6, soon())).isTrue();
      assertThat(right.fill(6)).isTrue();
      assertThat(right.hits()).isTrue();
      mistaken.isRefused();
      assertThat(events).contains(new ServiceEvent.PrimaryWithdrawn(identityOf(mistaken)));
    }
  }

  @Test
  void sessionsAndAttemptsAreKeptFromAnOldPrimaryToo() {
    MemoryProfiles profiles = new MemoryProfiles();
    profiles.put(ADA, 1, 1);
    String namespace = oldServer.newNamespace();
    RedisStores stores =
        RedisStores.builder(cutOff.client, KEYS)
            .namespace(namespace)
            .primaries(cutOff.guard)
            .build();
    RedisTokenStore sessions = stores.tokenStore(profiles).build();
    RedisAttemptLimiter attempts = stores.attemptLimiter().build();
    ClientContext from = ClientContext.of(InetAddress.getLoopbackAddress());
    SessionId id = SessionId.random();
    assertThat(sessions.revoke(ADA, id, EndReason.LOGOUT, soon()).ended()).isZero();
    attempts.reserve(LOGIN, from, soon());
    promote();
    other.hits();
    pass(H);

    assertThatThrownBy(() -> sessions.find(ADA, id, soon())).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> sessions.list(ADA, soon())).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> sessions.revoke(ADA, id, EndReason.LOGOUT, soon()))
        .isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> sessions.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()))
        .isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> sessions.fenceUser(ADA, 1, soon())).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> attempts.reserve(LOGIN, from, soon()))
        .isInstanceOf(StoreException.class);
  }

  private static RedisTokenStore sessions(Node node, String namespace) {
    MemoryProfiles profiles = new MemoryProfiles();
    profiles.put(ADA, 1, 1);
    return RedisStores.builder(node.client, KEYS)
        .namespace(namespace)
        .primaries(node.guard)
        .build()
        .tokenStore(profiles)
        .build();
  }

  private static RotationResult rotate(RedisTokenStore sessions, SessionId session, int presented) {
    return sessions.rotate(
        new Rotation(
            ADA, session, presented, "key-1", "key-2", Duration.ZERO, Duration.ofSeconds(60)),
        soon());
  }

  private static int generation(RotationResult result) {
    return ((RotationResult.Present) result).live().session().generation();
  }

  /** What it wrote would be lost; and its node would give out a second successor. */
  @Test
  void aPrimaryThatWasTakenOverFromRotatesNothing() {
    String namespace = oldServer.newNamespace();
    RedisTokenStore here = sessions(cutOff, namespace);
    RedisTokenStore there = sessions(other, namespace);
    Session session = live(1).session();
    assertThat(here.create(session, soon())).isPresent();
    assertThat(generation(rotate(here, session.id(), 3))).isEqualTo(3);
    byte[] key =
        (namespace + ":{" + ADA.value() + "}:session:" + session.id().value()).getBytes(UTF_8);
    try (Jedis old = new Jedis(oldServer.uri());
        Jedis replica = new Jedis(newServer.uri())) {
      await().until(() -> Arrays.equals(old.get(key), replica.get(key)));
      promote();
      assertThat(generation(rotate(there, session.id(), 5))).isEqualTo(5);
      byte[] left = old.get(key);
      pass(H);

      for (int presented : new int[] {2, 3, 5, 9}) {
        assertRefused(() -> rotate(here, session.id(), presented));
      }

      assertThat(old.get(key)).isEqualTo(left);
    }
    // The store that lost a rotation takes the number over from the token.
    assertThat(generation(rotate(there, session.id(), 6))).isEqualTo(6);
  }

  private static RedisSessionView view(Node node, String namespace) {
    return RedisStores.builder(node.client, KEYS)
        .namespace(namespace)
        .primaries(node.guard)
        .build()
        .sessionView()
        .build();
  }

  private static LiveSession live(long version) {
    Instant now = Instant.now();
    Duration hour = Duration.ofHours(1);
    Session session =
        Session.builder(ADA, SessionKind.COOKIE, MemoryProfiles.epoch(1), now, now.plus(hour), hour)
            .build();
    return new LiveSession(
        session,
        new UserRecord(
            ADA, Set.of(), version, "tag", MemoryProfiles.epoch(1), MemoryProfiles.epoch(1)),
        hour);
  }

  @Test
  void durableSessionsOfAnOldPrimaryAreNeitherServedNorFilled() {
    String namespace = oldServer.newNamespace();
    RedisSessionView here = view(cutOff, namespace);
    RedisSessionView there = view(other, namespace);
    LiveSession live = live(5);
    SessionId id = live.session().id();
    SessionView.Ticket ticket = here.ticket(ADA, id, soon());
    assertThat(here.fill(ticket, live, Instant.now(), soon())).isTrue();
    assertThat(here.fenceUser(AccountId.random(), 1, soon())).as("young").isFalse();
    promote();
    assertThat(there.find(ADA, id, soon()))
        .as("it was replicated, and another server stored it")
        .isInstanceOf(SessionView.Lookup.Miss.class);
    assertThat(there.fenceUser(ADA, 6, soon())).as("others may still believe").isFalse();
    assertThat(here.find(ADA, id, soon()))
        .as("within the window")
        .isInstanceOf(SessionView.Lookup.Hit.class);

    pass(H);

    assertRefused(() -> here.find(ADA, id, soon()));
    assertRefused(() -> here.ticket(ADA, id, soon()));
    assertRefused(() -> here.fill(ticket, live, Instant.now(), soon()));
    assertRefused(() -> here.fenceUser(ADA, 6, soon()));
    assertRefused(() -> here.peekUser(ADA, soon()));
    assertThat(there.fenceUser(ADA, 6, soon())).isTrue();
  }

  private static void assertRefused(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED));
  }

  @Test
  void aGuardServesTheStoresOfItsOwnClientOnly() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisStores.builder(other.client, KEYS).primaries(cutOff.guard).build())
        .withMessageStartingWith("primaries must be the guard of this client");
  }

  @Test
  void optionsOutsideTheirRangeAreRefused() {
    PrimaryGuard.Builder builder = PrimaryGuard.builder(other.client, registry);

    assertThatIllegalArgumentException().isThrownBy(() -> builder.name("no spaces"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.confirmWithin(Duration.ofMillis(199)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.confirmWithin(Duration.ofMinutes(2)));
    assertThat(builder.ticker(Ticker.system()).build()).isNotNull();
  }
}
