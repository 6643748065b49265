package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.RoleModel;
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
 * @param roles the roles that the account was assigned, at the moment of the check; without those
 *     that they include, see {@link #effectiveRoles}
 * @param session the session of the request
 * @param roleModel what the roles mean
 */
public record AuthenticatedPrincipal(
    AccountId account, Set<String> roles, Session session, RoleModel roleModel)
    implements Principal {
  /**
   * Copies the roles.
   *
   * @param account see the type
   * @param roles see the type
   * @param session see the type
   * @param roleModel see the type
   */
  public AuthenticatedPrincipal {
    requireNonNull(account, "account");
    roles = Set.copyOf(requireNonNull(roles, "roles"));
    requireNonNull(session, "session");
    requireNonNull(roleModel, "roleModel");
  }

  /**
   * Makes a principal whose roles include no others and who has no permission.
   *
   * @param account see the type
   * @param roles see the type
   * @param session see the type
   */
  public AuthenticatedPrincipal(AccountId account, Set<String> roles, Session session) {
    this(account, roles, session, RoleModel.none());
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
   * @return true if the account was assigned it, or a role that includes it
   */
  public boolean hasRole(String role) {
    return roleModel.hasRole(roles, role);
  }

  /**
   * Returns whether the principal has a permission.
   *
   * @param permission compared exactly, {@code article:read} for instance; no wildcard
   * @return true if a role of the account grants it, by itself or by a wildcard; false for every
   *     text that is no permission
   */
  public boolean hasPermission(String permission) {
    return roleModel.hasPermission(roles, permission);
  }

  /**
   * Returns the roles with all that they include. Computed at each call; to check one role, use
   * {@link #hasRole}.
   *
   * @return at least {@link #roles}
   */
  public Set<String> effectiveRoles() {
    return roleModel.effectiveRoles(roles);
  }

  /**
   * Returns what the roles grant, for instance to show only what the user may do. Computed at each
   * call; to check one permission, use {@link #hasPermission}.
   *
   * @return permissions and wildcards, as they are written in the role model
   */
  public Set<String> permissions() {
    return roleModel.permissions(roles);
  }
}
