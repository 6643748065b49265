package io.doorward.auth.session;

import io.doorward.auth.account.UserRecord;
import io.doorward.auth.session.TokenStore.Revocation;
import java.util.Optional;

/** What became of a session that a {@link TokenStore} was to store. Immutable and thread-safe. */
public sealed interface SessionCreation {
  /**
   * It is stored.
   *
   * @param user the account's user record
   * @param ended the oldest sessions, which have ended for it
   */
  record Created(UserRecord user, Revocation ended) implements SessionCreation {
    /**
     * Returns the result for a session that has ended no other.
     *
     * @param user the account's user record
     * @return created
     */
    public static Created of(UserRecord user) {
      return new Created(user, Revocation.of(0));
    }
  }

  /**
   * The account has as many sessions as it may have, and logins are to be refused then.
   *
   * @param most how many it may have
   * @param deviceKind the kind of device that the number is for; empty if it is for all
   */
  record Full(int most, Optional<String> deviceKind) implements SessionCreation {
    /**
     * Returns the result of limits that are reached.
     *
     * @param limits which refuse
     * @param session that was to be stored
     * @param ofKind true if there is no place for another device of its kind
     * @return full
     */
    public static Full of(SessionLimits limits, Session session, boolean ofKind) {
      return ofKind && limits.on(session.deviceKind()) < limits.perAccount()
          ? new Full(limits.on(session.deviceKind()), Optional.of(session.deviceKind()))
          : new Full(limits.perAccount(), Optional.empty());
    }
  }

  /** The account does not exist, or has another epoch than the session. */
  record Stale() implements SessionCreation {}
}
