package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import java.security.Principal;
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
   * Returns whether the principal has a role.
   *
   * @param role compared exactly
   * @return true if the profile carries it
   */
  public boolean hasRole(String role) {
    return roles.contains(role);
  }
}
