package io.doorward.auth;

import io.doorward.auth.account.RoleModel;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import java.time.Duration;
import java.util.Set;
import java.util.function.Function;

/**
 * Administrators' changes of the roles of accounts, a part of {@link Admin}. The {@link RoleModel}
 * of the service says what a role means; a role may be assigned whether the model has it or not.
 * Thread-safe. Every method blocks at most until its deadline.
 *
 * <p>Failure: a method whose backend cannot answer returns {@code Unavailable}. The outcome of a
 * change is then unknown, and the call may be repeated.
 */
public interface Roles {
  /**
   * Grants and revokes roles, effective from the account's next request.
   *
   * @param account the account to change
   * @param grant roles to add; each 1 to 64 characters of {@code A-Z a-z 0-9 _ - . :}
   * @param revoke roles to remove; takes precedence if a role is in both
   * @param deadline for the whole operation
   * @return changed; full if the account would have more than 64 roles; unknown or unavailable
   * @throws IllegalArgumentException if a role to be changed has another form
   */
  RoleChangeResult changeRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline);

  /** The result of {@link #changeRoles}. Immutable and thread-safe. */
  sealed interface RoleChangeResult {
    /**
     * Changed and committed; in force from the next request on.
     *
     * @param cachePending true if Redis could not be told yet; the relay will
     */
    record Changed(boolean cachePending) implements RoleChangeResult {}

    /** The account would have more than 64 roles. Nothing was changed. */
    record Full() implements RoleChangeResult {}

    /** There is no such account. */
    record Unknown() implements RoleChangeResult {}

    /**
     * A backend could not answer.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements RoleChangeResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param changed for {@link Changed}
     * @param full for {@link Full}
     * @param unknown for {@link Unknown}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<Changed, R> changed,
        Function<Full, R> full,
        Function<Unknown, R> unknown,
        Function<Unavailable, R> unavailable) {
      if (this instanceof Changed c) {
        return changed.apply(c);
      }
      if (this instanceof Full f) {
        return full.apply(f);
      }
      if (this instanceof Unknown u) {
        return unknown.apply(u);
      }
      return unavailable.apply((Unavailable) this);
    }
  }
}
