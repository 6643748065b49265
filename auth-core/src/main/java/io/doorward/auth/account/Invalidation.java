package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;

/**
 * One thing that Redis still has to be told, because PostgreSQL has changed: "nothing older than
 * {@code floor} may be served under this name". Written in the same transaction as the change, kept
 * until it was confirmed. Delivering one twice, or late, is harmless. Immutable and thread-safe.
 */
public sealed interface Invalidation {
  /**
   * Names the outbox row.
   *
   * @return the row's number; says nothing about order
   */
  long id();

  /**
   * The oldest version that may still be served.
   *
   * @return a version number
   */
  long floor();

  /**
   * The credential found under a login identifier changed.
   *
   * @param id the outbox row
   * @param loginId the identifier, old or new
   * @param floor the credential's version number after the change
   */
  record OfLogin(long id, LoginId loginId, long floor) implements Invalidation {}

  /**
   * The user record of an account changed: roles, or the oldest good credential version.
   *
   * @param id the outbox row
   * @param account the account
   * @param floor the user record's version after the change
   */
  record OfUser(long id, AccountId account, long floor) implements Invalidation {}
}
