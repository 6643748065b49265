package io.doorward.auth.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import com.auth0.jwt.exceptions.SignatureGenerationException;
import io.doorward.auth.fixture.CallerProof;
import io.doorward.auth.fixture.KeyPairs;
import java.lang.invoke.MethodHandles;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SigningKeyTest {
  private static final MethodHandles.Lookup TOKENS =
      CallerProof.of("io.doorward.auth.session.AccessTokens");
  private static final KeyPair RSA = KeyPairs.rsa(2048);
  private static final KeyPair ED = KeyPairs.named("Ed25519");
  private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

  @Test
  void edDsaGivesTheSignatureOfRfc8037() throws GeneralSecurityException {
    // Appendix A.1 and A.4.
    SigningKey key =
        SigningKey.eddsa(
            "k",
            edPublic("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
            edPrivate("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"));
    String input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    Algorithm algorithm = key.algorithm(TOKENS);

    assertThat(algorithm.getName()).isEqualTo("EdDSA");
    assertThat(b64(algorithm.sign(input.getBytes(StandardCharsets.US_ASCII))))
        .isEqualTo(
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    assertThat(key.jwk().orElseThrow())
        .containsEntry("x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  }

  static Stream<KeyPair> pairs() {
    return Stream.of(RSA, KeyPairs.ec("secp256r1"), ED);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void aPublicHalfVerifiesAndHasTheFingerprintOfTheWholeKey(KeyPair pair) {
    SigningKey whole = KeyPairs.whole("k", pair);
    SigningKey half = KeyPairs.publicHalf("k", pair);

    assertThat(whole.canSign()).isTrue();
    assertThat(half.canSign()).isFalse();
    assertThat(half.shown()).isEqualTo(whole.shown()).matches("[0-9a-f]{32}");
    assertThat(half.jwk()).isEqualTo(whole.jwk());
    assertThat(whole.fingerprint()).isEmpty();
    assertThatThrownBy(() -> half.algorithm(TOKENS).sign(new byte[] {1}))
        .isInstanceOf(SignatureGenerationException.class);
    half.algorithm(TOKENS).verify(JWT.decode(JWT.create().sign(whole.algorithm(TOKENS))));
  }

  @Test
  void keysOfAllKindsHaveFingerprintsOfTheirOwn() {
    assertThat(Stream.concat(pairs(), pairs().skip(1).limit(1)).map(it -> shown(it)))
        .doesNotHaveDuplicates();
    assertThat(shown(RSA)).isNotEqualTo(shown(KeyPairs.rsa(2048)));
    assertThat(shown(ED)).isNotEqualTo(shown(KeyPairs.named("Ed25519")));
  }

  private static String shown(KeyPair pair) {
    return KeyPairs.whole("k", pair).shown();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void aKeyShowsItsNameAndAlgorithmOnly(KeyPair pair) {
    SigningKey key = KeyPairs.whole("k", pair);

    assertThat(key).hasToString("SigningKey[k, " + key.algorithm(TOKENS).getName() + "]");
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2047, 8193, 16384})
  void rsaKeysOfAnotherLengthAreRefused(int bits) {
    RSAPublicKey key = rsa(bits);

    assertThatThrownBy(() -> SigningKey.rs256("k", key, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("key of RS256 must have 2048 to 8192 bits, had " + bits);
  }

  @ParameterizedTest
  @ValueSource(ints = {2048, 8192})
  void theShortestAndTheLongestRsaKeysAreAccepted(int bits) {
    RSAPublicKey key = rsa(bits);

    assertThat(SigningKey.rs256("k", key, null).canSign()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "3", "17", "65535", "65536", "65538", "4294967296"})
  void oddPublicExponentsAreRefused(String exponent) {
    assertThatThrownBy(
            () -> SigningKey.rs256("k", new OddRsaKey(modulus(), new BigInteger(exponent)), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("public exponent of RS256 must be odd and of 65537 to 2^256");
  }

  @Test
  void aHugeOrNegativePublicExponentIsRefused() {
    for (BigInteger exponent :
        List.of(BigInteger.ONE.shiftLeft(256).setBit(0), BigInteger.valueOf(-65537))) {
      assertThatThrownBy(() -> SigningKey.rs256("k", new OddRsaKey(modulus(), exponent), null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("public exponent");
    }
  }

  @Test
  void aKeyForRsaPssIsRefused() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSASSA-PSS");
    generator.initialize(2048);
    KeyPair pss = generator.generateKeyPair();

    assertThatThrownBy(() -> KeyPairs.whole("k", pss))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("key of RS256 must be one for RSA, was for RSASSA-PSS");
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void halvesOfDifferentKeysAreRefused(KeyPair pair) {
    PrivateKey other = otherOf(pair).getPrivate();

    assertThatThrownBy(() -> KeyPairs.whole("k", new KeyPair(pair.getPublic(), other)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("halves of one key");
  }

  @Test
  void anRsaKeyWithAPrivateHalfOfAnotherLengthIsRefused() {
    RSAPrivateKey longer = (RSAPrivateKey) KeyPairs.rsa(3072).getPrivate();

    assertThatThrownBy(() -> SigningKey.rs256("k", (RSAPublicKey) RSA.getPublic(), longer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("halves of one key");
  }

  private static KeyPair otherOf(KeyPair pair) {
    return switch (pair.getPublic().getAlgorithm()) {
      case "RSA" -> KeyPairs.rsa(2048);
      case "EC" -> KeyPairs.ec("secp256r1");
      default -> KeyPairs.named("Ed25519");
    };
  }

  @Test
  void keysOfEd448AreRefused() {
    KeyPair other = KeyPairs.named("Ed448");

    assertThatThrownBy(() -> KeyPairs.whole("k", other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("public key of EdDSA must be of the curve Ed25519, was of Ed448");
    assertThatThrownBy(() -> KeyPairs.whole("k", new KeyPair(ED.getPublic(), other.getPrivate())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("private key of EdDSA must be of the curve Ed25519, was of Ed448");
  }

  /** One signature is valid for every text under a key of small order. */
  @Test
  void pointsOfSmallOrderAreRefused() {
    BigInteger eight =
        new BigInteger("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16);
    for (BigInteger y :
        List.of(
            BigInteger.ZERO,
            BigInteger.ONE,
            P.subtract(BigInteger.ONE),
            eight,
            P.subtract(eight),
            P,
            P.add(BigInteger.ONE),
            BigInteger.valueOf(-1))) {
      for (boolean xOdd : new boolean[] {false, true}) {
        assertNoPoint(new EdECPoint(xOdd, y));
      }
    }
  }

  @Test
  void aNumberThatIsTheYOfNoPointIsRefused() {
    // RFC 8032, 5.1.3: of about half of all numbers there is no x.
    assertNoPoint(new EdECPoint(false, BigInteger.TWO));
    assertNoPoint(new EdECPoint(false, BigInteger.valueOf(7)));
    assertThat(
            SigningKey.eddsa("k", new OddEdKey(new EdECPoint(true, BigInteger.valueOf(3))), null))
        .isNotNull();
  }

  private static void assertNoPoint(EdECPoint point) {
    assertThatThrownBy(() -> SigningKey.eddsa("k", new OddEdKey(point), null))
        .as("%s", point.getY())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("public key of EdDSA must be a point of the curve Ed25519");
  }

  @Test
  void keysOfAnotherProviderAreAccepted() throws GeneralSecurityException {
    BouncyCastleProvider provider = new BouncyCastleProvider();
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA", provider);
    rsa.initialize(2048);

    assertThat(KeyPairs.whole("k", rsa.generateKeyPair()).canSign()).isTrue();
    assertThat(
            KeyPairs.whole("k", KeyPairGenerator.getInstance("Ed25519", provider).generateKeyPair())
                .canSign())
        .isTrue();
  }

  private static BigInteger modulus() {
    return ((RSAPublicKey) RSA.getPublic()).getModulus();
  }

  private static RSAPublicKey rsa(int bits) {
    return new OddRsaKey(BigInteger.ONE.shiftLeft(bits - 1).setBit(0), BigInteger.valueOf(65537));
  }

  private static EdECPublicKey edPublic(String x) throws GeneralSecurityException {
    byte[] bytes = Base64.getUrlDecoder().decode(x);
    boolean xOdd = bytes[31] < 0;
    bytes[31] &= 0x7f;
    byte[] bigEndian = new byte[32];
    for (int i = 0; i < 32; i++) {
      bigEndian[i] = bytes[31 - i];
    }
    return (EdECPublicKey)
        KeyFactory.getInstance("Ed25519")
            .generatePublic(
                new EdECPublicKeySpec(
                    NamedParameterSpec.ED25519,
                    new EdECPoint(xOdd, new BigInteger(HexFormat.of().formatHex(bigEndian), 16))));
  }

  private static EdECPrivateKey edPrivate(String d) throws GeneralSecurityException {
    return (EdECPrivateKey)
        KeyFactory.getInstance("Ed25519")
            .generatePrivate(
                new EdECPrivateKeySpec(
                    NamedParameterSpec.ED25519, Base64.getUrlDecoder().decode(d)));
  }

  private static String b64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** A public key that no key factory would give out. */
  private record OddRsaKey(BigInteger modulus, BigInteger exponent)
      implements RSAPublicKey, OddKey {
    @Override
    public BigInteger getModulus() {
      return modulus;
    }

    @Override
    public BigInteger getPublicExponent() {
      return exponent;
    }

    @Override
    public String getAlgorithm() {
      return "RSA";
    }
  }

  /** A public key that no key factory would give out. */
  private record OddEdKey(EdECPoint point) implements EdECPublicKey, OddKey {
    @Override
    public EdECPoint getPoint() {
      return point;
    }

    @Override
    public NamedParameterSpec getParams() {
      return NamedParameterSpec.ED25519;
    }

    @Override
    public String getAlgorithm() {
      return "EdDSA";
    }
  }
}
