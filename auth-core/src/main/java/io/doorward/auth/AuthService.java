package io.doorward.auth;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.TokenStore;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The front door: sign-up, login, request check, logout, password change, roles.
 *
 * <p>Thread-safe: one instance serves an application. Every method blocks, at most until its
 * deadline (plus one hash where it hashes, plus the time-outs of a Redis client that keeps no
 * deadlines), and returns expected outcomes as values; it throws only for misuse ({@link
 * NullPointerException}, {@link IllegalArgumentException}, {@link IllegalStateException} after
 * {@link #close}).
 *
 * <p>Failure: a backend that cannot answer gives {@code Unavailable}, never a refusal, and is never
 * counted as a failed attempt.
 */
public interface AuthService extends AutoCloseable {
  /**
   * Starts to build a service.
   *
   * @param accounts owns accounts, credentials and profiles
   * @param tokens keeps sessions
   * @param keys signs access tokens
   * @return a builder with the documented defaults
   */
  static AuthServiceBuilder builder(AccountStore accounts, TokenStore tokens, KeyRing keys) {
    return new AuthServiceBuilder(accounts, tokens, keys);
  }

  /**
   * Creates an account: database first, then the cache.
   *
   * @param request who and which password
   * @param deadline for the whole operation
   * @return what became of it
   */
  SignUpResult signUp(SignUp request, Deadline deadline);

  /**
   * Logs somebody in and creates a session.
   *
   * @param attempt who and which password
   * @param deadline for the whole operation, token issue included
   * @return what became of it
   */
  LoginResult login(LoginAttempt attempt, Deadline deadline);

  /**
   * Answers who a request is from: the token is verified, then its session is looked up.
   *
   * @param token as the request brought it
   * @param deadline for the whole operation
   * @return who it is, or why not
   */
  CheckResult check(AccessToken token, Deadline deadline);

  /**
   * Ends the session that a token names, also where this node's clock calls the token expired. Does
   * nothing if the token is none of ours or its session is over.
   *
   * @param token as the request brought it
   * @param deadline for the whole operation
   * @return what became of it
   */
  LogoutResult logout(AccessToken token, Deadline deadline);

  /**
   * Ends one session of an account, for a page that lists them or for an administrator. Does
   * nothing if it is over, never was, or belongs to another account: the answer does not tell
   * which.
   *
   * <p>Sessions are told to all nodes as by every other logout; ending one at the {@link
   * TokenStore} directly does not do that.
   *
   * @param account the account whose session it is
   * @param session which one, as {@link TokenStore#list} names it
   * @param deadline for the whole operation
   * @return {@link LogoutResult.Done} with 1 session if it ended by this call, else with 0
   */
  LogoutResult logout(AccountId account, SessionId session, Deadline deadline);

  /**
   * Ends all sessions of an account.
   *
   * @param account whose
   * @param deadline for the whole operation
   * @return what became of it
   */
  LogoutResult logoutAll(AccountId account, Deadline deadline);

  /**
   * Changes a password. Afterwards the old one opens nothing and all earlier sessions have ended.
   *
   * @param change who, the present and the new password
   * @param deadline for the whole operation
   * @return what became of it
   */
  PasswordChangeResult changePassword(PasswordChange change, Deadline deadline);

  /**
   * Changes an account's status, for administrators. Every change ends all sessions of the account.
   *
   * @param account whose
   * @param status the new status
   * @param deadline for the whole operation
   * @return what became of it
   */
  AccountChangeResult changeStatus(AccountId account, AccountStatus status, Deadline deadline);

  /**
   * Changes the identifier under which an account logs in, for administrators and for hosts that
   * have proved the new address. The old one opens nothing any more and may be taken by another
   * account. Ends all sessions.
   *
   * @param account whose
   * @param next the new identifier, canonical
   * @param deadline for the whole operation
   * @return what became of it
   */
  LoginIdChangeResult changeLoginId(AccountId account, LoginId next, Deadline deadline);

  /**
   * Says that a credential was changed where neither this library nor the database's triggers saw
   * it, for instance in a restored table. Its cached copies are dropped and all sessions end. For a
   * change by an ordinary {@code UPDATE} nobody has to call this: triggers tell of it.
   *
   * @param account whose
   * @param deadline for the whole operation
   * @return what became of it; unknown if there is no such account or it has no password
   */
  AccountChangeResult invalidateCredential(AccountId account, Deadline deadline);

  /**
   * Deletes an account with its credential, profile and sessions. What it was is gone; to keep the
   * account and only lock it, change its status.
   *
   * @param account whose
   * @param deadline for the whole operation
   * @return changed also where it was deleted within the last hour; unknown if there is no trace
   */
  AccountChangeResult deleteAccount(AccountId account, Deadline deadline);

  /**
   * Adds and takes away roles, for administrators. In force from the account's next request on.
   *
   * @param account whose
   * @param grant roles to add; each 1 to 64 characters of {@code A-Z a-z 0-9 _ - . :}
   * @param revoke roles to take away; wins where a role is in both
   * @param deadline for the whole operation
   * @return what became of it
   * @throws IllegalArgumentException if a role to be changed has another form
   */
  AccountChangeResult changeRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline);

  /**
   * Deletes what is over: expired sessions, outbox rows that were done an hour ago, outcomes of
   * changes that were made two days ago. The service does it by itself every minute; a host that
   * wants its own schedule calls this. Where another node is at it, this does nothing.
   *
   * @param max at most this many of each; positive
   * @param deadline for the whole operation
   * @return what became of it
   */
  CleanUpResult cleanUp(int max, Deadline deadline);

  /**
   * Delivers invalidations that are pending because Redis could not be told when they were
   * committed. The service does it by itself every second, and lets wait what has failed; a host
   * that has just seen Redis come back calls this, which lets nothing wait.
   *
   * @param deadline for the whole operation
   * @return true if nothing was left that this node could take
   */
  boolean relayInvalidations(Deadline deadline);

  /**
   * Tells how many invalidations are pending and how old they are, for health checks and metrics.
   * One statement on the database.
   *
   * @param deadline for the whole operation
   * @return what the outbox says
   */
  InvalidationBacklogResult invalidationBacklog(Deadline deadline);

  /**
   * Compares what caches hold of the next accounts with the database: finds what a lost fence has
   * left behind, and drops it on request. May run while accounts change, on any node; a check that
   * nobody needs costs two look-ups in Redis an account.
   *
   * @param request where to begin, how many, whether to repair
   * @param deadline for the whole operation
   * @return what was found, and where to go on
   */
  CacheCheckResult checkCaches(CacheCheckRequest request, Deadline deadline);

  /**
   * Compares everything, batch after batch. Ends early at the deadline, where a backend does not
   * answer, or when the thread is interrupted; then the result says where to go on.
   *
   * @param request where to begin, how many at a time, the pause in between, whether to repair
   * @param progress hears of every batch, on the caller's thread
   * @param deadline for all of it
   * @return the sum of all batches
   */
  CacheCheckResult checkAllCaches(
      CacheCheckRequest request, Consumer<CacheCheckResult.Checked> progress, Deadline deadline);

  /**
   * Tells how the servers are, as the calls of this node found them, and what the last look at
   * their settings found. Returns at once and asks nobody, so that a probe may call it often.
   *
   * @return the health of this service
   */
  ServiceHealth health();

  /**
   * Looks at the servers' settings anew, as the start did, and tells the listener of what is new.
   *
   * @param deadline for the whole look; who does not answer by then keeps what was found before
   * @return the health of this service after the look
   */
  ServiceHealth inspect(Deadline deadline);

  /**
   * Stops background work, waiting for it at most a second. Closes only what the service opened
   * itself: not the stores, not an executor that was handed in.
   */
  @Override
  void close();
}
