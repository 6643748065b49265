package io.doorward.auth.engine.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.Session;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Issues and reads refresh tokens: {@code key.account.session.generation.code}, where the account's
 * text names its tenant. The code is a keyed hash over all of them and over issuer and audience, so
 * nothing secret is stored, and the token of a generation can be computed again at any time, on any
 * node with the key.
 *
 * <p>Thread-safe. Does no I/O.
 *
 * <p>Security: one text for each token, of a bounded length; the code is compared in constant time,
 * before any store is asked. An access token is never a refresh token, nor the other way round:
 * forms and keys differ.
 */
public final class RefreshTokens {
  private static final MethodHandles.Lookup SELF = MethodHandles.lookup();
  private static final String LABEL = "doorward refresh token 1";
  private static final int MAX_CHARS = 512;

  /** Key, account with its tenant, session, generation without leading zeros, code. */
  private static final Pattern FORM =
      Pattern.compile(
          "([A-Za-z0-9_-]{1,32})"
              + "\\.((?:[A-Za-z0-9_-]{1,64}\\.)?[A-Za-z0-9_-]{1,64})"
              + "\\.([A-Za-z0-9_-]{1,64})"
              + "\\.(0|[1-9][0-9]{0,8})"
              + "\\.([A-Za-z0-9_-]{43})");

  private final KeyRing keys;
  private final String issuer;
  private final String audience;

  /**
   * Creates one.
   *
   * @param keys its current key issues, all its keys verify
   * @param issuer of the access tokens; those of another issuer are refused
   * @param audience of the access tokens; those for another audience are refused
   */
  public RefreshTokens(KeyRing keys, String issuer, String audience) {
    this.keys = requireNonNull(keys, "keys");
    this.issuer = requireNonNull(issuer, "issuer");
    this.audience = requireNonNull(audience, "audience");
  }

  /** Returns the key under which the next generation of a session is given out. */
  String keyId() {
    return keys.refreshKeyId();
  }

  /**
   * Returns the token of a session's present generation, the same one at every call.
   *
   * @return the token; empty if the session has no refresh tokens, or this node lacks their key
   */
  Optional<RefreshToken> issue(Session session) {
    return session
        .keyId()
        .map(key -> new Content(key, session.account(), session.id(), session.generation()))
        .flatMap(content -> code(content).map(code -> RefreshToken.of(content.text() + code)));
  }

  /**
   * Verifies a token. Never throws; every input has a result. Whether its session is live, and its
   * generation the present one, the store knows.
   *
   * @return what the token says; empty if this service did not issue it, or its key has retired
   */
  Optional<Content> verify(RefreshToken token) {
    String text = token.reveal();
    if (text.length() > MAX_CHARS) {
      return Optional.empty();
    }
    Matcher matcher = FORM.matcher(text);
    return matcher.matches() ? verify(matcher) : Optional.empty();
  }

  private Optional<Content> verify(Matcher form) {
    return AccountId.parse(form.group(2))
        .map(
            account ->
                new Content(
                    form.group(1),
                    account,
                    new SessionId(form.group(3)),
                    Integer.parseInt(form.group(4))))
        .filter(
            content -> code(content).filter(right -> isEqual(right, form.group(5))).isPresent());
  }

  /** The code as text has one form only, so that no other text of its bytes is equal to it. */
  private Optional<String> code(Content content) {
    return keys.refreshMac(
            content.keyId(),
            SELF,
            LABEL,
            issuer,
            audience,
            content.keyId(),
            content.account().value(),
            content.session().value(),
            Integer.toString(content.generation()))
        .map(Base64.getUrlEncoder().withoutPadding()::encodeToString);
  }

  private static boolean isEqual(String right, String given) {
    return MessageDigest.isEqual(
        right.getBytes(StandardCharsets.US_ASCII), given.getBytes(StandardCharsets.US_ASCII));
  }

  /** Returns issuer and audience; no keys. */
  @Override
  public String toString() {
    return "RefreshTokens[issuer=" + issuer + ", audience=" + audience + "]";
  }

  /** What a token says. It opens nothing without its code. */
  record Content(String keyId, AccountId account, SessionId session, int generation) {
    private String text() {
      return keyId + '.' + account + '.' + session + '.' + generation + '.';
    }
  }
}
