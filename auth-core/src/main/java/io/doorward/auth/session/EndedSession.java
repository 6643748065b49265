package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;

/**
 * The record of a session that is over, which a database keeps for a day: for a page that tells its
 * owner, and for administrators. Immutable and thread-safe.
 *
 * @param id which session
 * @param account whose
 * @param kind how its token was presented
 * @param reason why it ended
 * @param createdAt when it was opened
 * @param endedAt when it ended, by the clock of the store
 */
public record EndedSession(
    SessionId id,
    AccountId account,
    SessionKind kind,
    EndReason reason,
    Instant createdAt,
    Instant endedAt) {
  /**
   * Checks that everything is there.
   *
   * @param id see the type
   * @param account see the type
   * @param kind see the type
   * @param reason see the type
   * @param createdAt see the type
   * @param endedAt see the type
   */
  public EndedSession {
    requireNonNull(id, "id");
    requireNonNull(account, "account");
    requireNonNull(kind, "kind");
    requireNonNull(reason, "reason");
    requireNonNull(createdAt, "createdAt");
    requireNonNull(endedAt, "endedAt");
  }

  /** Why a session ended. */
  public enum EndReason {
    /** Its holder logged out. */
    LOGOUT,
    /** It was ended by its id: by its owner from another session, or by an administrator. */
    KICKED_OUT,
    /** All sessions of the account were ended, or all but one. */
    LOGOUT_ALL,
    /** The account had too many, and it was the oldest. */
    LIMIT,
    /** The account's password was changed, which ended all of them. */
    PASSWORD_CHANGE,
    /** The account's status was changed, or its credential invalidated, which ended all of them. */
    ADMIN,
    /** A refresh token that had been replaced was used again. */
    REUSE,
    /** It was not used for its idle time, or reached its absolute end. */
    EXPIRED,
    /**
     * An identifier of the account was changed, or the session was ended in the database by hand or
     * by a newer version of this library.
     */
    OTHER;

    private final String text = name().toLowerCase(Locale.ROOT);

    /**
     * Returns the name under which stores keep it.
     *
     * @return lower-case letters and underscores
     */
    public String text() {
      return text;
    }

    /**
     * Returns the reason of a name that a store kept.
     *
     * @param text what {@link #text} returned, or what was written by hand
     * @return the reason; {@link #OTHER} for a name that this version does not know
     */
    public static EndReason ofStored(String text) {
      return Arrays.stream(values())
          .filter(reason -> reason.text.equals(text))
          .findFirst()
          .orElse(OTHER);
    }
  }
}
