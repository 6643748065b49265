package io.doorward.auth.session;

import static io.doorward.auth.fixture.Fixtures.random;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.event.AccessEvent.TokenRefusal;
import io.doorward.auth.fixture.CallerProof;
import io.doorward.auth.fixture.KeyPairs;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import io.doorward.auth.session.AccessTokens.Genuine;
import io.doorward.auth.session.AccessTokens.Refused;
import io.doorward.auth.session.AccessTokens.Verification;
import java.lang.invoke.MethodHandles;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds for tokens of every algorithm, each in one ring with all the others. */
class SigningAlgorithmsTest {
  private static final MethodHandles.Lookup SESSIONS =
      CallerProof.of("io.doorward.auth.engine.session.SessionManager");
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final byte[] SECRET = random(32);
  private static final KeyPair RSA = KeyPairs.rsa(2048);
  private static final KeyPair EC = KeyPairs.ec("secp256r1");
  private static final KeyPair ED = KeyPairs.named("Ed25519");

  /** The order of the base point of Ed25519 (RFC 8032, 5.1). */
  private static final BigInteger L =
      BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

  private static final String CLAIMS =
      "{\"iss\":\"doorward\",\"aud\":\"doorward\",\"sub\":\"account-1\",\"sid\":\"session-1\","
          + "\"jti\":\"token-1\",\"iat\":"
          + START.getEpochSecond()
          + ",\"exp\":"
          + (START.getEpochSecond() + 600)
          + "}";

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private final AccessTokens tokens =
      tokens(Arrays.stream(Alg.values()).map(Alg::key).toArray(SigningKey[]::new));
  private final Session session =
      Session.builder(
              new AccountId("account-1"),
              SessionKind.BEARER,
              new Epoch(7, "tag"),
              START,
              START.plus(Duration.ofHours(12)),
              Duration.ofMinutes(30))
          .id(new SessionId("session-1"))
          .build();

  /** An algorithm, its key and how a stranger to this library signs by it. */
  private enum Alg {
    HS256("hs"),
    ES256("es"),
    RS256("rs"),
    EdDSA("ed");

    private final String kid;

    Alg(String kid) {
      this.kid = kid;
    }

    SigningKey key() {
      return this == HS256 ? SigningKey.hs256(kid, SECRET) : KeyPairs.whole(kid, pair());
    }

    SigningKey verifyingKey() {
      return this == HS256 ? key() : KeyPairs.publicHalf(kid, pair());
    }

    KeyPair pair() {
      return switch (this) {
        case RS256 -> RSA;
        case ES256 -> EC;
        default -> ED;
      };
    }

    KeyPair otherPair() {
      return switch (this) {
        case RS256 -> KeyPairs.rsa(2048);
        case ES256 -> KeyPairs.ec("secp256r1");
        default -> KeyPairs.named("Ed25519");
      };
    }

