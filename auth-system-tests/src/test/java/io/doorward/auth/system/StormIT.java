package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A thousand logins at once on a machine that can hash a few dozen passwords a second: what does
 * not fit is told so, people on known devices get in, and request checks go on.
 */
@Timeout(180)
@Tag("jdk")
class StormIT {
  private static final int STRANGERS = 992;
  private static final int KNOWN = 8;
  private static final int PERMITS = 2;
  private static final int QUEUE = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final Duration CHECK = Duration.ofSeconds(10);

  /** What a check may take in the storm: this much, or so many times what it takes otherwise. */
  private static final Duration STILL_QUICK = Duration.ofMillis(500);

  private static final int STILL_QUICK_RATIO = 50;

  private final Ticker ticker = Ticker.system();
  private final HeldConnections connections = new HeldConnections();
  private final StormHasher hasher = new StormHasher(connections);
  private final AtomicInteger shedSoFar = new AtomicInteger();

  private Application.Setup setup() {
    return new Application.Setup()
        .connections(2, 8)
        .dataSource(connections::watch)
        .patience(PATIENCE)
        .service(
            builder ->
                builder
                    .passwordHasher(hasher)
                    .capacity(
                        Application.capacity()
                            .withHashing(PERMITS, QUEUE)
                            .withLoginReads(1, 16)
                            .withVersionProbes(1, 16)));
  }

  @Test
  void aThousandLoginsLeaveRequestChecksAndKnownDevicesAlone() {
    try (Application application = Application.shared(Sessions.IN_REDIS)) {
      Node node = application.node(setup());
      List<Callable<Attempt>> logins = new ArrayList<>();
      AccessToken token = null;
      for (int i = 0; i < KNOWN; i++) {
        Person person = Person.random();
        node.signedUp(person);
        LoginResult.Success before = node.loggedIn(person);
        token = before.token();
        String cookie = TestSecrets.record(before.deviceCookie().orElseThrow().reveal());
        logins.add(
            () -> {
              await().atMost(PATIENCE).until(() -> shedSoFar.get() > STRANGERS / 20);
              return attempt(node, person, ClientContext.unknown().withDeviceCookie(cookie));
            });
      }
      for (int i = 0; i < STRANGERS; i++) {
        Person nobody = Person.random();
        logins.add(() -> attempt(node, nobody, ClientContext.unknown()));
      }
      Checks quiet = Checks.until(node, token, ticker, checks -> checks >= 300);
      hasher.begin();

      AtomicBoolean over = new AtomicBoolean();
      AccessToken session = token;
      CompletableFuture<Checks> meanwhile =
          Concurrently.begin(() -> Checks.until(node, session, ticker, checks -> over.get()));
      List<Attempt> attempts = Concurrently.call(logins);
      over.set(true);
      Checks stormy = meanwhile.join();

      List<LoginResult> known = attempts.subList(0, KNOWN).stream().map(Attempt::result).toList();
      assertThat(known).as("known devices").allMatch(LoginResult.Success.class::isInstance);

      List<Attempt> strangers = attempts.subList(KNOWN, attempts.size());
      List<Duration> shed =
          strangers.stream()
              .filter(attempt -> isShed(attempt.result))
              .map(Attempt::took)
              .sorted()
              .toList();
      assertThat(strangers)
          .allMatch(
              attempt -> attempt.result instanceof LoginResult.Rejected || isShed(attempt.result));
      assertThat(shed).as("logins that did not fit").hasSizeGreaterThan(STRANGERS / 10);
      assertThat(shed.get(shed.size() / 2))
          .as("the time until somebody was told so")
          .isLessThan(PATIENCE.dividedBy(4));

      assertThat(hasher.compared.get())
          .as("hashed for those who got an answer, and for nobody else")
          .isEqualTo(attempts.size() - shed.size());
      assertThat(hasher.most.get()).as("hashes, and their memory, at once").isBetween(1, PERMITS);
      assertThat(hasher.connectionsHeld).as("connections held while hashing").hasValue(0);

      assertThat(stormy.results).isNotEmpty().allMatch(CheckResult.Active.class::isInstance);
      Duration bearable = quiet.median().multipliedBy(STILL_QUICK_RATIO);
      assertThat(stormy.median())
          .as("checks took %s when it was quiet", quiet.median())
          .isLessThan(bearable.compareTo(STILL_QUICK) > 0 ? bearable : STILL_QUICK);
    }
  }

