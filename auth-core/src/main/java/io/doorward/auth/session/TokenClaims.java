package io.doorward.auth.session;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The claims of a token by type. A complete set is well-formed, but not yet verified. Immutable.
 *
 * @param notBefore 1970 if the token does not say
 */
record TokenClaims(
    String issuer,
    List<String> audiences,
    AccountId account,
    SessionId session,
    String tokenId,
    Instant issuedAt,
    Instant notBefore,
    Instant expiresAt) {
  private static final Pattern TOKEN_ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  /** The last second of the year 9999. Later times are rejected. */
  private static final long MAX_SECOND = 253_402_300_799L;

  /** Returns the claims; empty if one is missing or of another form. */
  static Optional<TokenClaims> read(FlatJson json) {
    Optional<String> issuer = json.text("iss");
    Optional<List<String>> audiences = json.texts("aud");
    Optional<AccountId> account = json.text("sub").flatMap(AccountId::parse);
    Optional<SessionId> session = json.text("sid").flatMap(SessionId::parse);
    Optional<String> tokenId = json.text("jti").filter(id -> TOKEN_ID.matcher(id).matches());
    Optional<Instant> issuedAt = instant(json, "iat");
    Optional<Instant> expiresAt = instant(json, "exp");
    Optional<Instant> notBefore =
        json.names().contains("nbf") ? instant(json, "nbf") : Optional.of(Instant.EPOCH);
    boolean complete =
        issuer.isPresent()
            && audiences.isPresent()
            && account.isPresent()
            && session.isPresent()
            && tokenId.isPresent()
            && issuedAt.isPresent()
            && expiresAt.isPresent()
            && notBefore.isPresent();
    return complete
        ? Optional.of(
            new TokenClaims(
                issuer.get(),
                audiences.get(),
                account.get(),
                session.get(),
                tokenId.get(),
                issuedAt.get(),
                notBefore.get(),
                expiresAt.get()))
        : Optional.empty();
  }

  private static Optional<Instant> instant(FlatJson json, String name) {
    return json.number(name)
        .filter(second -> second >= 0 && second <= MAX_SECOND)
        .map(Instant::ofEpochSecond);
  }
}
