package io.doorward.auth.key;

import static io.doorward.auth.fixture.Fixtures.random;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.key.KeyRing.LoginIndex;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SealerTest {
  private static final byte[] PLAIN = "a credential".getBytes(StandardCharsets.UTF_8);
  private static final String[] PLACE = {"app", "cred:name", "1"};

  private final KeyRing ring = KeyRing.ephemeral();
  private final Sealer sealer = ring.sealer();

  @Test
  void whatWasSealedOpensInItsPlace() {
    assertThat(sealer.open(sealer.seal(PLAIN, PLACE), PLACE)).hasValue(PLAIN);
    assertThat(sealer.open(sealer.seal(new byte[0]))).hasValue(new byte[0]);
    byte[] large = new byte[1 << 20];
    assertThat(sealer.open(sealer.seal(large, "x"), "x")).hasValue(large);
  }

  @Test
  void movedValuesDoNotOpen() {
    byte[] sealed = sealer.seal(PLAIN, PLACE);

    assertThat(sealer.open(sealed, "app", "cred:other", "1")).isEmpty();
    assertThat(sealer.open(sealed, "other", "cred:name", "1")).isEmpty();
    assertThat(sealer.open(sealed, "app", "cred:name", "2")).isEmpty();
    assertThat(sealer.open(sealed, "app", "cred:name")).isEmpty();
    assertThat(sealer.open(sealed, "cred:name", "app", "1")).isEmpty();
    assertThat(sealer.open(sealed, "appcred:name", "", "1")).isEmpty();
    assertThat(sealer.open(sealed, "app", "cred:name", "1", "")).isEmpty();
    assertThat(sealer.open(sealed)).isEmpty();
  }

  @Test
  void changedValuesDoNotOpen() {
    byte[] sealed = sealer.seal(PLAIN, PLACE);
    for (int bit = 0; bit < sealed.length * 8; bit++) {
      byte[] changed = sealed.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(sealer.open(changed, PLACE)).as("bit %d", bit).isEmpty();
    }
  }

  @Test
  void truncatedAndLengthenedValuesDoNotOpen() {
    byte[] sealed = sealer.seal(PLAIN, PLACE);
    for (int length = 0; length < sealed.length; length++) {
      assertThat(sealer.open(Arrays.copyOf(sealed, length), PLACE)).as("%d", length).isEmpty();
    }
    assertThat(sealer.open(Arrays.copyOf(sealed, sealed.length + 1), PLACE)).isEmpty();
  }

  @Test
  void foreignBytesDoNotOpen() {
    SecureRandom random = new SecureRandom();
    for (int first = 0; first < 256; first++) {
      byte[] foreign = new byte[200];
      random.nextBytes(foreign);
      foreign[0] = (byte) first;
      assertThat(sealer.open(foreign, PLACE)).isEmpty();
    }
    assertThat(sealer.open(KeyRing.ephemeral().sealer().seal(PLAIN, PLACE), PLACE)).isEmpty();
  }

  @Test
  void aValueUnderTheNameOfAnotherKeyDoesNotOpen() {
    byte[] one = random(32);
    byte[] two = random(32);
    KeyRing first = ring("k1", one, "k2", two);
    KeyRing swapped = ring("k1", two, "k2", one);

    byte[] sealed = first.sealer().seal(PLAIN, PLACE);
    assertThat(swapped.sealer().open(sealed, PLACE)).isEmpty();
    sealed[2] = '2';
    assertThat(first.sealer().open(sealed, PLACE)).isEmpty();
    // Under its own key, whatever that is called, it would be the same value.
    assertThat(swapped.sealer().open(sealed, PLACE)).hasValue(PLAIN);
  }

  @Test
  void sealingTwiceGivesDifferentBytes() {
    Set<List<Byte>> seen = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      byte[] sealed = sealer.seal(PLAIN, PLACE);
      Byte[] boxed = new Byte[12];
      for (int j = 0; j < 12; j++) {
        boxed[j] = sealed[1 + "ephemeral".length() + j];
      }
      assertThat(seen.add(List.of(boxed))).isTrue();
    }
  }

  @Test
  void manyThreadsSealAndOpenWithReusedCiphers() {
    byte[] other = PLAIN.clone();
    other[0]++;
    byte[] changed = sealer.seal(PLAIN, PLACE);
    changed[changed.length - 1]++;

    IntStream.range(0, 2_000)
        .parallel()
        .forEach(
            i -> {
              byte[] value = i % 2 == 0 ? PLAIN : other;
              assertThat(sealer.open(sealer.seal(value, PLACE), PLACE)).contains(value);
              assertThat(sealer.open(changed, PLACE)).isEmpty();
            });
  }

  @Test
  void theValueDoesNotShow() {
    String sealed = new String(sealer.seal(PLAIN, PLACE), StandardCharsets.ISO_8859_1);

    assertThat(sealed).doesNotContain("credential", "cred:name", "app");
  }

  @Test
  void namesAreKeyedAndSeparatedByNamespaceAndKind() {
    LoginIndex index = ring.loginIndex();
    LoginId login = LoginId.of("192.0.2.1");

    String name = index.name("app", login);

    assertThat(name).matches("[A-Za-z0-9_-]{22}").isEqualTo(index.name("app", login));
    assertThat(index.names("app", login)).containsExactly(name);
    assertThat(index.name("other", login)).isNotEqualTo(name);
    assertThat(index.name("app", LoginId.of("192.0.2.2"))).isNotEqualTo(name);
    assertThat(index.name("app", login.inTenant(new TenantId("t")))).isNotEqualTo(name);
    assertThat(KeyRing.ephemeral().loginIndex().name("app", login)).isNotEqualTo(name);
    assertThat(index.networkNames("app", "192.0.2.1"))
        .hasSize(1)
        .doesNotContain(name)
        .isEqualTo(index.networkNames("app", "192.0.2.1"))
        .isNotEqualTo(index.networkNames("app", "192.0.2.2"))
        .isNotEqualTo(index.networkNames("other", "192.0.2.1"));
    // The borders between the parts count.
    assertThat(index.name("ap", LoginId.of("p192.0.2.1"))).isNotEqualTo(name);
    LoginId shifted = LoginId.of("t192.0.2.1").inTenant(new TenantId("defaul"));
    assertThat(index.name("app", shifted)).isNotEqualTo(name);
    assertThat(index.name("app", LoginId.of("network192.0.2.1")))
        .isNotEqualTo(index.networkNames("app", "192.0.2.1").get(0));
  }

  private static KeyRing ring(String firstId, byte[] first, String secondId, byte[] second) {
    return KeyRing.builder()
        .signing(SigningKey.hs256("s", random(32)))
        .sealing(firstId, first)
        .sealing(secondId, second)
        .index("i", random(32))
        .build();
  }
}
