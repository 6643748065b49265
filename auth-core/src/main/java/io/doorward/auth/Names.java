package io.doorward.auth;

import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import java.time.Duration;
import java.util.function.Function;

/**
 * Administrators' changes of the names of accounts, a part of {@link Admin}: login identifiers, the
 * id that the host's own system gave an account, and the names under which other issuers know its
 * owner. Each is unique in its tenant. None proves that the name belongs to the owner: an
 * application that lets users do this themselves verifies their password and the name first.
 * Thread-safe. Every method blocks at most until its deadline.
 *
 * <p>A change of a login identifier ends all sessions of the account. Once a method has returned
 * without {@code cachePending}, no node accepts a removed identifier, not even from a cache, and
 * every node accepts an added one. The other names open no account, and their changes end no
 * session.
 *
 * <p>Failure: a method whose backend cannot answer returns {@code Unavailable}. The outcome of a
 * change is then unknown, and the call may be repeated.
 */
public interface Names {
  /**
   * Changes the login identifier of an account; of several, the first, whose place the new one
   * takes. Hosts may also call it after they have verified the new address of a user. Once this
   * returns {@code Changed}, the old identifier is rejected and may be taken by another account,
   * and all sessions of the account are revoked.
   *
   * @param account the account to change
   * @param next the new identifier, canonical; one that the account has already moves to the first
   *     place
   * @param deadline for the whole operation
   * @return changed, duplicate, unknown or unavailable
   * @throws IllegalArgumentException if the identifier is of another tenant than the account, or
   *     cannot be stored
   */
  LoginIdChangeResult changeLoginId(AccountId account, LoginId next, Deadline deadline);

  /**
   * Gives an account a further login identifier, which opens it with the same password. It comes
   * after those that the account has.
   *
   * @param account the account to change
   * @param further the identifier, canonical
   * @param deadline for the whole operation
   * @return added, also if the account had it; duplicate, full, unknown or unavailable
   * @throws IllegalArgumentException if the identifier is of another tenant than the account, or
   *     cannot be stored
   */
  NameAddResult addLoginId(AccountId account, LoginId further, Deadline deadline);

  /**
   * Takes a login identifier away from an account that has several. Once this returns {@code
   * Removed}, it is rejected and may be taken by another account. Where it was the first one, the
   * next is first.
   *
   * @param account the account to change
   * @param loginId the identifier, canonical
   * @param deadline for the whole operation
   * @return removed, last, absent, unknown or unavailable
   * @throws IllegalArgumentException if the identifier is of another tenant than the account
   */
  NameRemovalResult removeLoginId(AccountId account, LoginId loginId, Deadline deadline);

  /**
   * Gives an account an id of the host's own system, in place of the one that it has.
   *
   * @param account the account to change
   * @param externalId the id
   * @param deadline for the whole operation
   * @return added, also if the account had it; duplicate, unknown or unavailable
   * @throws IllegalArgumentException if the id is of another tenant than the account, or cannot be
   *     stored
   */
  NameAddResult setExternalId(AccountId account, ExternalId externalId, Deadline deadline);

  /**
   * Takes the id of the host's own system away from an account.
   *
   * @param account the account to change
   * @param deadline for the whole operation
   * @return removed, absent, unknown or unavailable
   */
  NameRemovalResult clearExternalId(AccountId account, Deadline deadline);

  /**
   * Notes that another issuer knows the owner of an account under a name.
   *
   * @param account the account to change
   * @param identity issuer and subject
   * @param deadline for the whole operation
   * @return added, also if the account had it; duplicate, full, unknown or unavailable
   * @throws IllegalArgumentException if the identity is of another tenant than the account, or
   *     cannot be stored
   */
  NameAddResult linkIdentity(AccountId account, ExternalIdentity identity, Deadline deadline);

  /**
   * Forgets that another issuer knows the owner of an account under a name.
   *
   * @param account the account to change
   * @param identity issuer and subject
   * @param deadline for the whole operation
   * @return removed, absent, unknown or unavailable
   * @throws IllegalArgumentException if the identity is of another tenant than the account
   */
  NameRemovalResult unlinkIdentity(AccountId account, ExternalIdentity identity, Deadline deadline);

  /** The result of {@link #changeLoginId}. Immutable and thread-safe. */
  sealed interface LoginIdChangeResult {
    /**
     * Changed and committed: the account logs in under the new identifier only.
     *
     * @param cachePending true if Redis could not be told yet; the relay will
     */
    record Changed(boolean cachePending) implements LoginIdChangeResult {}

