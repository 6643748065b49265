package io.doorward.auth.key;

import static io.doorward.auth.fixture.Fixtures.random;
import static org.assertj.core.api.Assertions.assertThat;

import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.doorward.auth.fixture.CallerProof;
import io.doorward.auth.fixture.KeyPairs;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECPoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class JwkSetTest {
  private static final MethodHandles.Lookup TOKENS =
      CallerProof.of("io.doorward.auth.session.AccessTokens");
  private static final KeyPair RSA = KeyPairs.rsa(2048);
  private static final KeyPair EC = KeyPairs.ec("secp256r1");
  private static final KeyPair ED = KeyPairs.named("Ed25519");

  @Test
  void theSetHasThePublicKeysInTheOrderOfTheRing() throws IOException {
    JwkSet set =
        ring(
                KeyPairs.whole("ed", ED),
                SigningKey.hs256("hs", random(32)),
                KeyPairs.publicHalf("rs", RSA),
                KeyPairs.whole("es", EC))
            .jwks();

    assertThat(read(set.json())).isEqualTo(set.keys()).hasSize(3);
    assertThat(set.keys()).extracting(key -> key.get("kid")).containsExactly("ed", "rs", "es");
    assertThat(set.keys()).allSatisfy(key -> assertThat(key).containsEntry("use", "sig"));
    assertThat(set.keys().get(0)).containsOnlyKeys("kty", "crv", "x", "kid", "alg", "use");
    assertThat(set.keys().get(0))
        .containsEntry("kty", "OKP")
        .containsEntry("crv", "Ed25519")
        .containsEntry("alg", "EdDSA");
    assertThat(set.keys().get(1)).containsOnlyKeys("kty", "n", "e", "kid", "alg", "use");
    assertThat(set.keys().get(1))
        .containsEntry("kty", "RSA")
        .containsEntry("e", "AQAB")
        .containsEntry("alg", "RS256");
    assertThat(set.keys().get(2)).containsOnlyKeys("kty", "crv", "x", "y", "kid", "alg", "use");
    assertThat(set.keys().get(2))
        .containsEntry("kty", "EC")
        .containsEntry("crv", "P-256")
        .containsEntry("alg", "ES256");
    assertThat(set).hasToString("JwkSet[keys=3]");
  }

  @Test
  void aRingOfSecretsGivesAnEmptySet() {
    assertThat(KeyRing.ofSecret("k", random(32)).jwks().json()).isEqualTo("{\"keys\":[]}");
    assertThat(KeyRing.ephemeral().jwks().keys()).isEmpty();
  }

  @Test
  void noPrivateNumberIsInTheDocument() {
    String json = ring(KeyPairs.whole("rs", RSA), KeyPairs.whole("es", EC)).jwks().json();

    RSAPrivateCrtKey rsa = (RSAPrivateCrtKey) RSA.getPrivate();
    for (BigInteger secret :
        List.of(
            rsa.getPrivateExponent(), rsa.getPrimeP(), rsa.getPrimeQ(), rsa.getPrimeExponentP())) {
      assertThat(json).doesNotContain(JwkSet.base64url(secret));
    }
    BigInteger scalar = ((ECPrivateKey) EC.getPrivate()).getS();
    assertThat(json).doesNotContain(JwkSet.base64url(JwkSet.unsigned(scalar, 32)));
  }

  /** Of every 256 keys about two have a coordinate with a zero in front, which must be written. */
  @RepeatedTest(10)
  void numbersAreWrittenWithoutSignAndInFullLength() {
    for (int i = 0; i < 100; i++) {
      KeyPair pair = KeyPairs.ec("secp256r1");
      ECPoint point = ((ECPublicKey) pair.getPublic()).getW();
      Map<String, String> jwk = KeyPairs.publicHalf("k", pair).jwk().orElseThrow();
      assertThat(decode(jwk.get("x"))).hasSize(32);
      assertThat(decode(jwk.get("y"))).hasSize(32);
      assertThat(new BigInteger(1, decode(jwk.get("x")))).isEqualTo(point.getAffineX());
      assertThat(new BigInteger(1, decode(jwk.get("y")))).isEqualTo(point.getAffineY());
    }
    KeyPair pair = KeyPairs.named("Ed25519");
    byte[] der = pair.getPublic().getEncoded();
    assertThat(decode(KeyPairs.publicHalf("k", pair).jwk().orElseThrow().get("x")))
        .isEqualTo(Arrays.copyOfRange(der, der.length - 32, der.length));
  }

  @Test
  void anRsaModulusHasNoZeroInFront() {
    Map<String, String> jwk = KeyPairs.publicHalf("k", RSA).jwk().orElseThrow();

    assertThat(decode(jwk.get("n"))).hasSize(256);
    assertThat(new BigInteger(1, decode(jwk.get("n"))))
        .isEqualTo(((RSAPublicKey) RSA.getPublic()).getModulus());
  }

  @Test
  void theDocumentVerifiesWhatTheKeysSigned() {
    KeyRing ring =
        ring(KeyPairs.whole("rs", RSA), KeyPairs.whole("es", EC), KeyPairs.whole("ed", ED));
    for (Map<String, String> jwk : ring.jwks().keys()) {
      Algorithm signer = ring.signingKey(jwk.get("kid")).orElseThrow().algorithm(TOKENS);
      String token = JWT.create().withKeyId(jwk.get("kid")).withSubject("a").sign(signer);
      assertThat(JwkVerifier.verifies(jwk, token)).as("%s", jwk).isTrue();
      assertThat(JwkVerifier.verifies(jwk, token.replaceFirst("\\..", ".A"))).isFalse();
    }
  }

  private static byte[] decode(String base64url) {
    return Base64.getUrlDecoder().decode(base64url);
  }

  private static KeyRing ring(SigningKey... keys) {
    KeyRing.Builder builder = KeyRing.builder().sealing("s", random(32)).index("i", random(32));
    for (SigningKey key : keys) {
      builder.signing(key);
    }
    return builder.build();
  }

  private static List<Map<String, String>> read(String json) throws IOException {
    List<Map<String, String>> keys = new ArrayList<>();
    try (JsonParser in = new JsonFactory().createParser(json.getBytes(StandardCharsets.US_ASCII))) {
      assertThat(in.nextToken()).isEqualTo(JsonToken.START_OBJECT);
      assertThat(in.nextFieldName()).isEqualTo("keys");
      assertThat(in.nextToken()).isEqualTo(JsonToken.START_ARRAY);
      while (in.nextToken() == JsonToken.START_OBJECT) {
        Map<String, String> key = new LinkedHashMap<>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
          assertThat(key.put(in.currentName(), in.nextTextValue())).isNull();
        }
        keys.add(key);
      }
      assertThat(in.nextToken()).isEqualTo(JsonToken.END_OBJECT);
      assertThat(in.nextToken()).isNull();
    }
    return keys;
  }
}
