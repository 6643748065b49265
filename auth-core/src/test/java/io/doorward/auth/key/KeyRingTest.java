package io.doorward.auth.key;

import static io.doorward.auth.fixture.Fixtures.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.base.LoginId;
import io.doorward.auth.fixture.CallerProof;
import io.doorward.auth.key.KeyRegistry.KeyFingerprint;
import java.lang.invoke.MethodHandles;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRingTest {
  private static final MethodHandles.Lookup TOKENS =
      CallerProof.of("io.doorward.auth.session.AccessTokens");
  private static final MethodHandles.Lookup REFRESH =
      CallerProof.of("io.doorward.auth.engine.session.RefreshTokens");
  private static final KeyPair EC = ecKeyPair("secp256r1");

  @Test
  void derivationGivesTheAnswerOfRfc5869() {
    byte[] secret = new byte[22];
    Arrays.fill(secret, (byte) 0x0b);

    // Appendix A.3: empty salt, empty info; the first of its two blocks.
    assertThat(hex(KeyHashes.derive(secret, "")))
        .isEqualTo("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
  }

  @Test
  void derivationSeparatesPurposesAndSecrets() {
    byte[] secret = random(32);

    assertThat(KeyHashes.derive(secret, "a")).isNotEqualTo(KeyHashes.derive(secret, "b"));
    assertThat(KeyHashes.derive(secret, "a")).isNotEqualTo(KeyHashes.derive(random(32), "a"));
  }

  @Test
  void fingerprintsTellKeysApartAndTheFirstOfAPurposeIsCurrent() {
    byte[] secret = random(32);
    KeyRing ring = KeyRing.builder().secret("new", random(32)).secret("old", secret).build();
    KeyRing other = KeyRing.builder().secret("old", secret).secret("odd", random(32)).build();

    assertThat(ring.fingerprints()).hasSize(6);
    assertThat(ring.fingerprints())
        .allMatch(key -> key.current() == key.id().equals("new"))
        .extracting(KeyFingerprint::value)
        .doesNotHaveDuplicates();
    for (KeyFingerprint key : other.fingerprints()) {
      assertThat(ring.fingerprints().stream().anyMatch(it -> it.value().equals(key.value())))
          .isEqualTo(key.id().equals("old"));
    }
  }

  @Test
  void aFingerprintHoldsNothingOfItsKeyNorAHashOfItAlone() {
    byte[] key = random(32);
    String shown = KeyHashes.shown(key, "sealing");

    assertThat(shown).hasSize(32).isEqualTo(KeyHashes.shown(key, "sealing"));
    assertThat(shown).isNotEqualTo(KeyHashes.shown(key, "index"));
    assertThat(hex(key)).doesNotContain(shown.substring(0, 8));
    assertThat(KeyHashes.fingerprint(key)).doesNotContain(shown);
  }

  @Test
  void aPublicKeyAloneHasTheFingerprintOfTheWholeKey() {
    ECPublicKey half = (ECPublicKey) EC.getPublic();
    SigningKey whole = SigningKey.es256("k", half, (ECPrivateKey) EC.getPrivate());

    assertThat(SigningKey.es256("k", half, null).shown()).isEqualTo(whole.shown());
    assertThat(
            SigningKey.es256("k", (ECPublicKey) ecKeyPair("secp256r1").getPublic(), null).shown())
        .isNotEqualTo(whole.shown());
  }

  @Test
  void oneSecretGivesTheSameRingOnEveryNode() {
    byte[] secret = random(48);
    KeyRing one = KeyRing.ofSecret("k", secret);
    KeyRing other = KeyRing.ofSecret("k", secret);
    LoginId login = LoginId.email("a@b.example");

    assertThat(other.loginIndex().name("ns", login)).isEqualTo(one.loginIndex().name("ns", login));
    assertThat(other.sealer().open(one.sealer().seal(bytes("value"), "place"), "place"))
        .hasValue(bytes("value"));
    assertThat(one.signingKey().id()).isEqualTo("k");
    assertThat(one.signingKey().algorithm(TOKENS).getName()).isEqualTo("HS256");
    assertThat(one.signingKey().algorithm(TOKENS).sign(bytes("x")))
        .isEqualTo(other.signingKey().algorithm(TOKENS).sign(bytes("x")));
  }

  @Test
  void aKeySignsForNoClassButTheTokens() {
    SigningKey key = KeyRing.ofSecret("k", random(32)).signingKey();

    for (MethodHandles.Lookup other :
        List.of(
            MethodHandles.lookup(),
            MethodHandles.publicLookup(),
            MethodHandles.lookup().in(TOKENS.lookupClass()),
            CallerProof.of("io.doorward.auth.session.AccessTokens$Builder"))) {
      assertThatThrownBy(() -> key.algorithm(other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("caller must be io.doorward.auth.session.AccessTokens");
    }
  }

  @Test
  void refreshTokensHaveKeysOfTheirOwn() throws GeneralSecurityException {
    byte[] sealing = random(32);
    KeyRing ring = ring(sealing);
    byte[] code = ring.refreshMac("seal", REFRESH, "a", "bc").orElseThrow();

    assertThat(ring.refreshKeyId()).isEqualTo("seal");
    assertThat(code)
        .hasSize(32)
        .isEqualTo(ring(sealing).refreshMac("seal", REFRESH, "a", "bc").get());
    assertThat(code).isNotEqualTo(ring.refreshMac("seal", REFRESH, "ab", "c").orElseThrow());
    assertThat(code).isNotEqualTo(ring(random(32)).refreshMac("seal", REFRESH, "a", "bc").get());
    assertThat(ring.refreshMac("sign", REFRESH, "a", "bc")).isEmpty();
    assertThat(ring.refreshMac("index", REFRESH, "a", "bc")).isEmpty();
    Mac underTheSealingKey = Mac.getInstance("HmacSHA256");
    underTheSealingKey.init(new SecretKeySpec(sealing, "HmacSHA256"));
    assertThat(code).isNotEqualTo(underTheSealingKey.doFinal(Sealer.encode("a", "bc")));
  }

  private static KeyRing ring(byte[] sealing) {
    return KeyRing.builder()
        .signing(SigningKey.hs256("sign", random(32)))
        .sealing("seal", sealing)
        .index("index", random(32))
        .build();
  }

  @Test
  void aRefreshTokenIsMadeForNoClassButItsIssuer() {
    KeyRing ring = KeyRing.ofSecret("k", random(32));

    for (MethodHandles.Lookup other :
        List.of(
            MethodHandles.lookup(),
            MethodHandles.lookup().in(REFRESH.lookupClass()),
            CallerProof.of("io.doorward.auth.engine.session.Refreshes"))) {
      assertThatThrownBy(() -> ring.refreshMac("k", other, "a"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("caller must be io.doorward.auth.engine.session.RefreshTokens");
    }
  }

  @Test
  void duringARotationTheFirstSecretIsCurrentAndTheEarlierOneIsAccepted() {
    byte[] early = random(32);
    KeyRing before = KeyRing.ofSecret("2026-01", early);
    KeyRing during =
        KeyRing.builder().secret("2026-07", random(32)).secret("2026-01", early).build();
    LoginId login = LoginId.email("a@b.example");

    assertThat(during.signingKey().id()).isEqualTo("2026-07");
    assertThat(during.signingKey("2026-01")).isPresent();
    assertThat(during.signingKey("2025-07")).isEmpty();
    assertThat(during.sealer().open(before.sealer().seal(bytes("old"), "p"), "p"))
        .hasValue(bytes("old"));
    assertThat(before.sealer().open(during.sealer().seal(bytes("new"), "p"), "p")).isEmpty();
    assertThat(during.loginIndex().names("ns", login))
        .hasSize(2)
        .startsWith(during.loginIndex().name("ns", login))
        .endsWith(before.loginIndex().name("ns", login));
  }

  @Test
  void anEphemeralRingIsSharedWithNobody() {
    byte[] sealed = KeyRing.ephemeral().sealer().seal(bytes("value"));

    assertThat(KeyRing.ephemeral().sealer().open(sealed)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16, 31})
  void shortSecretsAreRefusedWithTheCommandThatMakesAGoodOne(int length) {
    byte[] secret = random(length);

    for (Runnable use : uses(secret)) {
      assertThatThrownBy(use::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("32")
          .hasMessageContaining("was " + length);
    }
    assertThatThrownBy(() -> KeyRing.ofSecret("k", secret))
        .hasMessageContaining("openssl rand -base64 32");
  }

  @Test
  void constantKeysAndPassphrasesAreRefused() {
    byte[] seven = new byte[32];
    for (int i = 0; i < 32; i++) {
      seven[i] = (byte) (i % 7);
    }
    for (byte[] secret :
        new byte[][] {
          new byte[32],
          seven,
          bytes("correct horse battery staple 123"),
          bytes("0123456789abcdef0123456789abcdef")
        }) {
      for (Runnable use : uses(secret)) {
        assertThatThrownBy(use::run)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("openssl rand -base64 32")
            .hasMessageNotContaining("horse");
      }
    }
    // 64 hexadecimal digits do hold 32 random bytes.
    assertThat(KeyRing.ofSecret("k", bytes(hex(random(32))))).isNotNull();
  }

  @Test
  void sealingAndIndexKeysHaveExactlyThirtyTwoBytes() {
    assertThatThrownBy(() -> KeyRing.builder().sealing("k", random(33)))
        .hasMessageContaining("sealing key must be exactly 32 bytes, was 33");
    assertThatThrownBy(() -> KeyRing.builder().index("k", random(64)))
        .hasMessageContaining("index key must be exactly 32 bytes, was 64");
  }

  @Test
  void twoKeysOfOneNameAreRefusedAndTheFirstStays() {
    KeyRing.Builder builder =
        KeyRing.builder()
            .signing(SigningKey.hs256("k", random(32)))
            .sealing("k", random(32))
            .index("k", random(32));

    assertThatThrownBy(() -> builder.signing(SigningKey.hs256("k", random(32))))
        .hasMessageContaining("unique")
        .hasMessageContaining("k");
    assertThatThrownBy(() -> builder.sealing("k", random(32))).hasMessageContaining("unique");
    assertThatThrownBy(() -> builder.index("k", random(32))).hasMessageContaining("unique");
    assertThatThrownBy(() -> builder.secret("k", random(32))).hasMessageContaining("unique");
    assertThat(builder.build().signingKey().id()).isEqualTo("k");
  }

  @Test
  void oneKeyServesOnePurposeUnderOneName() {
    byte[] key = random(32);
    KeyRing.Builder builder = KeyRing.builder().sealing("k", key);

    assertThatThrownBy(() -> builder.sealing("other", key)).hasMessageContaining("twice");
    assertThatThrownBy(() -> builder.index("k", key)).hasMessageContaining("twice");
    assertThatThrownBy(() -> builder.signing(SigningKey.hs256("k", key)))
        .hasMessageContaining("twice");
    assertThatThrownBy(() -> KeyRing.builder().secret("a", key).secret("b", key))
        .hasMessageContaining("twice");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a.b", "../x", "\u00e4", "123456789012345678901234567890123"})
  void namesOfKeysArePlain(String id) {
    assertThatThrownBy(() -> SigningKey.hs256(id, random(32))).hasMessageContaining("key id");
    assertThatThrownBy(() -> KeyRing.builder().sealing(id, random(32)))
        .hasMessageContaining("key id");
    assertThatThrownBy(() -> KeyRing.builder().index(id, random(32)))
        .hasMessageContaining("key id");
  }

  @Test
  void aRingNeedsAKeyOfEachPurposeAndOneThatSigns() {
    assertThatThrownBy(() -> KeyRing.builder().sealing("k", random(32)).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("signing=0 sealing=1 index=0");
    KeyRing.Builder verifier =
        KeyRing.builder()
            .signing(SigningKey.es256("es", (ECPublicKey) EC.getPublic(), null))
            .sealing("k", random(32))
            .index("k", random(32));
    assertThatThrownBy(verifier::build).hasMessageContaining("private half");
  }

  @ParameterizedTest
  @ValueSource(strings = {"secp256k1", "brainpoolP256r1", "secp384r1", "secp521r1"})
  void keysOfAnotherCurveAreRefused(String curve) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", new BouncyCastleProvider());
    generator.initialize(new ECGenParameterSpec(curve));
    KeyPair other = generator.generateKeyPair();

    assertThatThrownBy(() -> SigningKey.es256("k", (ECPublicKey) other.getPublic(), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("P-256");
    assertThatThrownBy(
            () ->
                SigningKey.es256(
                    "k", (ECPublicKey) EC.getPublic(), (ECPrivateKey) other.getPrivate()))
        .hasMessageContaining("P-256");
  }

  @Test
  void keysOfAnotherProviderOnTheRightCurveAreAccepted() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", new BouncyCastleProvider());
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();

    assertThat(
            SigningKey.es256("k", (ECPublicKey) pair.getPublic(), (ECPrivateKey) pair.getPrivate())
                .canSign())
        .isTrue();
  }

  @Test
  void halvesOfDifferentKeysAreRefused() {
    KeyPair other = ecKeyPair("secp256r1");

    assertThatThrownBy(
            () ->
                SigningKey.es256(
                    "k", (ECPublicKey) EC.getPublic(), (ECPrivateKey) other.getPrivate()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("halves");
  }

  @Test
  void aPublicKeyThatIsNoPointOfTheCurveIsRefused() {
    ECPublicKey real = (ECPublicKey) EC.getPublic();
    BigInteger x = real.getW().getAffineX();
    BigInteger y = real.getW().getAffineY();

    for (ECPoint point :
        new ECPoint[] {
          new ECPoint(x.add(BigInteger.ONE), y),
          new ECPoint(BigInteger.ZERO, BigInteger.ZERO),
          ECPoint.POINT_INFINITY
        }) {
      assertThatThrownBy(() -> SigningKey.es256("k", new OddEcKey(point, real.getParams()), null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("point");
    }
  }

  @Test
  void noKeyIsPrinted() {
    byte[] secret = random(32);
    KeyRing ring = KeyRing.ofSecret("k", secret);

    for (String text :
        new String[] {
          ring.toString(),
          ring.sealer().toString(),
          ring.loginIndex().toString(),
          ring.signingKey().toString()
        }) {
      assertThat(text)
          .doesNotContain(hex(secret), hex(KeyHashes.derive(secret, "doorward signing HS256")))
          .hasSizeLessThan(80);
    }
  }

  private static Runnable[] uses(byte[] key) {
    return new Runnable[] {
      () -> KeyRing.ofSecret("k", key),
      () -> SigningKey.hs256("k", key),
      () -> KeyRing.builder().sealing("k", key),
      () -> KeyRing.builder().index("k", key)
    };
  }

  private static KeyPair ecKeyPair(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** A public key that no key factory would give out. */
  private record OddEcKey(ECPoint point, ECParameterSpec curve) implements ECPublicKey, OddKey {
    @Override
    public ECPoint getW() {
      return point;
    }

    @Override
    public ECParameterSpec getParams() {
      return curve;
    }

    @Override
    public String getAlgorithm() {
      return "EC";
    }
  }
}
