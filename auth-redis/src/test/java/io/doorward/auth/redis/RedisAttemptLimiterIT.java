package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.PatientClient;
import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.FaultProxy.Direction;
import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;
import io.doorward.auth.throttle.AttemptLimiter.Decision;
import io.doorward.auth.throttle.AttemptLimiter.Outcome;
import io.doorward.auth.throttle.AttemptLimiter.Reservation;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

class RedisAttemptLimiterIT {
  private static final LoginId ADA = LoginId.email("ada@example.org");
  private static final LoginId EVE = LoginId.email("eve@example.org");
  private static final AttemptBudgets BUDGETS =
      new AttemptBudgets(
          5,
          Duration.ofMillis(400),
          Duration.ofMinutes(15),
          8,
          Duration.ofMinutes(10),
          Duration.ofSeconds(30));

  private final KeyRing keys = KeyRing.ephemeral();
  private BoundedRedisClient client;
  private Jedis admin;
  private AttemptLimiter limiter;

  @BeforeEach
  void open() {
    client = PatientClient.to(io.doorward.auth.testkit.TestRedis.shared());
    admin = TestRedis.shared().admin();
    admin.flushAll();
    limiter = limiter(BUDGETS);
  }

  @AfterEach
  void close() {
    admin.close();
    client.close();
  }

  private AttemptLimiter limiter(AttemptBudgets budgets) {
    return RedisStores.of(client, keys).attemptLimiter().budgets(budgets).build();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }

  private static ClientContext from(String address) {
    try {
      return ClientContext.of(InetAddress.getByName(address));
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private Decision reserve(LoginId loginId) {
    return limiter.reserve(loginId, ClientContext.unknown(), soon());
  }

  private Reservation admitted(LoginId loginId) {
    return admitted(loginId, ClientContext.unknown());
  }

  private Reservation admitted(LoginId loginId, ClientContext client) {
    Decision decision = limiter.reserve(loginId, client, soon());
    assertThat(decision).isInstanceOf(Decision.Admitted.class);
    return ((Decision.Admitted) decision).reservation();
  }

  private void settle(Reservation reservation, Outcome outcome) {
    limiter.settle(reservation, outcome, soon());
  }

  private void fail(LoginId loginId, int times) {
    for (int i = 0; i < times; i++) {
      settle(admitted(loginId), Outcome.FAILURE);
    }
  }

  @Test
  void theBudgetIsSpentByFailures() {
    fail(ADA, 5);

    Decision decision = reserve(ADA);

    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Refused.class,
            refused ->
                assertThat(refused.retryAfter())
                    .isBetween(Duration.ofMillis(1), Duration.ofMillis(400)));
    admitted(EVE);
  }

  @Test
  void attemptsInFlightMakeOthersWaitNotFail() {
    List<Reservation> flying = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      flying.add(admitted(ADA));
    }

    assertThat(reserve(ADA))
        .isInstanceOfSatisfying(
            Decision.Busy.class,
            busy ->
                assertThat(busy.retryIn()).isBetween(Duration.ofMillis(1), Duration.ofMillis(100)));

    settle(flying.get(0), Outcome.UNKNOWN);
    admitted(ADA);
  }

  @Test
  void afterEachWaitOneAttemptIsAdmittedAndWaitsDouble() {
    fail(ADA, 5);
    Duration before = Duration.ZERO;
    for (int round = 0; round < 3; round++) {
      await()
          .pollInterval(Duration.ofMillis(10))
          .atMost(Duration.ofSeconds(10))
          .until(() -> !(reserve(ADA) instanceof Decision.Refused));
      // The await above holds the one place; a second is not admitted beside it.
      assertThat(reserve(ADA)).isInstanceOf(Decision.Busy.class);
      byte[] leases = keyOf("leases");
      byte[] holder = admin.zrange(leases, 0, -1).get(0);
      settle(
          new Reservation(
              new String(holder, StandardCharsets.UTF_8), ADA, ClientContext.unknown(), soon()),
          Outcome.FAILURE);
      Duration wait = ((Decision.Refused) reserve(ADA)).retryAfter();
      assertThat(wait).isGreaterThan(before.plus(before.dividedBy(2)));
      before = wait;
    }
    assertThat(before).isBetween(Duration.ofMillis(2_400), Duration.ofMillis(3_200));
  }

