package io.doorward.auth.engine.session;

import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.RefreshToken;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** What became of a session that was to be opened. Immutable and thread-safe. */
public sealed interface Opening {
  /**
   * A new session and what its holder gets.
   *
   * @param principal the account, with the session
   * @param token opens it
   * @param expiresAt when the token expires
   * @param refreshToken gets the next token; of a bearer session only
   */
  record Opened(
      AuthenticatedPrincipal principal,
      AccessToken token,
      Instant expiresAt,
      Optional<RefreshToken> refreshToken)
      implements Opening {}

  /**
   * The account has as many sessions as it may have.
   *
   * @param most how many
   * @param deviceKind the kind of device that the number is for; empty if it is for all
   */
  record Full(int most, Optional<String> deviceKind) implements Opening {}

  /** The credential was replaced meanwhile. */
  record Stale() implements Opening {}

  /**
   * Maps it, one function a case.
   *
   * @param <R> what the functions return
   */
  default <R> R match(
      Function<Opened, R> opened, Function<Full, R> full, Supplier<? extends R> stale) {
    if (this instanceof Opened it) {
      return opened.apply(it);
    }
    return this instanceof Full it ? full.apply(it) : stale.get();
  }

  /** Returns the new session, if there is one. */
  default Optional<Opened> session() {
    return this instanceof Opened it ? Optional.of(it) : Optional.empty();
  }
}
