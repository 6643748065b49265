package io.doorward.auth.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.fixture.KeyPairs;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PemKeyTest {
  private static final KeyPair RSA = KeyPairs.rsa(2048);
  private static final KeyPair EC = KeyPairs.ec("secp256r1");
  private static final KeyPair ED = KeyPairs.named("Ed25519");

  static Stream<KeyPair> pairs() {
    return Stream.of(RSA, EC, ED);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void textOfBothHalvesGivesTheKeyInAnyOrder(KeyPair pair) {
    SigningKey key = KeyPairs.whole("k", pair);

    for (String text :
        List.of(
            secret(pair) + open(pair),
            open(pair) + secret(pair),
            (open(pair) + secret(pair)).replace("\n", "\r\n"),
            "Bag Attributes\n  friendlyName: k\n" + secret(pair) + "and\n" + open(pair) + "\n\n")) {
      SigningKey read = SigningKey.ofPem("k", text);
      assertThat(read.canSign()).isTrue();
      assertThat(read.shown()).isEqualTo(key.shown());
      assertThat(read).hasToString(key.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void thePublicHalfAloneGivesAKeyThatVerifies(KeyPair pair) {
    SigningKey read = SigningKey.ofPem("k", open(pair));

    assertThat(read.canSign()).isFalse();
    assertThat(read.shown()).isEqualTo(KeyPairs.whole("k", pair).shown());
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void thePrivateHalfAloneIsRefusedWithTheCommandThatAddsTheOther(KeyPair pair) {
    assertRefused(secret(pair))
        .withMessageContaining("openssl pkey -in key.pem -pubout >> key.pem");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EC PRIVATE KEY",
        "RSA PRIVATE KEY",
        "RSA PUBLIC KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "EC PARAMETERS",
        "CERTIFICATE"
      })
  void otherBlocksAreNamedAndRefusedWithTheCommandsThatConvert(String label) {
    assertRefused(open(ED) + pem(label, ED.getPrivate()))
        .withMessageContaining("had " + label + ": write them by: openssl pkey");
  }

  @Test
  void anUnknownLabelIsNotRepeated() {
    assertRefused(open(ED) + pem("HUNTER 2 HUNTER 2", ED.getPrivate()))
        .withMessageContaining("had another one")
        .withMessageNotContaining("HUNTER");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "no PEM", "MCowBQYDK2VwAyEA"})
  void textWithoutABlockIsRefused(String text) {
    assertThatThrownBy(() -> SigningKey.ofPem("k", text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("PEM of a signing key must have a block PUBLIC KEY, had no block at all");
  }

  @Test
  void aSecondKeyInTheTextIsRefused() {
    assertRefused(open(ED) + open(ED)).withMessageContaining("one block PUBLIC KEY, had two");
    assertRefused(open(ED) + secret(ED) + secret(EC))
        .withMessageContaining("one block PRIVATE KEY, had two");
  }

  @Test
  void halvesOfDifferentKeysAreRefused() {
    assertRefused(open(ED) + secret(EC)).withMessageContaining("halves of one key");
    assertRefused(open(RSA) + secret(ED)).withMessageContaining("halves of one key");
    assertRefused(open(EC) + secret(KeyPairs.ec("secp256r1")))
        .withMessageContaining("halves of one key");
  }

  @Test
  void damagedBlocksAreRefused() {
    String secret = secret(EC);
    assertRefused(open(EC) + secret.replaceFirst("\nM", "\n!"))
        .withMessage("PEM block PRIVATE KEY must hold base64");
    assertRefused(open(EC) + secret.replaceFirst("\nM", "\nA"))
        .withMessage("PEM block PRIVATE KEY must hold a key of RSA, EC on P-256 or Ed25519");
    assertRefused(open(EC).replaceFirst("\nM", "\nA"))
        .withMessage("PEM block PUBLIC KEY must hold a key of RSA, EC on P-256 or Ed25519");
    for (String cut :
        List.of(
            open(EC) + secret(EC).replaceFirst("-----END(?s).*", ""),
            open(EC) + secret(EC).replaceFirst("\nM", "\nM-"),
            "-----BEGIN PRIVATE KEY-----" + open(EC),
            "-----BEGIN PUBLIC KEY-----")) {
      assertRefused(cut).withMessageContaining("whole blocks only");
    }
    assertRefused(open(EC).replace("END PUBLIC", "END PRIVATE"))
        .withMessageContaining("must end a block by the label that it began with");
    for (int length = 60; length < secret.length() - 30; length += 7) {
      String cut = secret.substring(0, length) + "\n-----END PRIVATE KEY-----\n";
      assertThatThrownBy(() -> SigningKey.ofPem("k", open(EC) + cut))
          .isInstanceOf(IllegalArgumentException.class)
          .hasNoCause();
    }
  }

  @Test
  void keysOfOtherCurvesAndAlgorithmsAreRefused() throws GeneralSecurityException {
    KeyPairGenerator pss = KeyPairGenerator.getInstance("RSASSA-PSS");
    pss.initialize(2048);
    KeyPairGenerator dsa = KeyPairGenerator.getInstance("DSA");
    dsa.initialize(1024);
    for (KeyPair other :
        List.of(
            KeyPairs.named("X25519"),
            KeyPairs.named("Ed448"),
            KeyPairs.named("X448"),
            pss.generateKeyPair(),
            dsa.generateKeyPair())) {
      assertRefused(open(other) + secret(other))
          .withMessageContaining("PUBLIC KEY must hold a key");
      assertRefused(open(ED) + secret(other)).withMessageContaining("PRIVATE KEY must hold a key");
    }
    KeyPair p384 = KeyPairs.ec("secp384r1");
    assertRefused(open(p384) + secret(p384)).withMessageContaining("must be on the curve P-256");
    KeyPair small = KeyPairs.rsa(1024);
    assertRefused(open(small) + secret(small)).withMessageContaining("2048 to 8192 bits, had 1024");
  }

  @Test
  void textThatIsLongerThanAnyKeyIsNotRead() {
    assertThatThrownBy(() -> SigningKey.ofPem("k", "x".repeat(32_769)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 32768 characters, had 32769");
    // Four times as long as the key of 2048 bits is one of 8192.
    assertThat(4 * (open(RSA) + secret(RSA)).length()).isLessThan(32_768 / 2);
  }

  @Test
  void aKeyIsNotPrintedByItsHalves() {
    assertThat(PemKey.read(open(ED) + secret(ED))).hasToString("PemKey[EdDSA]");
  }

  /** Refused, and neither the message nor a cause has anything of the key. */
  private static ThrowableAssertAlternative<IllegalArgumentException> assertRefused(String pem) {
    String[] parts =
        pem.lines()
            .filter(line -> !line.startsWith("-----"))
            .map(line -> line.substring(0, Math.min(8, line.length())))
            .toArray(String[]::new);
    return org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
        .isThrownBy(() -> SigningKey.ofPem("k", pem))
        .satisfies(
            e -> {
              for (String part : parts) {
                assertThat(e.toString() + e.getCause()).doesNotContain(part);
              }
            });
  }

  private static String open(KeyPair pair) {
    return pem("PUBLIC KEY", pair.getPublic());
  }

  private static String secret(KeyPair pair) {
    return pem("PRIVATE KEY", pair.getPrivate());
  }

  private static String pem(String label, Key key) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
    return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
  }
}