  private byte[] keyOf(String suffix) {
    return ("doorward:{" + keys.loginIndex().name("doorward", ADA) + "}:" + suffix)
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void anIdThatIsTooLongToBeOursIsForgottenWhereItIsRead() {
    ClientContext here = from("192.0.2.1");
    Reservation flying = admitted(ADA, here);
    for (int i = 0; i < 4; i++) {
      settle(admitted(ADA, here), Outcome.FAILURE);
    }
    byte[] soon = LongValue.id("s".getBytes(StandardCharsets.UTF_8));
    byte[] late = LongValue.id("l".getBytes(StandardCharsets.UTF_8));
    double now = Double.parseDouble(admin.time().get(0)) * 1_000;
    Set<String> sets = admin.keys("*");
    sets.removeIf(key -> !admin.type(key).equals("zset"));
    for (String set : sets) {
      // Two, because the second is at the end only once the first is gone. Both lie further ahead
      // than this test takes, else what the limiter writes meanwhile would lie behind them.
      admin.zadd(set.getBytes(StandardCharsets.UTF_8), now + 1_800_000, soon);
      admin.zadd(set.getBytes(StandardCharsets.UTF_8), now + 3_600_000, late);
    }

    settle(flying, Outcome.FAILURE);
    assertThat(limiter.reserve(ADA, here, soon())).isInstanceOf(Decision.Refused.class);
    limiter.reserve(ADA, from("198.51.100.1"), soon());

    assertThat(sets).hasSizeGreaterThan(4);
    for (String set : sets) {
      List<byte[]> left = admin.zrevrange(set.getBytes(StandardCharsets.UTF_8), 0, 0);
      assertThat(left).as(set).extracting(id -> id.length).allMatch(length -> length < 64);
    }
  }

  @Test
  void waitsDoNotGrowPastTheLongest() {
    limiter =
        limiter(
            new AttemptBudgets(
                1,
                Duration.ofMillis(1),
                Duration.ofMillis(40),
                50,
                Duration.ofMinutes(10),
                Duration.ofSeconds(30)));
    for (int i = 0; i < 10; i++) {
      Reservation[] got = new Reservation[1];
      await()
          .pollInterval(Duration.ofMillis(2))
          .until(
              () -> {
                Decision decision = reserve(ADA);
                if (decision instanceof Decision.Admitted a) {
                  got[0] = a.reservation();
                }
                return got[0] != null;
              });
      settle(got[0], Outcome.FAILURE);
      Decision next = reserve(ADA);
      if (next instanceof Decision.Refused refused) {
        assertThat(refused.retryAfter()).isLessThanOrEqualTo(Duration.ofMillis(40));
      } else if (next instanceof Decision.Admitted admitted) {
        // The wait was over already: give the place back.
        settle(admitted.reservation(), Outcome.UNKNOWN);
      }
    }
  }

  @Test
  void aSuccessOfAStrangerForgivesNothing() {
    fail(ADA, 4);
    settle(admitted(ADA), Outcome.SUCCESS);

    fail(ADA, 1);
    assertThat(reserve(ADA)).isInstanceOf(Decision.Refused.class);
  }

  @Test
  void unknownCountsNothing() {
    for (int i = 0; i < 20; i++) {
      settle(admitted(ADA, from("192.0.2.1")), Outcome.UNKNOWN);
    }
    admitted(ADA, from("192.0.2.1"));
  }

  @Test
  void settlingTwiceCountsOnceAndTheFirstOutcomeStands() {
    Reservation one = admitted(ADA);
    for (int i = 0; i < 6; i++) {
      settle(one, Outcome.FAILURE);
    }
    Reservation two = admitted(ADA);
    settle(two, Outcome.UNKNOWN);
    for (int i = 0; i < 6; i++) {
      settle(two, Outcome.FAILURE);
    }
    Reservation three = admitted(ADA);
    settle(three, Outcome.FAILURE);
    settle(three, Outcome.SUCCESS);
    assertThat(admin.zcard(keyOf("failures"))).isEqualTo(2);
  }

  @Test
  void aRepeatedSuccessDoesNotForgiveLaterFailures() {
    Reservation one = admitted(ADA);
    settle(one, Outcome.SUCCESS);
    fail(ADA, 3);

    settle(one, Outcome.SUCCESS);

    assertThat(admin.zcard(keyOf("failures"))).isEqualTo(3);
  }

  @Test
  void aLeaseThatEndsGivesThePlaceBackAndALateFailureCountsOnce() {
    limiter =
        limiter(
            new AttemptBudgets(
                1,
                Duration.ofMinutes(1),
                Duration.ofMinutes(15),
                50,
                Duration.ofMinutes(10),
                Duration.ofSeconds(1)));
    Deadline brief = Deadline.after(Duration.ofMillis(500));
    Reservation crashed =
        ((Decision.Admitted) limiter.reserve(ADA, ClientContext.unknown(), brief)).reservation();
    assertThat(reserve(ADA)).isInstanceOf(Decision.Busy.class);

    await()
        .pollInterval(Duration.ofMillis(10))
        .until(() -> reserve(ADA) instanceof Decision.Admitted);

    settle(crashed, Outcome.FAILURE);
    settle(crashed, Outcome.FAILURE);
    assertThat(admin.zcard(keyOf("failures"))).isEqualTo(1);
    assertThat(reserve(ADA)).isInstanceOf(Decision.Refused.class);
  }

  @Test
  void oneNetworkHasABudgetAcrossLoginIds() {
    ClientContext network = from("192.0.2.7");
    for (int i = 0; i < 8; i++) {
      settle(admitted(LoginId.email("u" + i + "@example.org"), network), Outcome.FAILURE);
    }

    assertThat(limiter.reserve(ADA, network, soon())).isInstanceOf(Decision.Refused.class);
    assertThat(limiter.reserve(ADA, from("192.0.2.8"), soon()))
        .isInstanceOf(Decision.Admitted.class);
    assertThat(reserve(ADA)).isInstanceOf(Decision.Admitted.class);
  }

  @Test
  void successReturnsOnlyItsOwnNetworkPlace() {
    ClientContext network = from("192.0.2.7");
    for (int i = 0; i < 7; i++) {
      settle(admitted(LoginId.email("u" + i + "@example.org"), network), Outcome.FAILURE);
    }
    settle(admitted(ADA, network), Outcome.SUCCESS);
    settle(admitted(EVE, network), Outcome.FAILURE);

    assertThat(limiter.reserve(ADA, network, soon())).isInstanceOf(Decision.Refused.class);
  }

  @Test
  void networkFailuresLeaveWithTheWindow() {
    limiter =
        limiter(
            new AttemptBudgets(
                50,
                Duration.ofSeconds(1),
                Duration.ofMinutes(15),
                2,
                Duration.ofMillis(1_500),
                Duration.ofSeconds(30)));
    ClientContext network = from("192.0.2.7");
    settle(admitted(ADA, network), Outcome.FAILURE);
    settle(admitted(EVE, network), Outcome.FAILURE);

    Decision.Refused refused = (Decision.Refused) limiter.reserve(ADA, network, soon());
    assertThat(refused.retryAfter()).isLessThanOrEqualTo(Duration.ofMillis(1_500));
    await()
        .pollInterval(Duration.ofMillis(10))
        .until(() -> limiter.reserve(ADA, network, soon()) instanceof Decision.Admitted);
  }

  @Test
  void aRefusalByTheAccountReturnsTheNetworksPlace() {
    ClientContext network = from("192.0.2.7");
    fail(ADA, 5);

    for (int i = 0; i < 30; i++) {
      // Waits can end meanwhile; what matters is that the network never fills.
      Decision decision = limiter.reserve(ADA, network, soon());
      if (decision instanceof Decision.Admitted admitted) {
        settle(admitted.reservation(), Outcome.FAILURE);
        break;
      }
    }
    for (int i = 0; i < 7; i++) {
      settle(admitted(LoginId.email("u" + i + "@example.org"), network), Outcome.UNKNOWN);
    }
    admitted(EVE, network);
  }

  @Test
  void refusedAttemptsLeaveNothingInRedis() {
    limiter = limiter(AttemptBudgets.defaults());
    ClientContext network = from("192.0.2.8");
    ClientContext device = network.withKnownDevice("a-device");
    ClientContext spent = from("192.0.2.9");
    for (int i = 0; i < 5; i++) {
      settle(admitted(ADA), Outcome.FAILURE);
      settle(admitted(ADA, device), Outcome.FAILURE);
      Reservation unused = admitted(EVE);
    }
    for (int i = 0; i < 50; i++) {
      settle(admitted(LoginId.email("u" + i + "@example.org"), spent), Outcome.FAILURE);
    }
    long members = members();
    long bytes = bytes();

    for (int i = 0; i < 100; i++) {
      LoginId other = LoginId.email("other-" + i + "@example.org");
      assertThat(limiter.reserve(ADA, network, soon())).isInstanceOf(Decision.Refused.class);
      assertThat(limiter.reserve(ADA, device, soon())).isInstanceOf(Decision.Refused.class);
      assertThat(limiter.reserve(other, spent, soon())).isInstanceOf(Decision.Refused.class);
      assertThat(limiter.reserve(EVE, network, soon())).isInstanceOf(Decision.Busy.class);
    }

    // What was there may end meanwhile.
    assertThat(members()).isLessThanOrEqualTo(members);
    assertThat(bytes()).isLessThanOrEqualTo(bytes);
  }

  private long members() {
    return admin.keys("*").stream()
        .mapToLong(key -> admin.type(key).equals("zset") ? admin.zcard(key) : 1)
        .sum();
  }

  private long bytes() {
    return admin.keys("*").stream()
        .map(admin::memoryUsage)
        .filter(Objects::nonNull)
        .mapToLong(Long::longValue)
        .sum();
  }

  @Test
  void sixteenParallelGuessesGetFiveTries() throws Exception {
    assertThat(parallelGuesses(16, 16)).isEqualTo(5);
  }

  @Test
  void twoHundredParallelGuessesGetFiveTries() throws Exception {
    assertThat(parallelGuesses(200, 32)).isEqualTo(5);
  }

  /** Every guess is wrong; those told to wait do not come back. */
  private int parallelGuesses(int guesses, int threads) throws Exception {
    limiter =
        limiter(
            new AttemptBudgets(
                5,
                Duration.ofMinutes(1),
                Duration.ofMinutes(15),
                1000,
                Duration.ofMinutes(10),
                Duration.ofMinutes(5)));
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < guesses; i++) {
        tasks.add(
            () -> {
              Decision decision = limiter.reserve(ADA, from("192.0.2.9"), soon());
              if (decision instanceof Decision.Admitted admitted) {
                settle(admitted.reservation(), Outcome.FAILURE);
                return true;
              }
              return false;
            });
      }
      int admitted = 0;
      for (Future<Boolean> done : pool.invokeAll(tasks)) {
        admitted += done.get() ? 1 : 0;
      }
      return admitted;
    } finally {
      pool.shutdown();
      assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aClockThatIsSetBackLengthensNoWait() {
    limiter = limiter(AttemptBudgets.defaults());
    fail(ADA, 5);
    setBack(keyOf("failures"));

    assertThat(((Decision.Refused) reserve(ADA)).retryAfter())
        .isLessThanOrEqualTo(Duration.ofSeconds(1));
    assertAllEnd(7);
    await()
        .pollInterval(Duration.ofMillis(20))
        .until(() -> reserve(ADA) instanceof Decision.Admitted);
  }

  @Test
  void aClockThatIsSetBackLengthensNoWindow() {
    ClientContext network = from("192.0.2.7");
    for (int i = 0; i < 8; i++) {
      settle(admitted(LoginId.email("u" + i + "@example.org"), network), Outcome.FAILURE);
    }
    setBack(networkKey(network, "failures"));

    assertThat(((Decision.Refused) limiter.reserve(ADA, network, soon())).retryAfter())
        .isLessThanOrEqualTo(Duration.ofMinutes(10));
    assertThat(admin.pttl(networkKey(network, "failures")))
        .isLessThanOrEqualTo(Duration.ofMinutes(10).toMillis());
  }

  @Test
  void aClockThatIsSetBackKeepsNoAttemptsFromAnAccount() {
    settle(admitted(ADA), Outcome.SUCCESS);
    String key = new String(keyOf("attempts"), StandardCharsets.UTF_8);
    double full = Double.parseDouble(admin.get(key));
    admin.set(key, Double.toString(full + Duration.ofHours(1).toMillis()));

    assertThat(((Decision.Refused) reserve(ADA)).retryAfter())
        .isLessThanOrEqualTo(Duration.ofMinutes(10).dividedBy(1_000).plusMillis(1));
    await()
        .pollInterval(Duration.ofMillis(20))
        .until(() -> reserve(ADA) instanceof Decision.Admitted);
  }

  @Test
  void aClockThatIsSetBackLengthensNoLease() {
    limiter = limiter(oneAtATime(Duration.ofMillis(200)));
    Deadline deadline = Deadline.after(Duration.ofMillis(300));
    Decision.Admitted crashed =
        (Decision.Admitted) limiter.reserve(ADA, ClientContext.unknown(), deadline);
    setBack(keyOf("leases"));
    assertThat(reserve(ADA)).isInstanceOf(Decision.Busy.class);
    assertThat(admin.pttl(keyOf("leases"))).isLessThanOrEqualTo(501);

    await()
        .pollInterval(Duration.ofMillis(20))
        .until(() -> reserve(ADA) instanceof Decision.Admitted);
    assertThat(crashed.reservation().lease().isExpired()).isTrue();
  }

  /** What lies under a key after the server's clock went an hour back. */
  private void setBack(byte[] key) {
    long hour = Duration.ofHours(1).toMillis();
    for (byte[] member : admin.zrange(key, 0, -1)) {
      admin.zincrby(key, (double) hour, member);
    }
    admin.pexpire(key, admin.pttl(key) + hour);
  }

  private byte[] networkKey(ClientContext network, String suffix) {
    String name =
        keys.loginIndex().networkNames("doorward", network.countedNetwork().orElseThrow()).get(0);
    return ("doorward:{" + name + "}:" + suffix).getBytes(StandardCharsets.UTF_8);
  }

  private static AttemptBudgets oneAtATime(Duration lease) {
    return new AttemptBudgets(
        1, Duration.ofMinutes(1), Duration.ofMinutes(15), 50, Duration.ofMinutes(10), lease);
  }

  @Test
  void aPlaceThatWasTakenWithoutAnAnswerIsGivenBack() {
    try (FaultProxy proxy = FaultProxy.to("127.0.0.1", TestRedis.shared().port());
        BoundedRedisClient behind = PatientClient.to(proxy)) {
      limiter =
          RedisStores.of(behind, keys)
              .attemptLimiter()
              .budgets(oneAtATime(Duration.ofMinutes(5)))
              .build();
      settle(admitted(ADA), Outcome.UNKNOWN);
      proxy.cutOnceAfter(Direction.DOWN, 0);

      assertThatExceptionOfType(StoreException.class).isThrownBy(() -> reserve(ADA));
      admitted(ADA);
    }
  }

  @Test
  void everyKeyEndsByItself() {
    Reservation one = admitted(ADA, from("2001:db8::1"));
    assertAllEnd(4);
    settle(one, Outcome.FAILURE);
    admitted(ADA, from("2001:db8::2"));
    assertAllEnd(8);
  }

  private void assertAllEnd(int expected) {
    assertThat(admin.keys("*")).hasSize(expected);
    assertThat(admin.keys("*"))
        .allSatisfy(
            key -> assertThat(admin.pttl(key)).isBetween(1L, Duration.ofMinutes(15).toMillis()));
  }

  @Test
  void neitherAddressNorNetworkIsInClear() {
    settle(admitted(ADA, from("192.0.2.7")), Outcome.FAILURE);
    admitted(ADA, from("192.0.2.7"));

    List<byte[]> all = TestRedis.dump(admin);
    assertThat(all).isNotEmpty();
    for (byte[] bytes : all) {
      assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
          .doesNotContain("192.0", "ada", "example");
    }
  }

  @Test
  void aRotationOfTheIndexKeyDoesNotResetTheCount() {
    byte[] oldIndex = random();
    SigningKey signing = SigningKey.hs256("s", random());
    byte[] sealing = random();
    KeyRing before =
        KeyRing.builder().signing(signing).sealing("s", sealing).index("old", oldIndex).build();
    KeyRing after =
        KeyRing.builder()
            .signing(signing)
            .sealing("s", sealing)
            .index("new", random())
            .index("old", oldIndex)
            .build();
    limiter = RedisStores.of(client, before).attemptLimiter().budgets(slow()).build();
    fail(ADA, 3);
    limiter = RedisStores.of(client, after).attemptLimiter().budgets(slow()).build();
    fail(ADA, 2);

    assertThat(reserve(ADA)).isInstanceOf(Decision.Refused.class);
    limiter = RedisStores.of(client, before).attemptLimiter().budgets(slow()).build();
    assertThat(reserve(ADA)).isInstanceOf(Decision.Refused.class);
  }

  private static AttemptBudgets slow() {
    return AttemptBudgets.defaults();
  }

  private static byte[] random() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }
}
