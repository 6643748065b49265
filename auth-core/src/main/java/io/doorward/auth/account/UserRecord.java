package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import java.util.Set;

/**
 * What every request check needs to know of an account, read by one statement: its roles, and the
 * oldest credential version whose sessions are still good. Immutable and thread-safe.
 *
 * @param account whose it is
 * @param roles from the account's profile; may be empty
 * @param version grows with every change of roles or of {@code minCredentialVersion}; positive
 * @param minCredentialVersion sessions that were authenticated by an older credential are over
 */
public record UserRecord(
    AccountId account, Set<String> roles, long version, long minCredentialVersion) {
  /**
   * Copies the roles.
   *
   * @param account see the type
   * @param roles see the type
   * @param version see the type
   * @param minCredentialVersion see the type
   */
  public UserRecord {
    roles = Set.copyOf(roles);
  }
}
