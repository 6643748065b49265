package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.SeenCommands;
import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.redis.server.NeededCommands;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionCreation;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.SessionView.Ticket;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.session.TokenStore.Rotation;
import io.doorward.auth.session.TokenStore.RotationResult.Present;
import io.doorward.auth.throttle.AttemptLimiter.Decision;
import io.doorward.auth.throttle.AttemptLimiter.Outcome;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.util.JedisClusterCRC16;

class RedisScriptsIT {
  private static final LoginId LOGIN = LoginId.email("ada@example.org");
  private static final AccountId ACCOUNT = new AccountId("ada");
  private static final Pattern COMMAND = Pattern.compile("] \"([^\"]+)\"");
  private static final Pattern KEY = Pattern.compile("\"(doorward:\\{[^\"]*)\"");

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(10));
  }

  /** Runs every operation of every store, so every script. */
  static void useEverything(UnifiedJedis client, String namespace) throws Exception {
    KeyRing keys = KeyRing.ephemeral();
    RedisStores stores = RedisStores.builder(client, keys).namespace(namespace).build();
    assertThat(stores.backend().inspect(soon())).isNotNull();
    RedisCredentialCache cache = stores.credentialCache().build();
    Lookup.Miss miss = (Lookup.Miss) cache.lookup(LOGIN, soon());
    Credential credential =
        new Credential(
            ACCOUNT,
            LOGIN,
            AccountStatus.ACTIVE,
            PasswordHash.of("{noop}x"),
            new CredentialVersion(1, "t"),
            MemoryProfiles.epoch(1));
    assertThat(cache.fill(miss.ticket(), credential, Instant.now(), soon())).isTrue();
    assertThat(cache.lookup(LOGIN, soon())).isInstanceOf(Lookup.Hit.class);
    assertThat(cache.peek(LOGIN, soon())).hasSize(1);
    cache.fence(LOGIN, 2, soon());

    MemoryProfiles profiles = new MemoryProfiles();
    profiles.put(ACCOUNT, 1, 1, "reader");
    RedisTokenStore store = stores.tokenStore(profiles).build();
    Session session =
        Session.builder(
                ACCOUNT,
                SessionKind.BEARER,
                MemoryProfiles.epoch(1),
                Instant.now(),
                Instant.now().plusSeconds(600),
                Duration.ofMinutes(5))
            .build();
    assertThat(store.create(session, soon())).isPresent();
    assertThat(store.find(ACCOUNT, session.id(), soon())).isPresent();
    store.touch(session, soon());
    assertThat(store.rotate(rotation(session, 1), soon())).isInstanceOf(Present.class);
    assertThat(store.list(ACCOUNT, soon())).hasSize(1);
    store.fenceUser(ACCOUNT, 1, soon());
    assertThat(store.revoke(ACCOUNT, session.id(), EndReason.LOGOUT, soon()).ended()).isOne();
    assertThat(store.create(session, soon())).isPresent();
    Session next = session.toBuilder().id(SessionId.random()).build();
    SessionCreation creation =
        store.create(next, SessionLimits.defaults().withPerAccount(1), soon());
    assertThat(((SessionCreation.Created) creation).ended().ended()).isOne();
    assertThat(store.revokeAll(ACCOUNT, EndReason.LOGOUT_ALL, soon()).ended()).isEqualTo(1);

    RedisSessionView view = stores.sessionView().build();
    LiveSession live =
        new LiveSession(
            session, profiles.load(ACCOUNT, soon()).orElseThrow(), Duration.ofMinutes(5));
    Ticket ticket = view.ticket(ACCOUNT, session.id(), soon());
    assertThat(view.fill(ticket, live, Instant.now(), soon())).isTrue();
    assertThat(view.find(ACCOUNT, session.id(), soon())).isInstanceOf(SessionView.Lookup.Hit.class);

    RedisAttemptLimiter limiter = stores.attemptLimiter().build();
    ClientContext from = ClientContext.of(InetAddress.getLoopbackAddress());
    for (Outcome outcome : Outcome.values()) {
      Decision.Admitted admitted = (Decision.Admitted) limiter.reserve(LOGIN, from, soon());
      limiter.settle(admitted.reservation(), outcome, soon());
    }
    Decision flying = limiter.reserve(LOGIN, from, soon());
    assertThat(flying).isInstanceOf(Decision.Admitted.class);
    // The one that is refused gives the place of its network back.
    for (Decision decision = limiter.reserve(LOGIN, from, soon());
        decision instanceof Decision.Admitted admitted;
        decision = limiter.reserve(LOGIN, from, soon())) {
      limiter.settle(admitted.reservation(), Outcome.FAILURE, soon());
    }
  }

  /** A token of a generation that the store has not seen: it is written. */
  private static Rotation rotation(Session of, int generation) {
    return new Rotation(
        of.account(),
        of.id(),
        generation,
        "key-1",
        "key-2",
        Duration.ofSeconds(10),
        Duration.ofSeconds(60));
  }

  @Test
  void everythingWorksOnACluster(@TempDir Path directory) throws Exception {
    try (TestRedis server = TestRedis.startCluster(directory);
        RedisClusterClient client =
            RedisClusterClient.builder()
                .nodes(Set.of(new HostAndPort("127.0.0.1", server.port())))
                .build()) {
      useEverything(client, "doorward");
    }
  }

  @Test
  void aServerWithSlotsBehindAClientForOneServerIsNoticed(@TempDir Path directory)
      throws Exception {
    try (TestRedis server = TestRedis.startCluster(directory);
        BoundedRedisClient client = server.client()) {
      useEverything(client, "doorward");
    }
  }

  @Test
  void theDocumentedAccessRulesAreEnough() throws Exception {
    String page = Files.readString(Path.of("../docs/redis.md"));
    Matcher rules = Pattern.compile("access rules \\| `([^`]+)`, keys `([^`]+)`").matcher(page);
    assertThat(rules.find()).isTrue();
    List<String> user = new ArrayList<>(List.of("on", ">xq7-phrase", rules.group(2)));
    user.addAll(List.of(rules.group(1).split(" ")));
    try (TestRedis server = TestRedis.start();
        Jedis admin = server.admin()) {
      admin.aclSetUser("app", user.toArray(new String[0]));
      try (BoundedRedisClient client =
          BoundedRedisClient.builder("127.0.0.1", server.port())
              .user("app", "xq7-phrase")
              .build()) {
        useEverything(client, "doorward");
        assertThatThrownBy(client::flushAll).hasMessageStartingWith("NOPERM");
      }
    }
  }

  /** Runs every script and returns what the server saw meanwhile, a line a command. */
  private static List<String> seenWhileEverythingIsUsed(TestRedis server) throws Exception {
    try (Jedis admin = server.admin();
        BoundedRedisClient client = server.client()) {
      admin.flushAll();
      admin.scriptFlush();
      try (SeenCommands seen = new SeenCommands(server::admin)) {
        useEverything(client, "doorward");
        return seen.untilNow();
      }
    }
  }

  @Test
  void serversSeeTheCommandsOfTheListAndNoOthers() throws Exception {
    Set<String> inScripts = new TreeSet<>();
    Set<String> byClient = new TreeSet<>();
    for (String line : seenWhileEverythingIsUsed(TestRedis.shared())) {
      Matcher command = COMMAND.matcher(line);
      assertThat(command.find()).as(line).isTrue();
      (line.contains(" lua]") ? inScripts : byClient)
          .add(command.group(1).toUpperCase(Locale.ROOT));
    }
    byClient.removeAll(Set.of("HELLO", "CLIENT"));

    assertThat(inScripts).isEqualTo(new TreeSet<>(NeededCommands.inScripts()));
    assertThat(byClient).isEqualTo(new TreeSet<>(NeededCommands.byClient()));
  }

  @Test
  void everyScriptTouchesOneSlotAlsoWithKeysThatItComputes(@TempDir Path directory)
      throws Exception {
    List<String> seen;
    try (TestRedis server = TestRedis.startCluster(directory)) {
      seen = seenWhileEverythingIsUsed(server);
    }

    Set<Integer> slots = new HashSet<>();
    int scripts = 0;
    int insideScripts = 0;
    for (String line : seen) {
      if (!line.contains(" lua]")) {
        slots.clear();
        scripts += line.contains("\"EVAL") ? 1 : 0;
      } else {
        insideScripts++;
      }
      Matcher key = KEY.matcher(line);
      while (key.find()) {
        slots.add(JedisClusterCRC16.getSlot(key.group(1)));
      }
      assertThat(slots).as(line).hasSizeLessThanOrEqualTo(1);
    }
    assertThat(scripts).isGreaterThan(20);
    assertThat(insideScripts).isGreaterThan(60);
  }
}