  @Test
  void whileEveryPermitHashesNoConnectionIsTaken() {
    try (Application application = Application.shared(Sessions.IN_POSTGRES)) {
      Node node = application.node(setup());
      Person person = Person.random();
      node.signedUp(person);
      CountDownLatch go = new CountDownLatch(1);
      hasher.begin();
      hasher.hold(go);
      List<CompletableFuture<LoginResult>> strangers = new ArrayList<>();
      for (int i = 0; i < PERMITS + QUEUE; i++) {
        strangers.add(Concurrently.begin(() -> node.login(Person.random())));
      }
      await().until(() -> hasher.running.get() == PERMITS);
      await().until(() -> connections.held() == 0);
      go.countDown();
      strangers.forEach(login -> assertThat(login.join()).isInstanceOf(LoginResult.Rejected.class));
      assertThat(hasher.connectionsHeld).hasValue(0);
    }
  }

  private static boolean isShed(LoginResult result) {
    return result instanceof LoginResult.Unavailable || result instanceof LoginResult.Throttled;
  }

  private Attempt attempt(Node node, Person person, ClientContext client) {
    long from = ticker.nanos();
    LoginResult result =
        node.service()
            .login(new LoginAttempt(person.loginId(), person.password(), client), node.deadline());
    if (result instanceof LoginResult.Success success) {
      TestSecrets.record(success.token());
      TestSecrets.record(success.deviceCookie().orElseThrow().reveal());
    }
    if (isShed(result)) {
      shedSoFar.incrementAndGet();
    }
    return new Attempt(result, Duration.ofNanos(ticker.nanos() - from));
  }

  private record Attempt(LoginResult result, Duration took) {}

  /** Request checks, one after the other, and how long each took. */
  private record Checks(List<CheckResult> results, List<Duration> took) {
    static Checks until(Node node, AccessToken token, Ticker ticker, IntPredicate isEnough) {
      Checks checks = new Checks(new ArrayList<>(), new ArrayList<>());
      do {
        long from = ticker.nanos();
        checks.results.add(node.service().check(token, Deadline.after(CHECK)));
        checks.took.add(Duration.ofNanos(ticker.nanos() - from));
      } while (!isEnough.test(checks.results.size()));
      return checks;
    }

    Duration median() {
      return took.stream().sorted().toList().get(took.size() / 2);
    }
  }

  /** Real hashing of moderate cost that sees what else goes on meanwhile. */
  private static final class StormHasher implements PasswordHasher {
    private final PasswordHasher real = PasswordHasher.argon2id(19_456, 2, 1);
    private final HeldConnections connections;
    private final AtomicInteger compared = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger connectionsHeld = new AtomicInteger();
    private final AtomicReference<CountDownLatch> hold = new AtomicReference<>();

    StormHasher(HeldConnections connections) {
      this.connections = connections;
    }

    void begin() {
      compared.set(0);
      most.set(0);
    }

    void hold(CountDownLatch until) {
      hold.set(until);
    }

    @Override
    public PasswordHash hash(Password password) {
      connectionsHeld.addAndGet(connections.heldByThisThread());
      return TestSecrets.record(real.hash(password));
    }

    @Override
    public boolean matches(Password password, PasswordHash hash) {
      connectionsHeld.addAndGet(connections.heldByThisThread());
      most.accumulateAndGet(running.incrementAndGet(), Math::max);
      try {
        CountDownLatch until = hold.get();
        if (until != null && !until.await(30, TimeUnit.SECONDS)) {
          throw new IllegalStateException("nobody opened the latch");
        }
        return real.matches(password, hash);
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted while hashing", e);
      } finally {
        running.decrementAndGet();
        compared.incrementAndGet();
      }
    }

    @Override
    public boolean isOutdated(PasswordHash hash) {
      return false;
    }
  }
}
