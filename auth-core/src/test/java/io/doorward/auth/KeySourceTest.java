package io.doorward.auth;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.random;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.Operations.KeyReloadResult;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.event.ServiceEvent.FindingReported;
import io.doorward.auth.fixture.CountingHasher;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.HandExecutor;
import io.doorward.auth.fixture.KeyPairs;
import io.doorward.auth.fixture.Together;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Services whose keys are read anew while they run. */
class KeySourceTest {
  private static final byte[] OLD = random(32);
  private static final byte[] FRESH = random(32);

  private final HandClock clock = new HandClock();
  private final AccountStore accounts = AccountStore.inMemory(clock);
  private final TokenStore tokens = TokenStore.inMemory(accounts, clock);
  private final Events events = new Events();
  private final HandExecutor background = new HandExecutor();
  private final AtomicReference<Supplier<KeyRing>> source = new AtomicReference<>(() -> old());
  private final List<AuthService> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(AuthService::close);
  }

  private AuthService node(Supplier<KeyRing> from) {
    AuthService node = builder().keySource(from).build();
    opened.add(node);
    return node;
  }

  private AuthServiceBuilder builder() {
    return AuthService.builder(accounts, tokens, old())
        .passwordHasher(CountingHasher.present())
        .backgroundExecutor(background)
        .listener(events)
        .clocks(clock, clock);
  }

  private static LoginResult.Success enter(AuthService node) {
    return (LoginResult.Success)
        node.login(new LoginAttempt(ANNA, RIGHT, CLIENT, SessionOptions.bearer()), soon());
  }

  @Test
  void aRetiredKeyIsRefusedFromTheReloadOn() {
    AuthService node = node(() -> source.get().get());
    node.signUp(new SignUp(ANNA, RIGHT, CLIENT), soon());
    LoginResult.Success before = enter(node);
    assertThat(node.check(before.token(), soon())).isInstanceOf(CheckResult.Active.class);
    source.set(() -> KeyRing.ofSecret("new", FRESH));

    assertThat(node.operations().reloadKeys()).isEqualTo(new KeyReloadResult.Replaced());

    assertThat(node.check(before.token(), soon())).isEqualTo(new CheckResult.Rejected());
    assertThat(node.refresh(before.refreshToken().orElseThrow(), soon()))
        .isInstanceOf(RefreshResult.Rejected.class);
    LoginResult.Success after = enter(node);
    assertThat(node.check(after.token(), soon())).isInstanceOf(CheckResult.Active.class);
    assertThat(node.refresh(after.refreshToken().orElseThrow(), soon()))
        .isInstanceOf(RefreshResult.Refreshed.class);
  }

  @Test
  void aSecondReadingOfTheSameKeysChangesNothing() {
    AuthService node = node(() -> source.get().get());

    assertThat(node.operations().reloadKeys()).isEqualTo(new KeyReloadResult.Unchanged());
    assertThat(node.operations().health().findings()).noneMatch(KeySourceTest::isOfReload);
  }

  @Test
  void aPublicKeyShowsAsSoonAsItIsAdded() {
    AuthService node = node(() -> source.get().get());
    assertThat(node.operations().publicKeys().keys()).isEmpty();
    source.set(
        () ->
            KeyRing.builder()
                .secret("old", OLD)
                .signing(KeyPairs.publicHalf("ed", KeyPairs.named("Ed25519")))
                .build());

    node.operations().reloadKeys();

    assertThat(node.operations().publicKeys().keys()).hasSize(1);
  }

  @Test
  void aReloadThatFailsKeepsTheKeysAndSaysSoUntilOneSucceeds() {
    AuthService node = node(() -> source.get().get());
    node.signUp(new SignUp(ANNA, RIGHT, CLIENT), soon());
    LoginResult.Success login = enter(node);
    events.forget();
    String why = "the file keys.txt cannot be read (NoSuchFileException)";
    source.set(
        () -> {
          throw new IllegalStateException(why);
        });

    for (int i = 0; i < 2; i++) {
      assertThat(node.operations().reloadKeys()).isEqualTo(new KeyReloadResult.Failed(why));
    }

    assertThat(node.check(login.token(), soon())).isInstanceOf(CheckResult.Active.class);
    assertThat(node.operations().health().findings())
        .filteredOn(KeySourceTest::isOfReload)
        .singleElement()
        .satisfies(it -> assertThat(it.toString()).contains(why));
    assertThat(events.of(FindingReported.class)).hasSize(1);
    source.set(() -> KeyRing.builder().secret("old", OLD).secret("new", FRESH).build());
    assertThat(node.operations().reloadKeys()).isEqualTo(new KeyReloadResult.Replaced());
    assertThat(node.operations().health().findings()).noneMatch(KeySourceTest::isOfReload);
  }

  @Test
  void keysThatMayNotTakeTheirPlaceAreAFailure() {
    AuthService node = node(() -> source.get().get());
    assertFails(
        node, () -> KeyRing.ofSecret("old", FRESH), "must not be used for another key: old");
    assertFails(node, KeyRing::ephemeral, "end with the process");
    assertFails(node, () -> null, "NullPointerException");
    assertFails(
        node,
        () ->
            KeyRing.builder()
                .signing(KeyPairs.publicHalf("ed", KeyPairs.named("Ed25519")))
                .secret("new", FRESH)
                .build(),
        "must have its private half");
  }

  private void assertFails(AuthService node, Supplier<KeyRing> from, String why) {
    source.set(from);
    assertThat(node.operations().reloadKeys())
        .isInstanceOfSatisfying(
            KeyReloadResult.Failed.class, it -> assertThat(it.reason()).contains(why));
  }

  /** Base64, for instance, quotes what it could not read. */
  @Test
  void whatASourceQuotesIsNotShown() {
    AuthService node = node(() -> source.get().get());
    source.set(
        () -> {
          throw new IllegalArgumentException(
              "no number: " + Base64.getEncoder().encodeToString(OLD));
        });

    assertThat(node.operations().reloadKeys())
        .isEqualTo(new KeyReloadResult.Failed("IllegalArgumentException"));
  }

  @Test
  void theSourceIsReadByItselfOnAThreadOfTheBackground() {
    AuthService node = builder().keySource(() -> source.get().get(), Duration.ofSeconds(1)).build();
    opened.add(node);
    source.set(
        () ->
            KeyRing.builder()
                .secret("old", OLD)
                .signing(KeyPairs.publicHalf("ed", KeyPairs.named("Ed25519")))
                .build());

    await()
        .untilAsserted(
            () -> {
              background.runAll();
              assertThat(node.operations().publicKeys().keys()).hasSize(1);
            });
  }

  @Test
  void aSourceThatHangsIsReportedUntilItAnswers() {
    CountDownLatch answer = new CountDownLatch(1);
    AuthService node =
        builder()
            .keySource(
                () -> {
                  Together.await(answer);
                  return old();
                },
                Duration.ofSeconds(1))
            .build();
    opened.add(node);
    CompletableFuture<KeyReloadResult> hanging =
        Together.start(() -> node.operations().reloadKeys());

    await()
        .untilAsserted(
            () -> {
              clock.advance(Duration.ofSeconds(10));
              assertThat(node.operations().health().findings())
                  .filteredOn(KeySourceTest::isOfReload)
                  .singleElement()
                  .satisfies(it -> assertThat(it.toString()).contains("has not answered for"));
            });

    answer.countDown();
    assertThat(Together.join(hanging)).isEqualTo(new KeyReloadResult.Unchanged());
    assertThat(node.operations().health().findings()).noneMatch(KeySourceTest::isOfReload);
  }

  @Test
  void aServiceWithoutASourceSaysSo() {
    AuthService node = builder().build();
    opened.add(node);

    assertThatThrownBy(() -> node.operations().reloadKeys())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("keySource");
  }

  @Test
  void intervalsOutOfRangeAreRefused() {
    for (Duration interval : List.of(Duration.ofMillis(999), Duration.ofDays(2))) {
      assertThatThrownBy(() -> builder().keySource(KeySourceTest::old, interval))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("interval must be PT1S to PT24H");
    }
  }

  /** Two nodes on the same stores take the steps one after another; nobody is logged out. */
  @Test
  void aRotationWithoutARestartLogsNoUserOut() {
    AtomicReference<KeyRing> ofOne = new AtomicReference<>(old());
    AtomicReference<KeyRing> ofTwo = new AtomicReference<>(old());
    AuthService one = node(ofOne::get);
    AuthService two = node(ofTwo::get);
    one.signUp(new SignUp(ANNA, RIGHT, CLIENT), soon());
    LoginResult.Success first = enter(one);

    for (KeyRing step : List.of(ring("old", OLD, "new", FRESH), ring("new", FRESH, "old", OLD))) {
      ofOne.set(step);
      one.operations().reloadKeys();
      assertEachServesTheOther(one, two, first);
      ofTwo.set(step);
      two.operations().reloadKeys();
      assertEachServesTheOther(one, two, first);
    }
    LoginResult.Success last = enter(one);
    ofTwo.set(KeyRing.ofSecret("new", FRESH));
    two.operations().reloadKeys();

    assertEachServesTheOther(one, two, last);
    assertThat(two.check(first.token(), soon())).isEqualTo(new CheckResult.Rejected());
  }

  private static void assertEachServesTheOther(
      AuthService one, AuthService two, LoginResult.Success earlier) {
    for (AuthService from : List.of(one, two)) {
      LoginResult.Success login = enter(from);
      for (AuthService to : List.of(one, two)) {
        assertThat(to.check(login.token(), soon())).isInstanceOf(CheckResult.Active.class);
        assertThat(to.check(earlier.token(), soon())).isInstanceOf(CheckResult.Active.class);
      }
      AuthService other = from == one ? two : one;
      assertThat(other.refresh(login.refreshToken().orElseThrow(), soon()))
          .isInstanceOf(RefreshResult.Refreshed.class);
    }
  }

  private static boolean isOfReload(Finding finding) {
    return finding.code().equals("keys.reload");
  }

  private static KeyRing old() {
    return KeyRing.ofSecret("old", OLD);
  }

  private static KeyRing ring(String first, byte[] secret, String second, byte[] other) {
    return KeyRing.builder().secret(first, secret).secret(second, other).build();
  }
}
