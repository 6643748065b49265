package io.doorward.auth;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.session.TokenStore;

/**
 * The sessions of accounts, at {@link AuthService#sessions}: for a page that lists the caller's
 * sessions, and for administrators. Thread-safe. Every method blocks at most until its deadline.
 *
 * <p>Failure: a method whose backend cannot answer returns {@code Unavailable}.
 */
public interface Sessions {
  /**
   * Ends one session of an account. Does nothing if it has ended, never existed, or belongs to
   * another account; the result does not distinguish these cases.
   *
   * <p>All nodes are told, as for every logout. Ending a session at the {@link TokenStore} directly
   * does not tell them.
   *
   * @param account the account that the session belongs to
   * @param session the id, as {@link TokenStore#list} names it
   * @param deadline for the whole operation
   * @return done, with 1 session if it ended by this call, else with 0; or unavailable
   */
  LogoutResult logout(AccountId account, SessionId session, Deadline deadline);

  /**
   * Ends all sessions of an account.
   *
   * @param account the account to log out everywhere
   * @param deadline for the whole operation
   * @return done, with the number of sessions that ended; or unavailable
   */
  LogoutResult logoutAll(AccountId account, Deadline deadline);
}
