package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.Concurrently;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Guessers who try many passwords at once, on many nodes. */
class GuessingIT {
  private static final int BUDGET = 5;
  private static final int GUESSES = 200;

  private final List<Node> nodes = new ArrayList<>();
  private Application application;
  private Person alice;

  @BeforeEach
  void start() {
    application = Application.shared(Sessions.IN_REDIS);
    // Longer than the test, so that what is refused stays refused.
    Application.Setup setup =
        new Application.Setup().budgets(Application.budgets(BUDGET, Duration.ofMinutes(5)));
    for (int i = 0; i < 4; i++) {
      nodes.add(application.node(setup));
    }
    alice = Person.random();
    nodes.get(0).signedUp(alice);
  }

  @AfterEach
  void end() {
    application.close();
  }

  private int comparisons() {
    return nodes.stream().mapToInt(node -> node.hasher().comparisons()).sum();
  }

  private List<Callable<LoginResult>> guesses() {
    List<Callable<LoginResult>> calls = new ArrayList<>();
    for (int i = 0; i < GUESSES; i++) {
      Node node = nodes.get(i % nodes.size());
      Person guesser = alice.guessing();
      calls.add(() -> node.login(guesser));
    }
    return calls;
  }

  @Test
  void ofTwoHundredParallelGuessesOverFourNodesOnlyTheBudgetIsHashed() {
    List<LoginResult> results = Concurrently.call(guesses());

    assertThat(comparisons()).isEqualTo(BUDGET);
    assertThat(results).filteredOn(LoginResult.Rejected.class::isInstance).hasSize(BUDGET);
    assertThat(results)
        .filteredOn(result -> !(result instanceof LoginResult.Rejected))
        .allSatisfy(
            result ->
                assertThat(result)
                    .isInstanceOfAny(LoginResult.Throttled.class, LoginResult.Unavailable.class));
    assertThat(nodes.get(3).login(alice))
        .as("the right password, once the budget is spent")
        .isInstanceOf(LoginResult.Throttled.class);
  }

  @Test
  void guessesOfStrangersLockNoKnownDeviceOutOnAnyNode() {
    ClientContext home = known(nodes.get(0).loggedIn(alice));
    Concurrently.call(guesses());
    assertThat(nodes.get(1).login(alice)).isInstanceOf(LoginResult.Throttled.class);

    assertThat(nodes.get(2).login(alice, home)).isInstanceOf(LoginResult.Success.class);
    assertThat(nodes.get(3).login(alice))
        .as("a stranger still")
        .isInstanceOf(LoginResult.Throttled.class);
  }

  @Test
  void whoStealsADeviceCookieHasOneBudgetOnAllNodesTogether() {
    ClientContext stolen = known(nodes.get(0).loggedIn(alice));
    ClientContext home = known(nodes.get(0).loggedIn(alice));
    int before = comparisons();
    List<Callable<LoginResult>> calls = new ArrayList<>();
    for (int i = 0; i < GUESSES; i++) {
      Node node = nodes.get(i % nodes.size());
      Person guesser = alice.guessing();
      calls.add(() -> node.login(guesser, stolen));
    }

    Concurrently.call(calls);

    assertThat(comparisons() - before).isEqualTo(BUDGET);
    assertThat(nodes.get(1).login(alice, stolen)).isInstanceOf(LoginResult.Throttled.class);
    assertThat(nodes.get(2).login(alice, home)).isInstanceOf(LoginResult.Success.class);
    assertThat(nodes.get(3).login(alice)).isInstanceOf(LoginResult.Success.class);
  }

  @Test
  void aHundredFailuresCloseTheAccountToStrangersOnEveryNode() {
    Application.Setup patient =
        new Application.Setup()
            .budgets(Application.budgets(1_000, Duration.ofMinutes(5)))
            .service(builder -> builder.passwordHasher(new FastHasher()));
    Node here = application.node(patient);
    Node there = application.node(patient);
    Person bob = Person.random();
    here.signedUp(bob);
    LoginResult.Success session = there.loggedIn(bob);
    for (int i = 0; i < 100; i++) {
      (i % 2 == 0 ? here : there).login(bob.guessing());
    }

    Awaitility.await().until(() -> there.login(bob) instanceof LoginResult.Rejected);
    assertThat(here.login(bob)).as("on the other node").isInstanceOf(LoginResult.Rejected.class);
    assertThat(here.check(session.token())).isInstanceOf(CheckResult.Active.class);

    assertThat(here.login(bob, known(session))).isInstanceOf(LoginResult.Success.class);
    Awaitility.await().until(() -> there.login(bob) instanceof LoginResult.Success);
  }

