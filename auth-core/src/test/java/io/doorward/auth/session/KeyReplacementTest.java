package io.doorward.auth.session;

import static io.doorward.auth.fixture.Fixtures.random;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.fixture.CallerProof;
import io.doorward.auth.fixture.KeyPairs;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import io.doorward.auth.session.AccessTokens.Genuine;
import java.lang.invoke.MethodHandles;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Access tokens while the keys of their ring are replaced. */
class KeyReplacementTest {
  private static final MethodHandles.Lookup SESSIONS =
      CallerProof.of("io.doorward.auth.engine.session.SessionManager");
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final byte[] SEALING = random(32);
  private static final byte[] INDEX = random(32);
  private static final SigningKey OLD = SigningKey.hs256("old", random(32));
  private static final SigningKey FRESH = KeyPairs.whole("new", KeyPairs.ec("secp256r1"));

  private final Session session =
      Session.builder(
              new AccountId("account-1"),
              SessionKind.BEARER,
              new Epoch(7, "tag"),
              START,
              START.plus(Duration.ofHours(12)),
              Duration.ofMinutes(30))
          .build();

  private final AtomicReference<Runnable> whenAskedForTheTime = new AtomicReference<>(() -> {});

  @Test
  void aTokenThatHasPassedIsRefusedOnceItsKeyIsGone() {
    KeyRing ring = ring(OLD);
    AccessTokens tokens = tokens(ring);
    AccessToken token = issue(tokens);
    assertThat(tokens.verify(token)).isInstanceOf(Genuine.class);
    assertThat(tokens.verify(token)).isInstanceOf(Genuine.class);

    ring.replaceBy(ring(FRESH));

    assertThat(tokens.verify(token)).isNotInstanceOf(Genuine.class);
    assertThat(tokens.named(token)).isEmpty();
    assertThat(tokens.verify(issue(tokens))).isInstanceOf(Genuine.class);
  }

  /** The clock is asked between the look at the signature and the remembering of the token. */
  @Test
  void aTokenIsNotRememberedUnderAKeyThatGoesMeanwhile() {
    KeyRing ring = ring(OLD);
    AccessTokens tokens = tokens(ring);
    AccessToken token = issue(tokens);
    whenAskedForTheTime.set(() -> ring.replaceBy(ring(FRESH)));

    assertThat(tokens.verify(token)).isInstanceOf(Genuine.class);

    assertThat(tokens.verify(token)).isNotInstanceOf(Genuine.class);
  }

  @Test
  void aKeyIsAcceptedAsSoonAsItIsAdded() {
    KeyRing ring = ring(OLD);
    AccessTokens tokens = tokens(ring);
    AccessToken ofOther = issue(tokens(ring(FRESH)));
    assertThat(tokens.verify(ofOther)).isNotInstanceOf(Genuine.class);

    ring.replaceBy(ring(OLD, FRESH));

    assertThat(tokens.verify(ofOther)).isInstanceOf(Genuine.class);
    assertThat(ring.jwks().keys()).hasSize(1);
  }

  @Test
  void aTokenStaysGoodWhileItsKeyMovesBack() {
    KeyRing ring = ring(OLD);
    AccessTokens tokens = tokens(ring);
    AccessToken token = issue(tokens);
    assertThat(tokens.verify(token)).isInstanceOf(Genuine.class);

    ring.replaceBy(ring(FRESH, OLD));

    assertThat(tokens.verify(token)).isInstanceOf(Genuine.class);
    assertThat(tokens.verify(token)).isInstanceOf(Genuine.class);
  }

  /**
   * One node takes each step before the other one does, and they accept each other all the time.
   */
  @Test
  void twoNodesThatTakeTheStepsOneAfterAnotherAcceptEachOther() {
    KeyRing one = ring(OLD);
    KeyRing two = ring(OLD);
    List<AccessTokens> nodes = List.of(tokens(one), tokens(two));
    AccessToken first = issue(nodes.get(0));

    for (KeyRing step : List.of(ring(OLD, FRESH), ring(FRESH, OLD))) {
      for (KeyRing node : List.of(one, two)) {
        assertThat(node.replaceBy(step)).isTrue();
        for (AccessTokens from : nodes) {
          AccessToken token = issue(from);
          for (AccessTokens to : nodes) {
            assertThat(to.verify(token)).isInstanceOf(Genuine.class);
            assertThat(to.verify(first)).isInstanceOf(Genuine.class);
          }
        }
      }
    }
    AccessToken last = issue(nodes.get(1));
    for (KeyRing node : List.of(one, two)) {
      assertThat(node.replaceBy(ring(FRESH))).isTrue();
      for (AccessTokens to : nodes) {
        assertThat(to.verify(last)).isInstanceOf(Genuine.class);
      }
    }
    assertThat(nodes.get(0).verify(first)).isNotInstanceOf(Genuine.class);
  }

  /** What happens to users where the first step is left out. */
  @Test
  void withoutTheFirstStepTheOtherNodeRefuses() {
    KeyRing one = ring(OLD);
    KeyRing two = ring(OLD);
    one.replaceBy(ring(FRESH, OLD));

    assertThat(tokens(two).verify(issue(tokens(one)))).isNotInstanceOf(Genuine.class);
  }

  private AccessTokens tokens(KeyRing ring) {
    InstantSource clock =
        () -> {
          whenAskedForTheTime.getAndSet(() -> {}).run();
          return START;
        };
    return AccessTokens.builder(ring).clock(clock).build();
  }

  private AccessToken issue(AccessTokens by) {
    return by.issue(session, START.plusSeconds(600), SESSIONS);
  }

  private static KeyRing ring(SigningKey... keys) {
    KeyRing.Builder builder = KeyRing.builder().sealing("seal", SEALING).index("index", INDEX);
    Arrays.stream(keys).forEach(builder::signing);
    return builder.build();
  }
}
