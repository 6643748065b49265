package io.doorward.auth.key;

import static io.doorward.auth.fixture.Fixtures.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.base.LoginId;
import io.doorward.auth.fixture.CallerProof;
import io.doorward.auth.fixture.KeyPairs;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import org.junit.jupiter.api.Test;

class KeyRingReplacementTest {
  private static final MethodHandles.Lookup REFRESH =
      CallerProof.of("io.doorward.auth.engine.session.RefreshTokens");
  private static final LoginId LOGIN = LoginId.email("a@b.example");
  private static final byte[] OLD = random(32);
  private static final byte[] FRESH = random(32);
  private static final KeyPair PAIR = KeyPairs.named("Ed25519");

  private final KeyRing ring = KeyRing.ofSecret("old", OLD);

  @Test
  void everyPurposeFollows() {
    KeyRing next =
        KeyRing.builder().signing(KeyPairs.whole("ed", PAIR)).secret("new", FRESH).build();
    byte[] sealed = ring.sealer().seal(bytes("value"), "place");

    assertThat(ring.replaceBy(next)).isTrue();

    assertThat(ring.signingKey().id()).isEqualTo("ed");
    assertThat(ring.signingKey("new")).isPresent();
    assertThat(ring.signingKey("old")).isEmpty();
    assertThat(ring.sealer().open(sealed, "place")).isEmpty();
    assertThat(next.sealer().open(ring.sealer().seal(bytes("v"), "p"), "p")).hasValue(bytes("v"));
    assertThat(ring.loginIndex().names("ns", LOGIN))
        .isEqualTo(next.loginIndex().names("ns", LOGIN));
    assertThat(ring.refreshKeyId()).isEqualTo("new");
    assertThat(ring.refreshMac("old", REFRESH, "a")).isEmpty();
    assertThat(ring.refreshMac("new", REFRESH, "a")).isPresent();
    assertThat(ring.fingerprints()).isEqualTo(next.fingerprints());
    assertThat(ring.jwks().json()).isEqualTo(next.jwks().json());
    assertThat(ring).hasToString(next.toString());
  }

  @Test
  void theSameKeysAreNoChange() {
    Sealer before = ring.sealer();

    assertThat(ring.replaceBy(KeyRing.ofSecret("old", OLD))).isFalse();
    assertThat(ring.replaceBy(ring)).isFalse();

    assertThat(ring.sealer()).isSameAs(before);
  }

  @Test
  void anotherOrderIsAChange() {
    ring.replaceBy(KeyRing.builder().secret("old", OLD).secret("new", FRESH).build());
    assertThat(ring.signingKey().id()).isEqualTo("old");

    assertThat(ring.replaceBy(KeyRing.builder().secret("new", FRESH).secret("old", OLD).build()))
        .isTrue();

    assertThat(ring.signingKey().id()).isEqualTo("new");
  }

  @Test
  void whatTheOtherRingBecomesLaterDoesNotFollow() {
    KeyRing next = KeyRing.builder().secret("new", FRESH).secret("old", OLD).build();
    ring.replaceBy(next);

    next.replaceBy(KeyRing.ofSecret("new", FRESH));

    assertThat(ring.signingKey("old")).isPresent();
  }

  @Test
  void otherBytesUnderAKnownNameAreRefusedAndNothingChanges() {
    for (KeyRing next :
        new KeyRing[] {
          KeyRing.ofSecret("old", FRESH),
          KeyRing.builder().signing(KeyPairs.whole("old", PAIR)).secret("new", FRESH).build(),
          KeyRing.builder().secret("new", FRESH).sealing("old", random(32)).build(),
          KeyRing.builder().secret("new", FRESH).index("old", random(32)).build()
        }) {
      assertThatThrownBy(() -> ring.replaceBy(next))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("key id must not be used for another key: old (");
    }
    assertThat(ring.fingerprints()).isEqualTo(KeyRing.ofSecret("old", OLD).fingerprints());
  }

  @Test
  void keysThatEndWithTheProcessAndOthersDoNotMix() {
    assertThatThrownBy(() -> ring.replaceBy(KeyRing.ephemeral()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("end with the process");
    assertThatThrownBy(() -> KeyRing.ephemeral().replaceBy(ring))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