    byte[] sign(KeyPair pair, String input) {
      byte[] bytes = input.getBytes(US_ASCII);
      if (this == HS256) {
        return mac(SECRET, bytes);
      }
      try {
        Signature signature =
            Signature.getInstance(
                switch (this) {
                  case RS256 -> "SHA256withRSA";
                  case ES256 -> "SHA256withECDSAinP1363Format";
                  default -> "Ed25519";
                });
        signature.initSign(pair.getPrivate());
        signature.update(bytes);
        return signature.sign();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Returns a token that this algorithm's key signed, whatever its header says. */
    String token(String alg, String kid) {
      String input = input(alg, kid);
      return input + '.' + b64(sign(pair(), input));
    }

    String token() {
      return token(name(), kid);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anIssuedTokenPassesHereAndWhereOnlyItsPublicHalfIs(Alg alg) {
    AccessTokens signer = tokens(alg.key());
    AccessTokens verifier = tokens(SigningKey.hs256("own", random(32)), alg.verifyingKey());

    AccessToken token = signer.issue(session, START.plusSeconds(600), SESSIONS);

    String header = new String(Base64.getUrlDecoder().decode(part(token, 0)), UTF_8);
    assertThat(header).contains("\"alg\":\"" + alg + "\"", "\"kid\":\"" + alg.kid + "\"");
    for (AccessTokens any : List.of(signer, verifier, tokens)) {
      assertThat(any.verify(token)).isInstanceOf(Genuine.class);
      assertThat(any.named(token)).isPresent();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aTokenThatAnotherLibrarySignedByTheKeyPasses(Alg alg) {
    assertThat(verify(alg.token())).isInstanceOf(Genuine.class);
  }

  @ParameterizedTest
  @EnumSource
  void theNameOfAnotherKeyIsRefused(Alg alg) {
    for (Alg other : Alg.values()) {
      if (other != alg) {
        assertInvalid(alg.token(alg.name(), other.kid));
        assertInvalid(alg.token(other.name(), other.kid));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anotherAlgorithmInTheHeaderIsRefused(Alg alg) {
    List<String> names =
        new ArrayList<>(
            List.of("none", "", "RS384", "RS512", "PS256", "ES384", "ES256K", "HS384", "Ed25519"));
    names.addAll(List.of("Ed448", "EDDSA", "eddsa", "rs256", "es256", "hs256"));
    Arrays.stream(Alg.values()).filter(it -> it != alg).map(Alg::name).forEach(names::add);

    for (String name : names) {
      assertInvalid(alg.token(name, alg.kid));
      assertInvalid(input(name, alg.kid) + '.');
    }
  }

  @ParameterizedTest
  @EnumSource(names = "HS256", mode = EnumSource.Mode.EXCLUDE)
  void aPublicKeyIsNoSecret(Alg alg) {
    byte[] der = alg.pair().getPublic().getEncoded();
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    String pem = "-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----";
    List<byte[]> secrets = new ArrayList<>(List.of(der, new byte[1]));
    for (String text : List.of(pem, pem + '\n', base64, jwks(alg))) {
      secrets.add(text.getBytes(US_ASCII));
    }
    secrets.add(Arrays.copyOfRange(der, der.length - 32, der.length));
    secrets.add(Arrays.copyOfRange(der, der.length - 33, der.length));
    if (alg.pair().getPublic() instanceof RSAPublicKey rsa) {
      secrets.add(rsa.getModulus().toByteArray());
    }

    for (byte[] secret : secrets) {
      for (String name : List.of("HS256", alg.name())) {
        for (String kid : List.of(alg.kid, "hs")) {
          String input = input(name, kid);
          assertInvalid(input + '.' + b64(mac(secret, input.getBytes(UTF_8))));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSignatureThatIsCutOrLongerIsRefused(Alg alg) {
    String text = alg.token();
    byte[] genuine = Base64.getUrlDecoder().decode(part(text, 2));

    for (int length = 0; length < genuine.length; length++) {
      assertInvalid(withSignature(text, Arrays.copyOf(genuine, length)));
      assertInvalid(
          withSignature(
              text, Arrays.copyOfRange(genuine, genuine.length - length, genuine.length)));
    }
    assertInvalid(withSignature(text, Arrays.copyOf(genuine, genuine.length + 1)));
    byte[] ahead = new byte[genuine.length + 1];
    System.arraycopy(genuine, 0, ahead, 1, genuine.length);
    assertInvalid(withSignature(text, ahead));
    byte[] twice = Arrays.copyOf(genuine, 2 * genuine.length);
    System.arraycopy(genuine, 0, twice, genuine.length, genuine.length);
    assertInvalid(withSignature(text, twice));
  }

  @ParameterizedTest
  @EnumSource
  void everyFlippedBitOfATokenIsRefused(Alg alg) {
    String text = alg.token();
    byte[] genuine = Base64.getUrlDecoder().decode(part(text, 2));
    for (int bit = 0; bit < 8 * genuine.length; bit++) {
      byte[] changed = genuine.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      assertInvalid(withSignature(text, changed));
    }
    for (int at = 0; at < text.length(); at++) {
      char other = text.charAt(at) == 'A' ? 'B' : 'A';
      assertInvalid(text.substring(0, at) + other + text.substring(at + 1));
    }
    for (int fill : new int[] {0, 0xff}) {
      byte[] same = new byte[genuine.length];
      Arrays.fill(same, (byte) fill);
      assertInvalid(withSignature(text, same));
    }
  }

  @ParameterizedTest
  @EnumSource(names = "HS256", mode = EnumSource.Mode.EXCLUDE)
  void aSignatureOfAnotherKeyOfTheAlgorithmIsRefused(Alg alg) {
    String input = input(alg.name(), alg.kid);

    assertInvalid(input + '.' + b64(alg.sign(alg.otherPair(), input)));
  }

  /** Unlike ECDSA: an Ed25519 signature has no second form. */
  @Test
  void theOtherFormsOfAnEdDsaSignatureAreRefused() {
    String text = Alg.EdDSA.token();
    byte[] genuine = Base64.getUrlDecoder().decode(part(text, 2));
    BigInteger s = littleEndian(Arrays.copyOfRange(genuine, 32, 64));
    assertThat(s).isLessThan(L);

    for (BigInteger twin = s.add(L); twin.bitLength() <= 256; twin = twin.add(L)) {
      assertInvalid(withSignature(text, withScalar(genuine, twin)));
    }
    assertInvalid(withSignature(text, withScalar(genuine, L.subtract(s))));
    assertInvalid(withSignature(text, withScalar(genuine, L)));
    byte[] r = genuine.clone();
    Arrays.fill(r, 0, 32, (byte) 0xff);
    assertInvalid(withSignature(text, r));
    byte[] neutral = new byte[64];
    neutral[0] = 1;
    assertInvalid(withSignature(text, neutral));
  }

  @ParameterizedTest
  @EnumSource
  void aTokenIsRememberedByItsWholeTextUntilItExpires(Alg alg) {
    String text = alg.token();
    for (int i = 0; i < 3; i++) {
      assertThat(verify(text)).isInstanceOf(Genuine.class);
    }
    assertInvalid(text + "A");
    assertInvalid(text.substring(0, text.length() - 1));

    now.set(START.plusSeconds(660));

    assertThat(verify(text)).isEqualTo(new Refused(TokenRefusal.EXPIRED));
    assertThat(verify(text)).isEqualTo(new Refused(TokenRefusal.EXPIRED));
  }

  @ParameterizedTest
  @EnumSource
  void aRingLeadsFromAnyAlgorithmToThisOne(Alg alg) {
    for (Alg old : Alg.values()) {
      AccessToken before = tokens(old.key()).issue(session, START.plusSeconds(9), SESSIONS);
      if (old != alg) {
        AccessTokens during = tokens(alg.key(), old.verifyingKey());
        assertThat(during.verify(before)).isInstanceOf(Genuine.class);
        assertThat(during.verify(during.issue(session, START.plusSeconds(9), SESSIONS)))
            .isInstanceOf(Genuine.class);
        assertThat(tokens(alg.key()).verify(before)).isEqualTo(new Refused(TokenRefusal.INVALID));
      }
    }
  }

  private AccessTokens tokens(SigningKey... keys) {
    return AccessTokens.builder(ring(keys)).clock(now::get).build();
  }

  private static KeyRing ring(SigningKey... keys) {
    KeyRing.Builder builder =
        KeyRing.builder().sealing("seal", random(32)).index("index", random(32));
    Arrays.stream(keys).forEach(builder::signing);
    return builder.build();
  }

  private static String jwks(Alg alg) {
    Map<String, String> jwk = ring(alg.key()).jwks().keys().get(0);
    return jwk.toString();
  }

  private Verification verify(String text) {
    return tokens.verify(AccessToken.of(text));
  }

  private void assertInvalid(String text) {
    assertThat(verify(text)).as("%.120s", text).isEqualTo(new Refused(TokenRefusal.INVALID));
  }

  private static String input(String alg, String kid) {
    String header = "{\"alg\":\"" + alg + "\",\"kid\":\"" + kid + "\",\"typ\":\"at+jwt\"}";
    return b64(header.getBytes(UTF_8)) + '.' + b64(CLAIMS.getBytes(UTF_8));
  }

  private static String part(AccessToken token, int index) {
    return part(token.reveal(), index);
  }

  private static String part(String text, int index) {
    return text.split("\\.", -1)[index];
  }

  private static String withSignature(String text, byte[] signature) {
    return text.substring(0, text.lastIndexOf('.') + 1) + b64(signature);
  }

  private static BigInteger littleEndian(byte[] bytes) {
    return new BigInteger(1, reversed(bytes));
  }

  private static byte[] withScalar(byte[] signature, BigInteger scalar) {
    byte[] full = new byte[32];
    byte[] number = scalar.toByteArray();
    int length = Math.min(32, number.length);
    System.arraycopy(number, number.length - length, full, 32 - length, length);
    byte[] changed = signature.clone();
    System.arraycopy(reversed(full), 0, changed, 32, 32);
    return changed;
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] out = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      out[i] = bytes[bytes.length - 1 - i];
    }
    return out;
  }

  private static byte[] mac(byte[] secret, byte[] input) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return mac.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String b64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
