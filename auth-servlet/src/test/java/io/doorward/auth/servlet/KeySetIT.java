package io.doorward.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import io.doorward.auth.servlet.WebServer.Reply;
import io.doorward.auth.testkit.TestSecrets;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The public keys of access tokens, for services that verify them by themselves. */
@OnEveryStack
class KeySetIT extends SharedApp {
  private static final KeyPair PAIR = rsa();

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app = App.start(stack);
  }

  @Test
  void theKeysAreOpenToAllAndMayBeKeptForFiveMinutes() {
    app.renew(new Engine(ring()));

    Reply reply = app.server.get("/auth/jwks");

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("Content-Type").orElseThrow()).startsWith("application/jwk-set+json");
    assertThat(reply.headers().get("cache-control")).containsExactly("public, max-age=300");
    assertThat(reply.header("X-Content-Type-Options")).contains("nosniff");
    assertThat(reply.setCookie()).isEmpty();
    assertThat(reply.json()).hasSize(1);
    assertThat(reply.json().get("keys")).hasSize(1);
    JsonNode key = reply.json().get("keys").get(0);
    assertThat(key.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("kty", "n", "e", "kid", "alg", "use");
  }

  @Test
  void aTokenIsVerifiedByNothingButTheDocument() throws GeneralSecurityException {
    app.renew(new Engine(ring()));
    app.signUp(App.EMAIL);
    String token = app.bearer();

    JsonNode key = app.server.get("/auth/jwks").json().get("keys").get(0);

    String header =
        new String(decode(token.substring(0, token.indexOf('.'))), StandardCharsets.UTF_8);
    assertThat(header).contains(key.get("kid").asText(), key.get("alg").asText());
    assertThat(isSigned(token, key)).isTrue();
    assertThat(isSigned(token.replaceFirst("\\..", ".A"), key)).isFalse();
  }

  @Test
  void aRingOfSecretsShowsNothing() {
    Reply reply = app.server.get("/auth/jwks");

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).isEqualTo("{\"keys\":[]}");
  }

  @Test
  void headHasTheHeadersAlone() {
    app.renew(new Engine(ring()));

    Reply head = app.server.send("HEAD", "/auth/jwks", Optional.empty());

    assertThat(head.status()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.header("Cache-Control")).contains("public, max-age=300");
    assertThat(head.header("Content-Type").orElseThrow()).startsWith("application/jwk-set+json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS"})
  void otherMethodsAreRefused(String method) {
    Reply reply = app.server.send(method, "/auth/jwks", Optional.empty());

    assertThat(reply.status()).isEqualTo(405);
    assertThat(reply.header("Allow")).contains("GET, HEAD");
    assertThat(reply.headers().get("cache-control")).containsExactly("no-store");
  }

  @Test
  void theKeysAreThereWhileNoServerIsAndForRequestsOfAnySession() {
    String cookie = app.cookie();
    app.engine.breakDown();

    assertThat(app.server.get("/auth/jwks").status()).isEqualTo(200);
    assertThat(app.server.get("/auth/jwks", "Cookie", cookie).status()).isEqualTo(200);
    assertThat(
            app.server
                .get("/auth/jwks", "Cookie", cookie, "Authorization", "Bearer nonsense")
                .status())
        .isEqualTo(200);
  }

  private static KeyRing ring() {
    return KeyRing.builder()
        .signing(
            SigningKey.rs256(
                "rs-1", (RSAPublicKey) PAIR.getPublic(), (RSAPrivateKey) PAIR.getPrivate()))
        .signing(SigningKey.hs256("hs-1", TestSecrets.newKey()))
        .sealing("seal-1", TestSecrets.newKey())
        .index("index-1", TestSecrets.newKey())
        .build();
  }

  private static KeyPair rsa() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a service does that has only the document, in the words of the JDK. */
  private static boolean isSigned(String token, JsonNode key) throws GeneralSecurityException {
    int dot = token.lastIndexOf('.');
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initVerify(
        KeyFactory.getInstance("RSA")
            .generatePublic(new RSAPublicKeySpec(number(key, "n"), number(key, "e"))));
    signature.update(token.substring(0, dot).getBytes(StandardCharsets.US_ASCII));
    return signature.verify(decode(token.substring(dot + 1)));
  }

  private static BigInteger number(JsonNode key, String name) {
    return new BigInteger(1, decode(key.get(name).asText()));
  }

  private static byte[] decode(String base64url) {
    return Base64.getUrlDecoder().decode(base64url);
  }
}
