package io.doorward.auth.engine.session;

import static io.doorward.auth.fixture.Fixtures.random;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.engine.session.RefreshTokens.Content;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefreshTokensTest {
  private static final byte[] SECRET = random(32);
  private static final KeyRing RING = KeyRing.ofSecret("2026-03", SECRET);
  private static final AccountId ANNA = new AccountId("anna");
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private final RefreshTokens tokens = new RefreshTokens(RING, "issuer", "audience");
  private final String text = text(tokens, session(ANNA, 7, "2026-03"));

  @Test
  void aTokenSaysWhatItStandsForAndEndsInItsCode() {
    assertThat(text).matches("2026-03\\.anna\\.session-1\\.7\\.[A-Za-z0-9_-]{43}");
    assertThat(tokens.verify(RefreshToken.of(text)))
        .contains(new Content("2026-03", ANNA, new SessionId("session-1"), 7));
  }

  @Test
  void aGenerationHasOneTokenOnEveryNodeWithTheKey() {
    KeyRing later =
        KeyRing.builder().secret("2026-09", random(32)).secret("2026-03", SECRET).build();
    RefreshTokens other = new RefreshTokens(later, "issuer", "audience");

    assertThat(other.keyId()).isEqualTo("2026-09");
    assertThat(text(other, session(ANNA, 7, "2026-03"))).isEqualTo(text);
    assertThat(other.verify(RefreshToken.of(text))).isPresent();
    assertThat(text(tokens, session(ANNA, 8, "2026-03"))).isNotEqualTo(text);
  }

  @Test
  void theTenantIsPartOfTheToken() {
    AccountId there = AccountId.of(new TenantId("north"), "anna");
    String inNorth = text(tokens, session(there, 7, "2026-03"));

    assertThat(inNorth).startsWith("2026-03.north.anna.session-1.7.");
    assertThat(tokens.verify(RefreshToken.of(inNorth)).orElseThrow().account()).isEqualTo(there);
    refused(inNorth.replace("north.", ""));
    refused(inNorth.replace("north", "south"));
    refused(text.replace("anna", "default.anna"));
  }

  @Test
  void theLongestNamesFit() {
    String key = "k".repeat(32);
    AccountId longest = AccountId.of(new TenantId("t".repeat(64)), "a".repeat(64));
    RefreshTokens long32 =
        new RefreshTokens(KeyRing.ofSecret(key, SECRET), "i".repeat(256), "a".repeat(256));
    Session session =
        session(longest, 999_999_999, key).toBuilder().id(new SessionId("s".repeat(64))).build();

    assertThat(long32.verify(RefreshToken.of(text(long32, session)))).isPresent();
    assertThat(text(long32, session)).hasSizeLessThan(512);
  }

  @Test
  void aTokenOfAnotherIssuerAudienceOrRingIsRefused() {
    for (RefreshTokens other :
        new RefreshTokens[] {
          new RefreshTokens(RING, "another", "audience"),
          new RefreshTokens(RING, "issuer", "another"),
          new RefreshTokens(RING, "issueraudience", ""),
          new RefreshTokens(KeyRing.ofSecret("2026-03", random(32)), "issuer", "audience"),
          new RefreshTokens(KeyRing.ofSecret("2026-09", SECRET), "issuer", "audience")
        }) {
      assertThat(other.verify(RefreshToken.of(text))).isEmpty();
    }
  }

  @Test
  void noSigningOrIndexKeyMakesARefreshToken() {
    KeyRing apart =
        KeyRing.builder()
            .signing(SigningKey.hs256("sign", random(32)))
            .sealing("seal", random(32))
            .index("index", random(32))
            .build();
    RefreshTokens other = new RefreshTokens(apart, "issuer", "audience");

    assertThat(other.keyId()).isEqualTo("seal");
    assertThat(other.issue(session(ANNA, 0, "seal"))).isPresent();
    assertThat(other.issue(session(ANNA, 0, "sign"))).isEmpty();
    assertThat(other.issue(session(ANNA, 0, "index"))).isEmpty();
  }

  /** One part of a good token, changed. */
  @ParameterizedTest
  @CsvSource({
    "2026-03, 2026-09",
    "2026-03, ''",
    "anna, hanna",
    "anna, ''",
    "anna, anna.anna",
    "anna, ann\u00e4",
    "session-1, session-2",
    "session-1, ''",
    ".7., .8.",
    ".7., .07.",
    ".7., .+7.",
    ".7., .-7.",
    ".7., .7.0",
    ".7., ..",
    ".7., .9999999999.",
    ".7., .\u0667.",
    ".7., .7..",
    "., ' .'",
    "., '..'"
  })
  void aChangedTokenIsRefused(String part, String other) {
    assertThat(text).contains(part);
    refused(text.replace(part, other));
  }

  @Test
  void everyBitOfTheCodeCounts() {
    int from = text.lastIndexOf('.') + 1;
    for (int i = from; i < text.length(); i++) {
      char other = text.charAt(i) == 'A' ? 'B' : 'A';
      refused(text.substring(0, i) + other + text.substring(i + 1));
    }
    // The last character carries four bits: its neighbours differ in two bits that say nothing.
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    int last = alphabet.indexOf(text.charAt(text.length() - 1));
    for (int unused = 1; unused < 4; unused++) {
      refused(text.substring(0, text.length() - 1) + alphabet.charAt(last ^ unused));
    }
  }

  @Test
  void whatIsCutPaddedOverlongOrNoTokenIsRefused() {
    for (int end = 0; end < text.length(); end++) {
      refused(text.substring(0, end));
    }
    for (String odd :
        new String[] {
          text + "=",
          text + "A",
          text + ".",
          "." + text,
          text + "\n",
          " " + text,
          text + " ",
          text + text,
          "garbage",
          "....",
          "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
          "a".repeat(513),
          ".".repeat(1_000_000)
        }) {
      refused(odd);
    }
  }

  @Test
  void aSessionWithoutAKeyHasNoToken() {
    Session without =
        session(ANNA, 0, "2026-03").toBuilder().rotation(0, START, Optional.empty()).build();

    assertThat(tokens.issue(without)).isEmpty();
    assertThat(tokens.issue(session(ANNA, 0, "2026-09"))).isEmpty();
  }

  @Test
  void noKeyAndNoTokenIsPrinted() {
    assertThat(tokens).hasToString("RefreshTokens[issuer=issuer, audience=audience]");
    assertThat(RefreshToken.of(text)).hasToString("RefreshToken[hidden]");
    assertThat(RefreshToken.of(text))
        .isEqualTo(RefreshToken.of(text))
        .hasSameHashCodeAs(RefreshToken.of(text))
        .isNotEqualTo(RefreshToken.of(text + "A"));
  }

  private void refused(String token) {
    assertThat(tokens.verify(RefreshToken.of(token))).as(token).isEmpty();
  }

  private static String text(RefreshTokens tokens, Session session) {
    return tokens.issue(session).orElseThrow().reveal();
  }

  private static Session session(AccountId account, int generation, String key) {
    return Session.builder(
            account,
            SessionKind.BEARER,
            new Epoch(1, "tag"),
            START,
            START.plus(Duration.ofHours(12)),
            Duration.ofMinutes(30))
        .id(new SessionId("session-1"))
        .rotation(generation, START, Optional.of(key))
        .build();
  }
}