  @Test
  void fourThreadsInOneNetworkDoNotKeepAnOwnerElsewhereOut() throws UnknownHostException {
    ClientContext there = ClientContext.of(InetAddress.getByName("192.0.2.7"));
    ClientContext here = ClientContext.of(InetAddress.getByName("198.51.100.7"));
    AtomicBoolean over = new AtomicBoolean();
    List<CompletableFuture<LoginResult>> guessers = new ArrayList<>();
    for (Node node : nodes) {
      guessers.add(
          Concurrently.begin(
              () -> {
                LoginResult last;
                do {
                  last = node.login(alice.guessing(), there);
                } while (!over.get());
                return last;
              }));
    }
    Awaitility.await().until(() -> comparisons() >= BUDGET);

    LoginResult owner = nodes.get(0).login(alice, here);
    over.set(true);

    assertThat(owner).isInstanceOf(LoginResult.Success.class);
    assertThat(guessers.stream().map(CompletableFuture::join))
        .noneMatch(LoginResult.Success.class::isInstance);
    assertThat(comparisons()).isEqualTo(BUDGET + 1);
  }

  private static ClientContext known(LoginResult.Success session) {
    return ClientContext.unknown().withDeviceCookie(session.deviceCookie().orElseThrow().reveal());
  }

  @Test
  void theRightPasswordAmongGuessesIsNeverCalledWrong() {
    List<Callable<LoginResult>> calls = guesses();
    calls.set(GUESSES / 2, () -> nodes.get(1).login(alice));

    List<LoginResult> results = Concurrently.call(calls);

    assertThat(results.get(GUESSES / 2))
        .isInstanceOfAny(
            LoginResult.Success.class, LoginResult.Throttled.class, LoginResult.Unavailable.class);
    assertThat(comparisons()).isLessThanOrEqualTo(BUDGET + 1);
  }

  @Test
  void theRightPasswordWaitsWhileOtherAttemptsFillTheBudget() {
    Application.Setup oneAtATime =
        new Application.Setup().budgets(Application.budgets(1, Duration.ofMinutes(5)));
    Node here = application.node(oneAtATime);
    Node there = application.node(oneAtATime);
    Hold hold = here.hasher().holdNext();
    CompletableFuture<LoginResult> inFlight = Concurrently.begin(() -> here.login(alice));
    hold.awaitReached();

    CompletableFuture<LoginResult> waiting = Concurrently.begin(() -> there.login(alice));
    Awaitility.await()
        .during(Duration.ofMillis(300))
        .atMost(Duration.ofSeconds(20))
        .until(() -> !waiting.isDone() && there.hasher().comparisons() == 0);
    hold.release();

    assertThat(inFlight.join()).isInstanceOf(LoginResult.Success.class);
    assertThat(waiting.join()).isInstanceOf(LoginResult.Success.class);
  }

  @Test
  void anAttemptThatGetsNoPlaceInTimeIsNotCalledWrong() {
    Application.Setup oneAtATime =
        new Application.Setup().budgets(Application.budgets(1, Duration.ofMinutes(5)));
    Node here = application.node(oneAtATime);
    Node hasty = application.node(oneAtATime.patience(Duration.ofMillis(500)));
    Hold hold = here.hasher().holdNext();
    CompletableFuture<LoginResult> inFlight = Concurrently.begin(() -> here.login(alice));
    hold.awaitReached();

    assertThat(hasty.login(alice)).isInstanceOf(LoginResult.Unavailable.class);

    hold.release();
    assertThat(inFlight.join()).isInstanceOf(LoginResult.Success.class);
  }
}
