package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import com.auth0.jwt.JWT;
import com.auth0.jwt.exceptions.JWTVerificationException;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.event.AccessEvent.TokenRefusal;
import io.doorward.auth.guard.OnlyCaller;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import java.lang.invoke.MethodHandles;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * Issues and verifies access tokens: signed JWTs (RFC 7519) in the form of RFC 9068, of type {@code
 * at+jwt}. A token names an account and a session and nothing else. It carries no roles and no
 * e-mail address, and the {@link TokenStore} decides whether its session is live.
 *
 * <p>Thread-safe. Does no I/O and never waits. Tokens that passed are remembered by their whole
 * text, so that a signature is verified once for each token and not once for each request. Whether
 * a token has expired, and whether its session is live, is judged at each use.
 *
 * <p>Security: a token passes only if the ring holds the key that it names, it uses that key's one
 * algorithm (RFC 8725, 3.1), its signature is valid, and its type, issuer, audience and times are
 * right. Keys and addresses inside a token are never used. A token has at most 4,096 characters and
 * is parsed strictly, see {@link #verify}. Tokens are bearer tokens: a stolen one passes until its
 * session ends.
 */
public final class AccessTokens {
  private static final MethodHandles.Lookup SELF = MethodHandles.lookup();
  private static final OnlyCaller ISSUER =
      OnlyCaller.named("io.doorward.auth.engine.session.SessionManager");
  private static final String TYPE = "at+jwt";
  private static final int MAX_CHARS = 4096;
  private static final Set<String> HEADER = Set.of("alg", "kid", "typ");

  private static final Duration LONGEST_KEPT = Duration.ofDays(365);

  private static final Refused INVALID = new Refused(TokenRefusal.INVALID);
  private static final Refused EXPIRED = new Refused(TokenRefusal.EXPIRED);

  private final KeyRing keys;
  private final String issuer;
  private final String audience;
  private final Duration clockSkew;
  private final InstantSource clock;

  /** What tokens say that passed, and the key that verified each, by their whole text. */
  private final Cache<String, Signed> passed;

  private AccessTokens(Builder builder) {
    this.keys = builder.keys;
    this.issuer = builder.issuer;
    this.audience = builder.audience;
    this.clockSkew = builder.clockSkew;
    this.clock = builder.clock;
    this.passed =
        Caffeine.newBuilder()
            .maximumSize(builder.remembered)
            .expireAfter(new UntilTheEnd())
            .executor(Runnable::run)
            .build();
  }

  /**
   * Starts to build an issuer and verifier.
   *
   * @param keys its first signing key signs, all its signing keys verify
   * @return a builder with the documented defaults
   */
  public static Builder builder(KeyRing keys) {
    return new Builder(keys);
  }

  /**
   * Issues a token. Only this library may call it, because it does not check the session. The
   * claims are {@code iss}, {@code aud}, {@code sub} (the account), {@code sid}, {@code jti} (new
   * each time), {@code iat} and {@code exp}.
   *
   * @param session the session that the token names
   * @param expiresAt the expiry, truncated to the second; a later instant than {@link
   *     Session#absoluteEnd} is replaced by that one
   * @param caller proves that the session manager is the caller
   * @return the signed token
   * @throws IllegalArgumentException if another class calls, or the session is an API key, whose
   *     holder has the key and gets no token
   */
  public AccessToken issue(Session session, Instant expiresAt, MethodHandles.Lookup caller) {
    ISSUER.require(caller);
    if (session.kind() == SessionKind.API_KEY) {
      throw new IllegalArgumentException("session must not be an API key");
    }
    SigningKey key = keys.signingKey();
    Instant end = expiresAt.isBefore(session.absoluteEnd()) ? expiresAt : session.absoluteEnd();
    return AccessToken.of(
        JWT.create()
            .withHeader(Map.of("typ", TYPE))
            .withKeyId(key.id())
            .withIssuer(issuer)
            .withAudience(audience)
            .withSubject(session.account().value())
            .withClaim("sid", session.id().value())
            .withJWTId(UUID.randomUUID().toString())
            .withIssuedAt(clock.instant())
            .withExpiresAt(end)
            .sign(key.algorithm(SELF)));
  }

  /**
   * Verifies a token. Never throws; every input has a result.
   *
   * <p>The form is strict: three segments of canonical base64url without padding; a header of
   * exactly {@code alg}, {@code kid} and {@code typ}; flat claims, each at most once, each of its
   * own type: {@code iss} one string, {@code aud} a string or a list of strings, times whole
   * seconds. {@code iat} may be ahead, and {@code exp} behind, by the clock skew. {@code nbf},
   * which is never issued here, is honoured; other claims are ignored.
   *
   * @param token as received
   * @return genuine, or refused with the reason
   */
  public Verification verify(AccessToken token) {
    String text = token.reveal();
    Signed known = passed.getIfPresent(text);
    if (known == null || !isInRing(known.key())) {
      return signed(text).map(signed -> judgeNew(text, signed)).orElse(INVALID);
    }
    Verification verification = judge(known.claims());
    if (!(verification instanceof Genuine)) {
      passed.invalidate(text);
    }
    return verification;
  }

  private Verification judgeNew(String text, Signed signed) {
    Verification verification = judge(signed.claims());
    if (verification instanceof Genuine) {
      passed.put(text, signed);
    }
    return verification;
  }

  /** A key that has been replaced verifies nothing any more, also of what it has verified. */
  private boolean isInRing(SigningKey key) {
    return keys.signingKey(key.id()).filter(present -> present == key).isPresent();
  }

  /**
   * Returns the session that a token names, even if the token has expired. Use it to end that
   * session, never to authenticate a request. Clocks differ, so a token that is expired on this
   * node may still pass on another one. Form, key, signature, issuer and audience must be right as
   * for {@link #verify}.
   *
   * @param token as received
   * @return the session; empty if this service did not issue the token
   */
  public Optional<Named> named(AccessToken token) {
    return signed(token.reveal())
        .map(Signed::claims)
        .filter(this::isOurs)
        .map(claims -> new Named(claims.account(), claims.session()));
  }

  /** Returns the claims and the key if the form, the key and the signature are valid. */
  private Optional<Signed> signed(String text) {
    if (text.length() > MAX_CHARS) {
      return Optional.empty();
    }
    int first = text.indexOf('.');
    int second = text.indexOf('.', first + 1);
    if (second == -1) {
      return Optional.empty();
    }
    Optional<SigningKey> key =
        decode(text.substring(0, first)).flatMap(FlatJson::parse).flatMap(this::key);
    Optional<TokenClaims> claims =
        decode(text.substring(first + 1, second))
            .flatMap(FlatJson::parse)
            .flatMap(TokenClaims::read);
    boolean ok =
        key.isPresent()
            && claims.isPresent()
            && decode(text.substring(second + 1)).isPresent()
            && isSignedBy(key.get(), text);
    return ok ? Optional.of(new Signed(key.get(), claims.get())) : Optional.empty();
  }

  /** Returns the ring's key that a header names, if it is used with its own algorithm. */
  private Optional<SigningKey> key(FlatJson header) {
    if (!header.names().equals(HEADER) || !header.text("typ").equals(Optional.of(TYPE))) {
      return Optional.empty();
    }
    return header
        .text("kid")
        .flatMap(keys::signingKey)
        .filter(key -> header.text("alg").equals(Optional.of(key.algorithm(SELF).getName())));
  }

  private static boolean isSignedBy(SigningKey key, String text) {
    try {
      key.algorithm(SELF).verify(JWT.decode(text));
      return true;
    } catch (JWTVerificationException e) {
      return false;
    }
  }

  private boolean isOurs(TokenClaims claims) {
    return claims.issuer().equals(issuer) && claims.audiences().contains(audience);
  }

  private Verification judge(TokenClaims claims) {
    Instant now = clock.instant();
    Instant ahead = now.plus(clockSkew);
    if (!isOurs(claims) || claims.issuedAt().isAfter(ahead) || claims.notBefore().isAfter(ahead)) {
      return INVALID;
    }
    if (!now.isBefore(claims.expiresAt().plus(clockSkew))) {
      return EXPIRED;
    }
    return new Genuine(
        claims.account(),
        claims.session(),
        claims.tokenId(),
        claims.issuedAt(),
        claims.expiresAt());
  }

  /** Decodes canonical base64url: exactly one text for every value (RFC 4648, 3.5). */
  private static Optional<byte[]> decode(String segment) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(segment);
      boolean canonical =
          Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(segment);
      return canonical ? Optional.of(bytes) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Forgets a token once it has expired. Whether it has is judged by the clock at each use. */
  private final class UntilTheEnd implements Expiry<String, Signed> {
    @Override
    public long expireAfterCreate(String text, Signed signed, long now) {
      Duration left =
          Duration.between(clock.instant(), signed.claims().expiresAt().plus(clockSkew));
      return left.compareTo(LONGEST_KEPT) < 0
          ? Math.max(0, left.toNanos())
          : LONGEST_KEPT.toNanos();
    }

    @Override
    public long expireAfterUpdate(String text, Signed signed, long now, long left) {
      return left;
    }

    @Override
    public long expireAfterRead(String text, Signed signed, long now, long left) {
      return left;
    }
  }

  /** What a token says, and the key that verified it. */
  private record Signed(SigningKey key, TokenClaims claims) {}

  /** Returns issuer, audience and clock skew; no keys. */
  @Override
  public String toString() {
    return "AccessTokens[issuer="
        + issuer
        + ", audience="
        + audience
        + ", clockSkew="
        + clockSkew
        + "]";
  }

  /**
   * The session that a token names, see {@link #named}. The token may have expired.
   *
   * @param account whom the token names
   * @param session which session it names
   */
  public record Named(AccountId account, SessionId session) {}

  /** The result of verifying a token. Immutable and thread-safe. */
  public sealed interface Verification {
    /**
     * Maps the result, one function a case.
     *
     * @param genuine for {@link Genuine}
     * @param refused for {@link Refused}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(Function<Genuine, R> genuine, Function<Refused, R> refused) {
      return this instanceof Genuine g ? genuine.apply(g) : refused.apply((Refused) this);
    }
  }

  /**
   * The token is genuine and has not expired. Its session may have ended.
   *
   * @param account whom it names
   * @param session which session it names
   * @param tokenId its {@code jti}
   * @param issuedAt its {@code iat}; may be ahead by the clock skew
   * @param expiresAt its end
   */
  public record Genuine(
      AccountId account, SessionId session, String tokenId, Instant issuedAt, Instant expiresAt)
      implements Verification {}

  /**
   * The token is not genuine, or has expired.
   *
   * @param reason {@link TokenRefusal#INVALID} or {@link TokenRefusal#EXPIRED}, for the listener;
   *     never shown to the caller
   */
  public record Refused(TokenRefusal reason) implements Verification {}

  /** Collects options. Not thread-safe. */
  public static final class Builder {
    private static final String DEFAULT_NAME = "doorward";
    private static final int MAX_NAME = 256;
    private static final int MAX_REMEMBERED = 1 << 20;
    private static final Duration MAX_SKEW = Duration.ofSeconds(60);

    private final KeyRing keys;
    private String issuer = DEFAULT_NAME;
    private String audience = DEFAULT_NAME;
    private Duration clockSkew = MAX_SKEW;
    private int remembered = 10_000;
    private InstantSource clock;

    private Builder(KeyRing keys) {
      this.keys = requireNonNull(keys, "keys");
      this.clock = InstantSource.system();
    }

    /**
     * Sets the issuer ({@code iss}). Default: {@code doorward}. Tokens of another issuer are
     * refused.
     *
     * @param name 1 to 256 characters, compared exactly
     * @return this
     * @throws IllegalArgumentException if it has another length
     */
    public Builder issuer(String name) {
      this.issuer = requireName("issuer", name);
      return this;
    }

    /**
     * Sets the audience ({@code aud}). Default: {@code doorward}. Tokens for another audience are
     * refused. Applications that share a key ring need different audiences.
     *
     * @param name 1 to 256 characters, compared exactly
     * @return this
     * @throws IllegalArgumentException if it has another length
     */
    public Builder audience(String name) {
      this.audience = requireName("audience", name);
      return this;
    }

    /**
     * Sets the accepted clock skew between two nodes. Default: 60 s.
     *
     * @param skew 0 to 60 s
     * @return this
     * @throws IllegalArgumentException if it is out of that range
     */
    public Builder clockSkew(Duration skew) {
      if (skew.isNegative() || skew.compareTo(MAX_SKEW) > 0) {
        throw new IllegalArgumentException("clockSkew must be 0 to " + MAX_SKEW + ": " + skew);
      }
      this.clockSkew = skew;
      return this;
    }

    /**
     * Sets how many tokens that passed are remembered. A token that is not is verified again, which
     * takes microseconds with HS256 and milliseconds with ES256. Each takes about 1 KB of memory.
     *
     * @param tokens 0 to 1,048,576; default 10,000
     * @return this
     * @throws IllegalArgumentException if it is out of that range
     */
    public Builder remembered(int tokens) {
      if (tokens < 0 || tokens > MAX_REMEMBERED) {
        throw new IllegalArgumentException(
            "remembered must be 0 to " + MAX_REMEMBERED + ": " + tokens);
      }
      this.remembered = tokens;
      return this;
    }

    /**
     * Sets the clock. Default: the system's.
     *
     * @param clock tells the time
     * @return this
     */
    public Builder clock(InstantSource clock) {
      this.clock = requireNonNull(clock, "clock");
      return this;
    }

    /**
     * Builds the issuer and verifier.
     *
     * @return the issuer and verifier
     */
    public AccessTokens build() {
      return new AccessTokens(this);
    }

    private static String requireName(String what, String name) {
      if (name.isEmpty() || name.length() > MAX_NAME) {
        throw new IllegalArgumentException(
            what + " must have 1 to " + MAX_NAME + " characters, had " + name.length());
      }
      return name;
    }
  }
}
