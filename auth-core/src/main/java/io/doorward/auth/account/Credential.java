package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.PasswordHash;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One account's password credential as one statement read it: whose it is, whether the account may
 * log in, the hash, the account's state, and which other factors it has. Roles are not part of it.
 * Immutable and thread-safe.
 *
 * <p>Security: the factors are part of what is cached, so that no hit skips one. A caller that
 * meets the name of a factor which it does not know must not accept the password alone; a newer
 * version of this library may ask for that factor.
 *
 * @param account whose it is
 * @param loginId under which it is found
 * @param status whether the account may log in
 * @param hash of the password; redacted when printed
 * @param version the account's state that was read
 * @param epoch in which sessions that this credential proves are opened
 * @param knownDevicesOnly whether the password opens the account from known devices only, because
 *     it was guessed at too often, see {@link CredentialStore#countFailure}
 * @param factors names of the types of the account's other credentials, each 1 to 32 characters of
 *     {@code a-z 0-9 -}; empty if the password is all it has
 */
public record Credential(
    AccountId account,
    LoginId loginId,
    AccountStatus status,
    PasswordHash hash,
    CredentialVersion version,
    Epoch epoch,
    boolean knownDevicesOnly,
    Set<String> factors) {
  private static final Pattern FACTOR = Pattern.compile("[a-z0-9-]{1,32}");

  /**
   * Copies the factors, and checks their names and that account and identifier are of one tenant.
   *
   * @param account see the type
   * @param loginId see the type
   * @param status see the type
   * @param hash see the type
   * @param version see the type
   * @param epoch see the type
   * @param knownDevicesOnly see the type
   * @param factors see the type
   * @throws IllegalArgumentException if the name of a factor has another form, or the tenants
   *     differ
   */
  public Credential {
    requireOneTenant(account, loginId);
    factors = Set.copyOf(factors);
    for (String factor : factors) {
      if (!FACTOR.matcher(factor).matches()) {
        throw new IllegalArgumentException(
            "factors must match " + FACTOR.pattern() + ", one was " + factor.length() + " long");
      }
    }
  }

  /**
   * Creates a credential that is accepted from every device and is the only one of its account.
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
    this(account, loginId, status, hash, version, epoch, false, Set.of());
  }

  /** Refuses an account with a login identifier of another tenant. */
  static void requireOneTenant(AccountId account, LoginId loginId) {
    account.requireSame(loginId.tenant(), "loginId");
  }
}
