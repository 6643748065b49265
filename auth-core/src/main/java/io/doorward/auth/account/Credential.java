package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.PasswordHash;

/**
 * One account's password credential as one statement read it: whose it is, whether the account may
 * log in, the hash, and the state it is in. Roles are not part of it. Immutable and thread-safe.
 *
 * @param account whose it is
 * @param loginId under which it is found
 * @param status whether the account may log in
 * @param hash of the password; redacted when printed
 * @param version the state that was read
 * @param epoch in which sessions that this credential proves are opened
 * @param knownDevicesOnly whether the password opens the account from known devices only, because
 *     it was guessed at too often, see {@link CredentialStore#countFailure}
 */
public record Credential(
    AccountId account,
    LoginId loginId,
    AccountStatus status,
    PasswordHash hash,
    CredentialVersion version,
    Epoch epoch,
    boolean knownDevicesOnly) {
  /**
   * A credential that opens its account from everywhere.
   *
   * @param account see the type
   * @param loginId see the type
   * @param status see the type
   * @param hash see the type
   * @param version see the type
   * @param epoch see the type
   */
  public Credential(
      AccountId account,
      LoginId loginId,
      AccountStatus status,
      PasswordHash hash,
      CredentialVersion version,
      Epoch epoch) {
    this(account, loginId, status, hash, version, epoch, false);
  }
}
