package io.doorward.auth.session;

import static io.doorward.auth.fixture.Fixtures.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.event.AccessEvent.TokenRefusal;
import io.doorward.auth.fixture.CallerProof;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import io.doorward.auth.session.AccessTokens.Genuine;
import io.doorward.auth.session.AccessTokens.Refused;
import io.doorward.auth.session.AccessTokens.Verification;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTokensTest {
  private static final MethodHandles.Lookup SESSIONS =
      CallerProof.of("io.doorward.auth.engine.session.SessionManager");
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final long NOW = START.getEpochSecond();
  private static final byte[] SECRET = random(32);
  private static final KeyPair EC = ecKeyPair();
  private static final String HS_HEADER = "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"at+jwt\"}";
  private static final String ES_HEADER = "{\"alg\":\"ES256\",\"kid\":\"es\",\"typ\":\"at+jwt\"}";
  private static final String CLAIMS =
      "{\"iss\":\"doorward\",\"aud\":\"doorward\",\"sub\":\"account-1\",\"sid\":\"session-1\","
          + "\"jti\":\"token-1\",\"iat\":"
          + NOW
          + ",\"exp\":"
          + (NOW + 600)
          + "}";

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private final KeyRing ring = ring(SigningKey.hs256("hs", SECRET), es256("es"));
  private final AccessTokens tokens = AccessTokens.builder(ring).clock(now::get).build();
  private final Session session =
      Session.builder(
              new AccountId("account-1"),
              SessionKind.COOKIE,
              new Epoch(7, "tag"),
              START,
              START.plus(Duration.ofHours(12)),
              Duration.ofMinutes(30))
          .id(new SessionId("session-1"))
          .amr(Set.of("pwd"))
          .device(Optional.of("a laptop"))
          .attributes(Map.of("theme", "dark"))
          .build();

  @Test
  void anIssuedTokenIsGenuineAndNamesAccountAndSession() {
    AccessToken token = issue(tokens, session, START.plusSeconds(600));

    Genuine genuine = genuine(token.reveal());

    assertThat(genuine.account()).isEqualTo(session.account());
    assertThat(genuine.session()).isEqualTo(session.id());
    assertThat(genuine.expiresAt()).isEqualTo(START.plusSeconds(600));
    assertThat(genuine.tokenId()).isNotEmpty();
  }

  @Test
  void aTokenHoldsExactlyTheDocumentedHeaderAndClaims() throws IOException {
    String text = issue(tokens, session, START.plusSeconds(600)).reveal();

    assertThat(members(segment(text, 0)))
        .containsExactlyInAnyOrderEntriesOf(Map.of("alg", "HS256", "kid", "hs", "typ", "at+jwt"));
    Map<String, String> claims = members(segment(text, 1));
    assertThat(claims.remove("jti")).isNotBlank();
    assertThat(claims)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "iss", "doorward",
                "aud", "doorward",
                "sub", "account-1",
                "sid", "session-1",
                "iat", Long.toString(NOW),
                "exp", Long.toString(NOW + 600)));
  }

  @Test
  void everyTokenHasAnIdOfItsOwn() {
    assertThat(genuine(issue(tokens, session, START.plusSeconds(9)).reveal()).tokenId())
        .isNotEqualTo(genuine(issue(tokens, session, START.plusSeconds(9)).reveal()).tokenId());
  }

  @Test
  void aTokenNeverOutlivesItsSession() {
    AccessToken token = issue(tokens, session, session.absoluteEnd().plusSeconds(1));

    assertThat(genuine(token.reveal()).expiresAt()).isEqualTo(session.absoluteEnd());
  }

  @Test
  void noTokenIsIssuedForAnApiKey() {
    Session key =
        Session.builder(
                session.account(),
                SessionKind.API_KEY,
                session.epoch(),
                START,
                session.absoluteEnd(),
                session.idleTimeout())
            .build();

    assertThatThrownBy(() -> issue(tokens, key, session.absoluteEnd()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("session must not be an API key");
  }

  @Test
  void anEs256TokenIsGenuineAlsoForANodeThatOnlyVerifies() {
    KeyRing signer = ring(es256("es"));
    KeyRing verifier =
        ring(
            SigningKey.hs256("hs", SECRET),
            SigningKey.es256("es", (ECPublicKey) EC.getPublic(), null));
    AccessTokens signing = AccessTokens.builder(signer).clock(now::get).build();
    String text = issue(signing, session, START.plusSeconds(9)).reveal();

    assertThat(AccessTokens.builder(verifier).clock(now::get).build().verify(AccessToken.of(text)))
        .isInstanceOf(Genuine.class);
  }

  @Test
  void noClassButTheKeeperOfSessionsIsIssuedAToken() {
    for (MethodHandles.Lookup other :
        List.of(
            MethodHandles.lookup(),
            MethodHandles.publicLookup(),
            MethodHandles.lookup().in(SESSIONS.lookupClass()))) {
      assertThatThrownBy(() -> tokens.issue(session, START.plusSeconds(9), other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("caller must be io.doorward.auth.engine.session.SessionManager");
    }
  }

  private static AccessToken issue(AccessTokens by, Session session, Instant end) {
    return by.issue(session, end, SESSIONS);
  }

  @Test
  void tokensOfAnEarlierKeyPassWhileItIsInTheRing() {
    SigningKey old = SigningKey.hs256("old", random(32));
    SigningKey fresh = SigningKey.hs256("new", random(32));
    AccessToken token = issue(tokens(ring(old)), session, START.plusSeconds(9));

    assertThat(tokens(ring(fresh, old)).verify(token)).isInstanceOf(Genuine.class);
    assertThat(tokens(ring(fresh)).verify(token)).isEqualTo(new Refused(TokenRefusal.INVALID));
  }

  @Test
  void aTokenExpiresAtItsEndPlusTheClockSkew() {
    AccessToken token = issue(tokens, session, START.plusSeconds(600));

    now.set(START.plusSeconds(659));
    assertThat(tokens.verify(token)).isInstanceOf(Genuine.class);
    now.set(START.plusSeconds(660));
    assertThat(tokens.verify(token)).isEqualTo(new Refused(TokenRefusal.EXPIRED));
  }

  @Test
  void withoutSkewATokenEndsToTheSecond() {
    AccessTokens strict =
        AccessTokens.builder(ring).clock(now::get).clockSkew(Duration.ZERO).build();
    AccessToken token = issue(strict, session, START.plusSeconds(600));

    now.set(START.plusSeconds(600).minusNanos(1));
    assertThat(strict.verify(token)).isInstanceOf(Genuine.class);
    now.set(START.plusSeconds(600));
    assertThat(strict.verify(token)).isEqualTo(new Refused(TokenRefusal.EXPIRED));
  }

  @Test
  void aTokenFromTheFutureIsRefusedBeyondTheSkew() {
    assertGenuine(hs(CLAIMS.replace("\"iat\":" + NOW, "\"iat\":" + (NOW + 60))));
    assertInvalid(hs(CLAIMS.replace("\"iat\":" + NOW, "\"iat\":" + (NOW + 61))));
    assertGenuine(hs(with("\"nbf\":" + (NOW + 60))));
    assertInvalid(hs(with("\"nbf\":" + (NOW + 61))));
  }

  @Test
  void aTokenOfAnyTimeNamesItsSession() {
    AccessTokens.Named named = new AccessTokens.Named(session.account(), session.id());
    AccessToken token = issue(tokens, session, START.plusSeconds(600));

    for (Duration off : new Duration[] {Duration.ofMinutes(11), Duration.ofDays(-400)}) {
      now.set(START.plus(off));
      assertThat(tokens.verify(token)).isInstanceOf(Refused.class);
      assertThat(tokens.named(token)).contains(named);
    }
    assertThat(tokens.named(AccessToken.of(hs(with("\"nbf\":" + (NOW + 6_000)))))).contains(named);
  }

  @Test
  void aTokenThatIsNoneOfOursNamesNothing() {
    AccessToken token = issue(tokens, session, START.plusSeconds(600));
    AccessTokens others = AccessTokens.builder(KeyRing.ephemeral()).clock(now::get).build();
    AccessTokens shop = AccessTokens.builder(ring).clock(now::get).audience("shop").build();
    AccessTokens elsewhere = AccessTokens.builder(ring).clock(now::get).issuer("other").build();

    assertThat(others.named(token)).isEmpty();
    assertThat(shop.named(token)).isEmpty();
    assertThat(elsewhere.named(token)).isEmpty();
    assertThat(tokens.named(AccessToken.of("garbage"))).isEmpty();
  }

  @Test
  void theClaimsOfThisTestAreGenuineWhenNothingIsWrongWithThem() {
    assertGenuine(hs(CLAIMS));
    assertGenuine(es(CLAIMS));
    assertGenuine(hs(CLAIMS.replace("\"aud\":\"doorward\"", "\"aud\":[\"x\",\"doorward\"]")));
    assertGenuine(hs(with("\"later\":\"addition\",\"other\":1.5,\"flag\":true,\"none\":null")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "NONE", "noNE", "", "nOnE ", "hs256", "HS384", "RS256"})
  void noOtherAlgorithmPasses(String alg) {
    String header = HS_HEADER.replace("HS256", alg);

    assertInvalid(b64(header) + '.' + b64(CLAIMS) + '.');
    assertInvalid(b64(header) + '.' + b64(CLAIMS));
    assertInvalid(mac(header, CLAIMS, SECRET));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"kid\":\"hs\",\"typ\":\"at+jwt\"}",
        "{\"alg\":null,\"kid\":\"hs\",\"typ\":\"at+jwt\"}",
        "{\"alg\":[\"HS256\"],\"kid\":\"hs\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\"}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"rt+jwt\"}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"AT+JWT\"}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":[\"at+jwt\"]}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"at+jwt\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"at+jwt\",\"b64\":false}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"at+jwt\",\"jku\":\"https://x.example/k\"}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"at+jwt\",\"x5u\":\"https://x.example/k\"}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"at+jwt\",\"x5c\":[\"MIIB\"]}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"at+jwt\",\"jwk\":{\"kty\":\"oct\"}}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"at+jwt\",\"zip\":\"DEF\"}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"at+jwt\",\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"at+jwt\"}{}",
        "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"at+jwt\"",
        "[\"HS256\"]",
        "\"HS256\"",
        "null",
        "1",
        " "
      })
  void noOtherHeaderPassesEvenCorrectlySigned(String header) {
    assertInvalid(mac(header, CLAIMS, SECRET));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"unknown\"",
        "\"../../dev/null\"",
        "\"' OR 1=1\"",
        "\"HS\"",
        "\"hs \"",
        "\"hs\\u0000\"",
        "\"\"",
        "1",
        "null",
        "[\"hs\"]",
        "{\"hs\":1}",
        "\"es\""
      })
  void aKeyIsFoundByItsExactNameInTheRingOnly(String kid) {
    assertInvalid(mac(HS_HEADER.replace("\"hs\"", kid), CLAIMS, SECRET));
  }

  @Test
  void aHugeKeyNameIsRefused() {
    assertInvalid(mac(HS_HEADER.replace("hs", "h".repeat(2000)), CLAIMS, SECRET));
    assertInvalid(mac(HS_HEADER.replace("hs", "h".repeat(10_000)), CLAIMS, SECRET));
  }

  @Test
  void aPublicKeyIsNoHmacSecret() {
    byte[] der = EC.getPublic().getEncoded();
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    String pem = "-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----\n";
    byte[] point = Arrays.copyOfRange(der, der.length - 65, der.length);

    for (byte[] secret :
        new byte[][] {
          der,
          pem.getBytes(StandardCharsets.US_ASCII),
          point,
          base64.getBytes(StandardCharsets.US_ASCII)
        }) {
      assertInvalid(mac(HS_HEADER.replace("\"hs\"", "\"es\""), CLAIMS, secret));
      assertInvalid(mac(ES_HEADER, CLAIMS, secret));
      assertInvalid(mac(HS_HEADER, CLAIMS, secret));
    }
  }

  @Test
  void anEs256SignatureUnderTheNameOfAnHmacKeyIsRefused() {
    String header = ES_HEADER.replace("\"es\"", "\"hs\"");

    assertInvalid(sign(header, CLAIMS, EC));
    assertInvalid(sign(HS_HEADER, CLAIMS, EC));
  }

  @Test
  void aSignatureOfAnotherKeyIsRefused() {
    assertInvalid(mac(HS_HEADER, CLAIMS, random(32)));
    assertInvalid(mac(HS_HEADER, CLAIMS, new byte[] {0}));
    assertInvalid(sign(ES_HEADER, CLAIMS, ecKeyPair()));
  }

  @Test
  void degenerateEs256SignaturesAreRefused() {
    String input = b64(ES_HEADER) + '.' + b64(CLAIMS) + '.';
    byte[] genuine = signature(es(CLAIMS));
    byte[] r = Arrays.copyOf(genuine, 32);
    byte[] s = Arrays.copyOfRange(genuine, 32, 64);
    byte[] zero = new byte[32];
    byte[] n = bytes32(order());

    Stream.of(
            concat(zero, zero),
            concat(zero, s),
            concat(r, zero),
            concat(n, s),
            concat(r, n),
            concat(n, n),
            concat(bytes32(order().subtract(BigInteger.ONE)), zero),
            concat(bytes32(BigInteger.ONE), bytes32(BigInteger.ONE)),
            concat(s, r),
            r,
            new byte[0],
            new byte[1],
            new byte[64],
            new byte[65],
            new byte[132],
            concat(genuine, new byte[] {0}),
            concat(new byte[] {0}, genuine),
            Arrays.copyOf(genuine, 63),
            derSignature(input.substring(0, input.length() - 1)))
        .forEach(signature -> assertInvalid(input + b64(signature)));
  }

  @Test
  void theOtherFormOfAnEcdsaSignatureNamesTheSameSession() {
    String text = es(CLAIMS);
    byte[] genuine = signature(text);
    BigInteger s = new BigInteger(1, Arrays.copyOfRange(genuine, 32, 64));
    byte[] twin = concat(Arrays.copyOf(genuine, 32), bytes32(order().subtract(s)));

    Verification result = verify(text.substring(0, text.lastIndexOf('.') + 1) + b64(twin));

    assertThat(result).isEqualTo(verify(text)).isInstanceOf(Genuine.class);
  }

  @ParameterizedTest
  @MethodSource("wrongClaims")
  void noOtherClaimsPassEvenCorrectlySigned(String claims) {
    assertInvalid(hs(claims));
    assertInvalid(es(claims));
  }

  static Stream<String> wrongClaims() {
    String exp = "\"exp\":" + (NOW + 600);
    String iat = "\"iat\":" + NOW;
    String iss = "\"iss\":\"doorward\"";
    String aud = "\"aud\":\"doorward\"";
    String sub = "\"sub\":\"account-1\"";
    return Stream.of(
        CLAIMS.replace(iss, "\"iss\":[\"https://attacker.example\",\"doorward\"]"),
        CLAIMS.replace(iss, "\"iss\":[\"doorward\"]"),
        CLAIMS.replace(iss, "\"iss\":\"Doorward\""),
        CLAIMS.replace(iss, "\"iss\":\"other\""),
        CLAIMS.replace(iss, "\"iss\":null"),
        CLAIMS.replace(iss, "\"iss\":\"doorward\\u0000\""),
        CLAIMS.replace(iss + ",", ""),
        CLAIMS.replace(aud, "\"aud\":\"other\""),
        CLAIMS.replace(aud, "\"aud\":[]"),
        CLAIMS.replace(aud, "\"aud\":[\"other\"]"),
        CLAIMS.replace(aud, "\"aud\":[\"doorward\",1]"),
        CLAIMS.replace(aud, "\"aud\":[[\"doorward\"]]"),
        CLAIMS.replace(aud, "\"aud\":{\"doorward\":1}"),
        CLAIMS.replace(aud, "\"aud\":1"),
        CLAIMS.replace(aud, "\"aud\":\"a,doorward\""),
        CLAIMS.replace(aud + ",", ""),
        CLAIMS.replace(sub, "\"sub\":1"),
        CLAIMS.replace(sub, "\"sub\":\"\""),
        CLAIMS.replace(sub, "\"sub\":\"a b\""),
        CLAIMS.replace(sub, "\"sub\":\"default.account-1\""),
        CLAIMS.replace(sub, "\"sub\":\"north.\""),
        CLAIMS.replace(sub, "\"sub\":\"north.account.1\""),
        CLAIMS.replace(sub, "\"sub\":[\"account-1\"]"),
        CLAIMS.replace(sub + ",", ""),
        CLAIMS.replace("\"sid\":\"session-1\"", "\"sid\":{}"),
        CLAIMS.replace("\"sid\":\"session-1\",", ""),
        CLAIMS.replace("\"jti\":\"token-1\"", "\"jti\":7"),
        CLAIMS.replace("\"jti\":\"token-1\"", "\"jti\":\"\""),
        CLAIMS.replace("\"jti\":\"token-1\"", "\"jti\":\"a b\""),
        CLAIMS.replace("\"jti\":\"token-1\"", "\"jti\":\"" + "t".repeat(65) + "\""),
        CLAIMS.replace("\"jti\":\"token-1\",", ""),
        CLAIMS.replace(exp, "\"exp\":\"" + (NOW + 600) + "\""),
        CLAIMS.replace(exp, "\"exp\":" + (NOW + 600) + ".0"),
        CLAIMS.replace(exp, "\"exp\":" + (NOW + 600) + ".5"),
        CLAIMS.replace(exp, "\"exp\":1e30"),
        CLAIMS.replace(exp, "\"exp\":1e300"),
        CLAIMS.replace(exp, "\"exp\":-1"),
        CLAIMS.replace(exp, "\"exp\":9223372036854775807"),
        CLAIMS.replace(exp, "\"exp\":99999999999999999999999999"),
        CLAIMS.replace(exp, "\"exp\":" + "9".repeat(1000)),
        CLAIMS.replace(exp, "\"exp\":253402300800"),
        CLAIMS.replace(exp, "\"exp\":NaN"),
        CLAIMS.replace(exp, "\"exp\":true"),
        CLAIMS.replace(exp, "\"exp\":null"),
        CLAIMS.replace(exp, "\"exp\":[" + (NOW + 600) + "]"),
        CLAIMS.replace("," + exp, ""),
        CLAIMS.replace(exp, exp + "," + exp),
        CLAIMS.replace(iat, "\"iat\":\"" + NOW + "\""),
        CLAIMS.replace(iat, "\"iat\":-1"),
        CLAIMS.replace(iat, "\"iat\":9223372036854775807"),
        CLAIMS.replace(iat + ",", ""),
        with("\"nbf\":\"0\""),
        with("\"nbf\":1e300"),
        with("\"nbf\":-9223372036854775808"),
        with("\"sub\":\"account-2\""),
        with("\"\\u0073ub\":\"account-2\""),
        with("\"x\":{\"y\":1}"),
        with("\"x\":" + "[".repeat(1200) + "]".repeat(1200)),
        with("\"x\":" + "{\"x\":".repeat(300) + "1" + "}".repeat(300)),
        "[" + CLAIMS + "]",
        CLAIMS + CLAIMS,
        CLAIMS + "x",
        "\ufeff" + CLAIMS,
        CLAIMS.substring(1),
        "{}",
        "null",
        " ");
  }

  @Test
  void claimsInAnotherEncodingAreRefused() {
    assertInvalid(hs(CLAIMS.getBytes(StandardCharsets.UTF_16BE)));
    assertInvalid(hs(CLAIMS.getBytes(StandardCharsets.UTF_16LE)));
    byte[] latin1 =
        CLAIMS.replace("account-1", "account-\u00e9").getBytes(StandardCharsets.ISO_8859_1);
    assertInvalid(hs(latin1));
  }

  @Test
  void oneTokenHasOneText() {
    String text = hs(CLAIMS);
    String[] part = text.split("\\.", -1);

    Stream.of(
            text + "=",
            text + "==",
            part[0] + "=." + part[1] + "." + part[2],
            part[0] + "." + part[1] + "=." + part[2],
            text + ".",
            text + "." + part[2],
            text + "?",
            "?" + text,
            " " + text,
            text + " ",
            text + "\n",
            text.replace(".", ".."),
            "." + text,
            part[0] + "." + part[1],
            part[0] + "." + part[1] + ".",
            part[0] + ".." + part[2],
            "." + part[1] + "." + part[2],
            part[0],
            "..",
            "...",
            ".",
            "",
            "Bearer " + text,
            "{\"payload\":\"" + part[1] + "\",\"signature\":\"" + part[2] + "\"}",
            "\u0000",
            "\ud800.\ud800.\ud800",
            "\uff0e" + text)
        .forEach(this::assertInvalid);
    assertGenuine(text);
  }

  @Test
  void anEncryptedTokenIsRefusedWithoutBeingOpened() {
    String header =
        b64(
            "{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\",\"p2c\":2147483647,\"p2s\":\"AA\"}");

    assertInvalid(header + ".AAAA.AAAA.AAAA.AAAA");
    assertInvalid(header + ".AAAA.AAAA");
  }

  @Test
  void longTextsAreRefusedUnread() {
    String filler = "\"x\":\"" + "y".repeat(4096) + "\"";
    assertInvalid(hs(with(filler)));
    assertInvalid("A".repeat(1_000_000));
    assertInvalid(".".repeat(1_000_000));
    assertInvalid("e30.".repeat(300_000));

    String longest = hs(with("\"x\":\"" + "y".repeat(2997 - with("\"x\":\"\"").length()) + "\""));
    assertThat(longest).hasSize(4096);
    assertGenuine(longest);
    String longer = hs(with("\"x\":\"" + "y".repeat(2998 - with("\"x\":\"\"").length()) + "\""));
    assertThat(longer).hasSize(4098);
    assertInvalid(longer);
  }

  @Test
  void timesFromTheEpochToTheYear9999AndLongIdsPass() {
    assertGenuine(hs(CLAIMS.replace("\"iat\":" + NOW, "\"iat\":0")));
    assertGenuine(hs(CLAIMS.replace("\"exp\":" + (NOW + 600), "\"exp\":253402300799")));
    assertGenuine(hs(CLAIMS.replace("token-1", "t".repeat(64))));
  }

  @Test
  void everyFlippedBitIsRefused() {
    for (String text : new String[] {hs(CLAIMS), es(CLAIMS)}) {
      for (int i = 0; i < text.length(); i++) {
        for (int bit = 0; bit < 16; bit++) {
          char[] chars = text.toCharArray();
          chars[i] ^= (char) (1 << bit);
          assertInvalid(new String(chars));
        }
      }
    }
  }

  @Test
  void randomMutationsNeverPassAndNeverThrow() {
    long seed = 20_260_301L;
    Random random = new Random(seed);
    String hs = hs(CLAIMS);
    String es = es(CLAIMS);
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? hs : es);
      int edits = 1 + random.nextInt(4);
      for (int edit = 0; edit < edits; edit++) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(4)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, (char) random.nextInt(0x110));
          case 2 -> text.setCharAt(at, "AZaz09-_.=".charAt(random.nextInt(10)));
          default -> text.insert(at, text.substring(random.nextInt(at + 1), at));
        }
      }
      String mutated = text.toString();
      if (!mutated.equals(hs) && !mutated.equals(es)) {
        assertThat(verify(mutated))
            .as("seed %d, round %d", seed, round)
            .isInstanceOf(Refused.class);
      }
    }
  }

  @Test
  void everyBitFlipOfCorrectlySignedClaimsIsJudgedWithoutThrowing() {
    byte[] claims = CLAIMS.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < claims.length * 8; i++) {
      byte[] changed = claims.clone();
      changed[i / 8] ^= (byte) (1 << (i % 8));
      assertThat(verify(hs(changed))).isNotNull();
    }
  }

  @Test
  void issuerAndAudienceSeparateApplicationsThatShareAKeyRing() {
    AccessTokens shop =
        AccessTokens.builder(ring).clock(now::get).issuer("https://id").audience("shop").build();
    AccessTokens admin =
        AccessTokens.builder(ring).clock(now::get).issuer("https://id").audience("admin").build();
    AccessToken token = issue(shop, session, START.plusSeconds(9));

    assertThat(shop.verify(token)).isInstanceOf(Genuine.class);
    assertThat(admin.verify(token)).isEqualTo(new Refused(TokenRefusal.INVALID));
    assertThat(tokens.verify(token)).isEqualTo(new Refused(TokenRefusal.INVALID));
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    AccessTokens.Builder builder = AccessTokens.builder(ring);

    assertThatThrownBy(() -> builder.issuer("")).hasMessageContaining("issuer");
    assertThatThrownBy(() -> builder.audience("a".repeat(257))).hasMessageContaining("257");
    assertThat(builder.audience("a".repeat(256)).clockSkew(Duration.ofSeconds(60)).build())
        .asString()
        .contains("a".repeat(256), "clockSkew=PT1M");
    assertThatThrownBy(() -> builder.clockSkew(Duration.ofSeconds(61)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.clockSkew(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void matchCallsTheFunctionOfTheCase() {
    assertThat(verify(hs(CLAIMS)).<String>match(g -> g.session().value(), r -> "refused"))
        .isEqualTo("session-1");
    assertThat(verify("").<String>match(g -> "genuine", r -> r.reason().name()))
        .isEqualTo("INVALID");
  }

  @Test
  void nothingPrintsATokenOrAKey() {
    AccessToken token = issue(tokens, session, START.plusSeconds(9));

    assertThat(token.toString()).doesNotContain(token.reveal().substring(0, 8));
    assertThat(tokens.toString()).contains("doorward").doesNotContain("hs");
  }

  @Test
  void aTokenThatIsRememberedExpires() {
    String text = issue(tokens, session, START.plusSeconds(600)).reveal();
    assertGenuine(text);
    assertGenuine(text);

    now.set(START.plusSeconds(660));

    assertThat(verify(text)).isEqualTo(new Refused(TokenRefusal.EXPIRED));
    assertThat(verify(text)).isEqualTo(new Refused(TokenRefusal.EXPIRED));
  }

  @Test
  void aTokenIsRememberedByItsWholeText() {
    String text = issue(tokens, session, START.plusSeconds(600)).reveal();
    assertGenuine(text);

    for (int at = 0; at < text.length(); at++) {
      char other = text.charAt(at) == 'A' ? 'B' : 'A';
      assertInvalid(text.substring(0, at) + other + text.substring(at + 1));
    }
    for (char last :
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".toCharArray()) {
      String like = text.substring(0, text.length() - 1) + last;
      assertThat(verify(like) instanceof Genuine).isEqualTo(like.equals(text));
    }
    assertGenuine(text);
  }

  @Test
  void aTokenForAllTimesIsRemembered() {
    String text =
        mac(HS_HEADER, CLAIMS.replace("\"exp\":" + (NOW + 600), "\"exp\":253402300799"), SECRET);

    assertGenuine(text);
    assertGenuine(text);
  }

  @Test
  void nothingIsRememberedOfATokenThatDidNotPass() {
    String early =
        mac(HS_HEADER, CLAIMS.replace("\"iat\":" + NOW, "\"iat\":" + (NOW + 61)), SECRET);
    assertInvalid(early);

    now.set(START.plusSeconds(1));

    assertGenuine(early);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1_048_577})
  void theNumberOfRememberedTokensIsBounded(int tokens) {
    assertThatThrownBy(() -> AccessTokens.builder(ring).remembered(tokens))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("remembered must be 0 to 1048576");
  }

  private Genuine genuine(String text) {
    Verification result = verify(text);
    assertThat(result).isInstanceOf(Genuine.class);
    return (Genuine) result;
  }

  private Verification verify(String text) {
    return tokens.verify(AccessToken.of(text));
  }

  private void assertGenuine(String text) {
    assertThat(verify(text)).isInstanceOf(Genuine.class);
  }

  private void assertInvalid(String text) {
    assertThat(verify(text)).as("%.120s", text).isEqualTo(new Refused(TokenRefusal.INVALID));
  }

  private AccessTokens tokens(KeyRing keys) {
    return AccessTokens.builder(keys).clock(now::get).build();
  }

  private static String with(String member) {
    return CLAIMS.substring(0, CLAIMS.length() - 1) + "," + member + "}";
  }

  private static String hs(String claims) {
    return mac(HS_HEADER, claims, SECRET);
  }

  private static String es(String claims) {
    return sign(ES_HEADER, claims, EC);
  }

  private static String mac(String header, String claims, byte[] secret) {
    return mac64(b64(header), b64(claims), secret);
  }

  private static String hs(byte[] claims) {
    return mac64(b64(HS_HEADER), b64(claims), SECRET);
  }

  private static String mac64(String header64, String claims64, byte[] secret) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      String input = header64 + '.' + claims64;
      return input + '.' + b64(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String sign(String header, String claims, KeyPair keys) {
    String input = b64(header) + '.' + b64(claims);
    return input + '.' + b64(ecdsa("SHA256withECDSAinP1363Format", input, keys));
  }

  private static byte[] derSignature(String input) {
    return ecdsa("SHA256withECDSA", input, EC);
  }

  private static byte[] ecdsa(String algorithm, String input, KeyPair keys) {
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(keys.getPrivate());
      signature.update(input.getBytes(StandardCharsets.US_ASCII));
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aRingChangesTheAlgorithmWithoutALogout() {
    SigningKey hs = SigningKey.hs256("hs", SECRET);
    AccessTokens before = AccessTokens.builder(ring(hs)).clock(now::get).build();
    AccessTokens meanwhile = AccessTokens.builder(ring(es256("es"), hs)).clock(now::get).build();
    AccessTokens afterwards = AccessTokens.builder(ring(es256("es"))).clock(now::get).build();
    AccessToken old = before.issue(session, START.plusSeconds(9), SESSIONS);
    AccessToken fresh = meanwhile.issue(session, START.plusSeconds(9), SESSIONS);

    assertThat(meanwhile.verify(old)).isInstanceOf(Genuine.class);
    assertThat(meanwhile.verify(fresh)).isInstanceOf(Genuine.class);
    assertThat(afterwards.verify(fresh)).isInstanceOf(Genuine.class);
    assertThat(afterwards.verify(old)).isNotInstanceOf(Genuine.class);
    assertThat(before.verify(fresh)).isNotInstanceOf(Genuine.class);
  }

  private static KeyRing ring(SigningKey... signing) {
    KeyRing.Builder builder =
        KeyRing.builder().sealing("seal", random(32)).index("index", random(32));
    for (SigningKey key : signing) {
      builder.signing(key);
    }
    return builder.build();
  }

  private static SigningKey es256(String id) {
    return SigningKey.es256(id, (ECPublicKey) EC.getPublic(), (ECPrivateKey) EC.getPrivate());
  }

  private static BigInteger order() {
    return ((ECPublicKey) EC.getPublic()).getParams().getOrder();
  }

  private static KeyPair ecKeyPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, String> members(String json) throws IOException {
    Map<String, String> members = new LinkedHashMap<>();
    try (JsonParser in = new JsonFactory().createParser(json)) {
      assertThat(in.nextToken()).isEqualTo(JsonToken.START_OBJECT);
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName();
        in.nextToken();
        members.put(name, in.getText());
      }
    }
    return members;
  }

  private static String segment(String text, int index) {
    return new String(
        Base64.getUrlDecoder().decode(text.split("\\.", -1)[index]), StandardCharsets.UTF_8);
  }

  private static byte[] signature(String text) {
    return Base64.getUrlDecoder().decode(text.split("\\.", -1)[2]);
  }

  private static byte[] bytes32(BigInteger value) {
    byte[] full = value.toByteArray();
    byte[] out = new byte[32];
    int length = Math.min(full.length, 32);
    System.arraycopy(full, full.length - length, out, 32 - length, length);
    return out;
  }

  private static byte[] concat(byte[] left, byte[] right) {
    byte[] out = Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, out, left.length, right.length);
    return out;
  }

  private static String b64(String text) {
    return b64(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String b64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