    /** Another account has the identifier. Nothing was changed. */
    record Duplicate() implements LoginIdChangeResult {}

    /** There is no such account. */
    record Unknown() implements LoginIdChangeResult {}

    /**
     * A backend could not answer.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements LoginIdChangeResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param changed for {@link Changed}
     * @param duplicate for {@link Duplicate}
     * @param unknown for {@link Unknown}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<LoginIdChangeResult.Changed, R> changed,
        Function<LoginIdChangeResult.Duplicate, R> duplicate,
        Function<LoginIdChangeResult.Unknown, R> unknown,
        Function<LoginIdChangeResult.Unavailable, R> unavailable) {
      if (this instanceof LoginIdChangeResult.Changed c) {
        return changed.apply(c);
      }
      if (this instanceof LoginIdChangeResult.Duplicate d) {
        return duplicate.apply(d);
      }
      if (this instanceof LoginIdChangeResult.Unknown u) {
        return unknown.apply(u);
      }
      return unavailable.apply((LoginIdChangeResult.Unavailable) this);
    }
  }

  /** The result of an addition of a name. Immutable and thread-safe. */
  sealed interface NameAddResult {
    /**
     * The account has the name now. Committed.
     *
     * @param cachePending true if Redis could not be told yet; the relay will
     */
    record Added(boolean cachePending) implements NameAddResult {}

    /** Another account of the tenant has the name. Nothing was changed. */
    record Duplicate() implements NameAddResult {}

    /** The account has 16 names of that kind, the most that it may have. Nothing was changed. */
    record Full() implements NameAddResult {}

    /** There is no such account. */
    record Unknown() implements NameAddResult {}

    /**
     * A backend could not answer.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements NameAddResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param added for {@link Added}
     * @param duplicate for {@link Duplicate}
     * @param full for {@link Full}
     * @param unknown for {@link Unknown}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<NameAddResult.Added, R> added,
        Function<NameAddResult.Duplicate, R> duplicate,
        Function<NameAddResult.Full, R> full,
        Function<NameAddResult.Unknown, R> unknown,
        Function<NameAddResult.Unavailable, R> unavailable) {
      if (this instanceof NameAddResult.Added a) {
        return added.apply(a);
      }
      if (this instanceof NameAddResult.Duplicate d) {
        return duplicate.apply(d);
      }
      if (this instanceof NameAddResult.Full f) {
        return full.apply(f);
      }
      if (this instanceof NameAddResult.Unknown u) {
        return unknown.apply(u);
      }
      return unavailable.apply((NameAddResult.Unavailable) this);
    }
  }

  /** The result of a removal of a name. Immutable and thread-safe. */
  sealed interface NameRemovalResult {
    /**
     * The account no longer has the name. Committed.
     *
     * @param cachePending true if Redis could not be told yet; the relay will
     */
    record Removed(boolean cachePending) implements NameRemovalResult {}

    /** It is the only login identifier of the account. Nothing was changed. */
    record Last() implements NameRemovalResult {}

    /**
     * The account does not have the name; also after an earlier call whose answer was {@code
     * Unavailable} has removed it.
     *
     * @param cachePending true if Redis could not be told yet of an earlier change; the relay will
     */
    record Absent(boolean cachePending) implements NameRemovalResult {}

    /** There is no such account. */
    record Unknown() implements NameRemovalResult {}

    /**
     * A backend could not answer.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements NameRemovalResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param removed for {@link Removed}
     * @param last for {@link Last}
     * @param absent for {@link Absent}
     * @param unknown for {@link Unknown}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<NameRemovalResult.Removed, R> removed,
        Function<NameRemovalResult.Last, R> last,
        Function<NameRemovalResult.Absent, R> absent,
        Function<NameRemovalResult.Unknown, R> unknown,
        Function<NameRemovalResult.Unavailable, R> unavailable) {
      if (this instanceof NameRemovalResult.Removed r) {
        return removed.apply(r);
      }
      if (this instanceof NameRemovalResult.Last l) {
        return last.apply(l);
      }
      if (this instanceof NameRemovalResult.Absent a) {
        return absent.apply(a);
      }
      if (this instanceof NameRemovalResult.Unknown u) {
        return unknown.apply(u);
      }
      return unavailable.apply((NameRemovalResult.Unavailable) this);
    }
  }
}
