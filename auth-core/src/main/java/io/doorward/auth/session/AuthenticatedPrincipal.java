package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import java.security.Principal;
import java.util.Optional;
import java.util.Set;

/**
 * The authenticated account of a request, after its token and session were checked. Immutable and
 * thread-safe.
 *
 * @param account the account
 * @param roles the roles at the moment of the check
 * @param session the session of the request
 */
public record AuthenticatedPrincipal(AccountId account, Set<String> roles, Session session)
    implements Principal {
  /**
   * Copies the roles.
   *
   * @param account see the type
   * @param roles see the type
   * @param session see the type
   */
  public AuthenticatedPrincipal {
    requireNonNull(account, "account");
    roles = Set.copyOf(requireNonNull(roles, "roles"));
    requireNonNull(session, "session");
  }

  /** Returns the account's text, which never changes; not the e-mail address, which may. */
  @Override
  public String getName() {
    return account.value();
  }

  /**
   * Returns the identifier that the user logged in with, an e-mail address for instance. A change
   * of the account's identifiers ends its sessions, so it is not outdated.
   *
   * <p>Security: it is personal data, and no name for the account: that is {@link #account}.
   *
   * @return the identifier; empty if the session does not know it, because an older version opened
   *     it or the identifier has more than 256 characters
   */
  public Optional<LoginId> loginId() {
    return Optional.ofNullable(session.attributes().get(SessionRules.LOGIN_ID))
        .map(value -> LoginId.ofStored(account.tenant(), value));
  }

  /**
   * Returns whether the principal has a role.
   *
   * @param role compared exactly
   * @return true if the profile carries it
   */
  public boolean hasRole(String role) {
    return roles.contains(role);
  }
}
