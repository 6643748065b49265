package io.doorward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import io.doorward.auth.testkit.TestSecrets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsTest {
  private static final String VARIABLE = "SHOP_SECRET";
  private static final byte[] SECRET = TestSecrets.newKey();

  @TempDir Path directory;

  private static byte[] read(@Nullable String value) {
    return Secrets.fromEnvironment(
        VARIABLE, name -> value == null ? null : Map.of(VARIABLE, value).get(name));
  }

  @Test
  void base64IsDecodedInEveryCommonForm() {
    assertThat(read(Base64.getEncoder().encodeToString(SECRET))).isEqualTo(SECRET);
    assertThat(read(Base64.getUrlEncoder().withoutPadding().encodeToString(SECRET)))
        .isEqualTo(SECRET);
    assertThat(read(" " + Base64.getEncoder().encodeToString(SECRET) + "\r\n")).isEqualTo(SECRET);
  }

  /** As openssl does after 64 characters. */
  @Test
  void linesOfBase64AreOneText() {
    byte[] secret = Arrays.copyOf(SECRET, 60);
    System.arraycopy(TestSecrets.newKey(), 0, secret, 32, 28);
    String wrapped = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(secret);

    assertThat(wrapped.lines()).hasSize(2);
    assertThat(read(wrapped + "\n")).isEqualTo(secret);
    assertThat(read(wrapped.replace("\n", "\r\n"))).isEqualTo(secret);
  }

  @Test
  void aFileIsReadLikeAVariable() throws IOException {
    Path file = directory.resolve("secret");
    Files.writeString(file, Base64.getEncoder().encodeToString(SECRET) + "\n");

    assertThat(Secrets.fromFile(file)).isEqualTo(SECRET);
  }

  @Test
  void aSigningKeyIsReadFromAFileInPem() throws IOException, GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    Path file = directory.resolve("key.pem");
    Files.writeString(
        file, pem("PRIVATE KEY", pair.getPrivate()) + pem("PUBLIC KEY", pair.getPublic()));

    SigningKey key = Secrets.signingKeyFromFile("k-1", file);

    assertThat(key.canSign()).isTrue();
    assertThat(key).hasToString("SigningKey[k-1, EdDSA]");
  }

  @Test
  void aFileWithoutAUsableSigningKeyIsNamedAndNotShown() throws Exception {
    Path file = directory.resolve("key.pem");
    PrivateKey secret = KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate();

    assertThatThrownBy(() -> Secrets.signingKeyFromFile("k", file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the file " + file + " cannot be read (NoSuchFileException)")
        .hasMessageContaining("openssl genpkey");
    Files.writeString(file, pem("PRIVATE KEY", secret));
    String base64 = Base64.getEncoder().encodeToString(secret.getEncoded());
    assertThatThrownBy(() -> Secrets.signingKeyFromFile("k", file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the file " + file + " cannot be used: ")
        .hasMessageContaining("-pubout")
        .hasMessageNotContaining(base64.substring(0, 12))
        .hasMessageNotContaining(base64.substring(20, 32));
    Files.writeString(file, "x".repeat(32_769));
    assertThatThrownBy(() -> Secrets.signingKeyFromFile("k", file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is longer than 32768 bytes");
  }

  @Test
  void aRingIsReadFromAFileWithTheCurrentSecretFirst() throws IOException {
    Path file = directory.resolve("keys");
    byte[] other = TestSecrets.newKey();
    Files.writeString(
        file,
        "# since May\n2026-11 " + base64(SECRET) + "\n\n  2026-05   " + base64(other) + "\r\n");

    KeyRing ring = Secrets.ringFromFile(file);

    assertThat(ring.fingerprints())
        .isEqualTo(
            KeyRing.builder()
                .secret("2026-11", SECRET)
                .secret("2026-05", other)
                .build()
                .fingerprints());
  }

  @Test
  void aLineThatIsRefusedIsNamedByItsNumberAndNotShown() throws IOException {
    Path file = directory.resolve("keys");
    String good = "a " + base64(SECRET) + "\n";
    assertRefused(file, "", "the file " + file + " is empty");
    assertRefused(file, good + base64(SECRET), "line 2 of the file " + file + " must be an id");
    assertRefused(file, good + "b !!", "line 2 of the file " + file + " holds no base64");
    assertRefused(file, good + "b c2hvcnQ=", "holds 5 bytes, which is too short");
    assertRefused(file, "\n" + good + good, "line 3 of the file " + file + " cannot be used: ");
    assertRefused(file, "x".repeat(32_769), "is longer than 32768 bytes");
    Files.delete(file);
    assertThatThrownBy(() -> Secrets.ringFromFile(file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot be read (NoSuchFileException)");
  }

  private static void assertRefused(Path file, String text, String why) throws IOException {
    Files.writeString(file, text);
    assertThatThrownBy(() -> Secrets.ringFromFile(file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(why)
        .hasMessageNotContaining(base64(SECRET).substring(0, 8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static String pem(String label, Key key) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
    return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
  }

  @Test
  void aMissingVariableIsNamed() {
    assertThatThrownBy(() -> read(null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "the environment variable SHOP_SECRET is not set: put at least 32 random bytes there,"
                + " in base64, for instance from: openssl rand -base64 32");
    assertThatThrownBy(() -> Secrets.fromEnvironment("DOORWARD_IS_NOT_SET"))
        .hasMessageContaining("DOORWARD_IS_NOT_SET is not set");
  }

  @ParameterizedTest
  @CsvSource({
    "'  ', is empty",
    "'correct horse battery', holds no base64",
    "'c2hvcnQtc2VjcmV0LW9mLTIyLWI=', 'holds 20 bytes, which is too short'",
    "'YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=', holds bytes that are not random"
  })
  void whatIsNoSecretIsNamedAndNeverPrinted(String value, String complaint) {
    assertThatThrownBy(() -> read(value))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("the environment variable SHOP_SECRET " + complaint)
        .hasMessageEndingWith("openssl rand -base64 32")
        .satisfies(
            e -> assertThat(e.getMessage().lines()).hasSize(1),
            e -> {
              for (Throwable at = e; at != null; at = at.getCause()) {
                assertThat(at.getMessage()).doesNotContain("horse", "c2hvcnQ", "YWFhYWF", "short-");
              }
            });
  }

  @Test
  void aFileThatIsMissingOrTooLongIsNamed() throws IOException {
    Path absent = directory.resolve("absent");
    assertThatThrownBy(() -> Secrets.fromFile(absent))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("the file " + absent + " cannot be read (NoSuchFileException)");

    Path dump = directory.resolve("dump");
    Files.writeString(dump, "a".repeat(5_000));
    assertThatThrownBy(() -> Secrets.fromFile(dump))
        .hasMessageStartingWith("the file " + dump + " is longer than 4096 bytes");
  }
}
