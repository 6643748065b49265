package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.ImportedAccount;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Administrators' look-ups and changes of accounts, at {@link AuthService#admin}; those of the
 * names of accounts are in {@link Names}, of their roles in {@link Roles}, none sets a password,
 * see {@link Recovery}. The caller must have authorised the administrator: these methods do not
 * check again. Thread-safe. Every method blocks at most until its deadline.
 *
 * <p>Failure: a method whose backend cannot answer returns {@code Unavailable}. The outcome of a
 * change is then unknown, and the call may be repeated.
 */
public interface Admin extends Names, Roles {
  /**
   * Finds an account by its id.
   *
   * @param account its id, which names the tenant
   * @param deadline for the whole operation
   * @return found, unknown or unavailable
   */
  FindResult find(AccountId account, Deadline deadline);

  /**
   * Finds an account by one of its login identifiers.
   *
   * @param loginId canonical, in the tenant to look in
   * @param deadline for the whole operation
   * @return found, unknown or unavailable
   */
  FindResult find(LoginId loginId, Deadline deadline);

  /**
   * Finds an account by the id that the host's own system gave it.
   *
   * @param externalId the host's id, with the tenant to look in
   * @param deadline for the whole operation
   * @return found, unknown or unavailable
   */
  FindResult find(ExternalId externalId, Deadline deadline);

  /**
   * Finds an account by the name under which another issuer knows its owner.
   *
   * @param identity issuer and subject, with the tenant to look in
   * @param deadline for the whole operation
   * @return found, unknown or unavailable
   */
  FindResult find(ExternalIdentity identity, Deadline deadline);

  /**
   * Lists the accounts of a tenant page by page, in the order of their ids. A late page costs no
   * more than the first. An account that is created meanwhile may or may not be listed.
   *
   * @param tenant whose accounts
   * @param after {@link ListResult.Listed#next} of the page before; empty for the first page
   * @param max at most this many accounts; 1 to 1,000
   * @param deadline for the whole operation
   * @return listed or unavailable
   * @throws IllegalArgumentException if {@code max} is out of range, or {@code after} is of another
   *     tenant
   */
  ListResult list(TenantId tenant, Optional<AccountId> after, int max, Deadline deadline);

  /**
   * Changes the status of an account. Every change ends all sessions of the account.
   *
   * @param account the account to change
   * @param status the new status
   * @param deadline for the whole operation
   * @return changed, unknown or unavailable
   */
  AccountChangeResult changeStatus(AccountId account, AccountStatus status, Deadline deadline);

  /**
   * Invalidates a credential that was changed without this library or the database's triggers
   * noticing, for instance in a restored table. Its cached copies are dropped and all sessions end.
   * An ordinary {@code UPDATE} needs no such call: triggers report it.
   *
   * @param account the account to invalidate
   * @param deadline for the whole operation
   * @return changed, unknown or unavailable
   */
  AccountChangeResult invalidateCredential(AccountId account, Deadline deadline);

  /**
   * Deletes an account with its credential, profile and sessions. It cannot be restored; to keep
   * the account and only lock it, change its status.
   *
   * @param account the account to delete
   * @param deadline for the whole operation
   * @return changed, also if deleted within the last hour; unknown if no record remains; or
   *     unavailable
   */
  AccountChangeResult deleteAccount(AccountId account, Deadline deadline);

  /**
   * Imports accounts of another system, in batches of which each is one transaction. An account is
   * checked like a sign-up but for its password, which is there as a hash: the hasher of this
   * service must be able to read it. What cannot be imported is told to {@link
   * ImportOptions#refused} and skipped. A login identifier of an imported account is not verified.
   *
   * <p>May be started again from its beginning: an account that was imported from the same data is
   * counted as present and left as it is, also if its owner has changed it since. It is found by
   * its login identifiers: one that was deleted since, or has others now, is imported again, unless
   * its external id is taken.
   *
   * @param accounts read once, on the calling thread, and not closed; no more than a batch is held
   * @param options receive what is refused, and progress
   * @param deadline for the whole import; at most a day
   * @return done, or stopped because a backend could not answer or the deadline has passed
   */
  ImportResult importAccounts(
      Stream<? extends @Nullable ImportedAccount> accounts,
      ImportOptions options,
      Deadline deadline);

  /** The result of a look-up of an account. Immutable and thread-safe. */
  sealed interface FindResult {
    /**
     * There is such an account.
     *
     * @param account as the database has it
     */
    record Found(Account account) implements FindResult {}

    /** There is no such account. */
    record Unknown() implements FindResult {}

    /**
     * A backend could not answer.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements FindResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param found for {@link Found}
     * @param unknown for {@link Unknown}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<FindResult.Found, R> found,
        Function<FindResult.Unknown, R> unknown,
        Function<FindResult.Unavailable, R> unavailable) {
      if (this instanceof FindResult.Found f) {
        return found.apply(f);
      }
      if (this instanceof FindResult.Unknown u) {
        return unknown.apply(u);
      }
      return unavailable.apply((FindResult.Unavailable) this);
    }
  }

  /** A page of the accounts of a tenant. Immutable and thread-safe. */
  sealed interface ListResult {
    /**
     * The database has answered.
     *
     * @param accounts in the order of their ids
     * @param next the account after which to go on; empty at the end
     */
    record Listed(List<Account> accounts, Optional<AccountId> next) implements ListResult {
      /**
       * Copies the list.
       *
       * @param accounts see the type
       * @param next see the type
       */
      public Listed {
        accounts = List.copyOf(accounts);
      }
    }

    /**
     * A backend could not answer.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements ListResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param listed for {@link Listed}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<ListResult.Listed, R> listed, Function<ListResult.Unavailable, R> unavailable) {
      return this instanceof ListResult.Listed l
          ? listed.apply(l)
          : unavailable.apply((ListResult.Unavailable) this);
    }
  }

  /**
   * The result of an administrator's change to an account: status, a renewed credential, deletion.
   * Immutable and thread-safe.
   */
  sealed interface AccountChangeResult {
    /**
     * Changed and committed; in force from the next request on.
     *
     * @param cachePending true if Redis could not be told yet; the relay will
     */
    record Changed(boolean cachePending) implements AccountChangeResult {}

    /** There is no such account. */
    record Unknown() implements AccountChangeResult {}

    /**
     * A backend could not answer.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements AccountChangeResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param changed for {@link Changed}
     * @param unknown for {@link Unknown}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<AccountChangeResult.Changed, R> changed,
        Function<AccountChangeResult.Unknown, R> unknown,
        Function<AccountChangeResult.Unavailable, R> unavailable) {
      if (this instanceof AccountChangeResult.Changed c) {
        return changed.apply(c);
      }
      if (this instanceof AccountChangeResult.Unknown u) {
        return unknown.apply(u);
      }
      return unavailable.apply((AccountChangeResult.Unavailable) this);
    }
  }

  /** The result of an import of accounts. Immutable and thread-safe. */
  sealed interface ImportResult {
    /**
     * All accounts were read, and each was imported, was there, or was refused.
     *
     * @param total what became of them
     */
    record Done(Progress total) implements ImportResult {}

    /**
     * A backend could not answer, or the deadline has passed. What was counted is in the database.
     * The same import may be started again from its beginning: what is there is counted as present.
     *
     * @param total what became of the accounts before
     * @param retryAfter when it is worth trying again
     */
    record Stopped(Progress total, Duration retryAfter) implements ImportResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param done for {@link Done}
     * @param stopped for {@link Stopped}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(Function<Done, R> done, Function<Stopped, R> stopped) {
      return this instanceof Done d ? done.apply(d) : stopped.apply((Stopped) this);
    }

    /**
     * What became of the accounts that were read. Immutable and thread-safe.
     *
     * @param created how many accounts were made
     * @param present how many were imported by an earlier call, or earlier in this one, from the
     *     same data
     * @param refused how many were not imported
     */
    record Progress(long created, long present, long refused) {
      /**
       * Returns how many were read.
       *
       * @return the number of the last one; 0 if none was
       */
      public long read() {
        return created + present + refused;
      }
    }

    /**
     * An account that was not imported. Immutable and thread-safe. Holds no identifier and no hash.
     *
     * @param number of the account in what was given, from 1 on
     * @param reason why
     * @param detail the same for an operator
     */
    record Refused(long number, Reason reason, String detail) {
      /**
       * Checks that nothing is missing.
       *
       * @param number see the type
       * @param reason see the type
       * @param detail see the type
       */
      public Refused {
        requireNonNull(reason, "reason");
        requireNonNull(detail, "detail");
      }
    }

    /** Why an account was not imported. */
    enum Reason {
      /** There is no account, only null. */
      MISSING,
      /** There is no login identifier, more than 16, or a text that is none. */
      LOGIN_ID,
      /** Another account has a login identifier, in the database or earlier in the import. */
      LOGIN_ID_TAKEN,
      /** The hash cannot be read: no password would ever match. */
      HASH,
      /** A role has another form, or there are too many. */
      ROLE,
      /** The external id is empty or too long. */
      EXTERNAL_ID,
      /** Another account has the external id, in the database or earlier in the import. */
      EXTERNAL_ID_TAKEN,
      /** The time of creation lies in the future or outside what the database can keep. */
      CREATED_AT,
      /** The database cannot keep a text, for instance because of its encoding. */
      UNSTORABLE
    }
  }

  /**
   * What an import of accounts tells while it runs. Immutable and thread-safe; both functions are
   * called on the thread of the import, and what they throw ends it.
   *
   * @param refused receives every account that is not imported, in the order of their numbers
   *     within a batch; for instance it writes a file
   * @param progress receives the totals after each batch
   */
  record ImportOptions(
      Consumer<ImportResult.Refused> refused, Consumer<ImportResult.Progress> progress) {
    /**
     * Checks that nothing is missing.
     *
     * @param refused see the type
     * @param progress see the type
     */
    public ImportOptions {
      requireNonNull(refused, "refused");
      requireNonNull(progress, "progress");
    }

    /**
     * Returns options with a receiver of what is refused, which tell nothing of progress.
     *
     * @param refused receives every account that is not imported
     * @return the options
     */
    public static ImportOptions refused(Consumer<ImportResult.Refused> refused) {
      return new ImportOptions(refused, progress -> {});
    }

    /**
     * Returns options that also tell of progress.
     *
     * @param next receives the totals after each batch
     * @return new options
     */
    public ImportOptions withProgress(Consumer<ImportResult.Progress> next) {
      return new ImportOptions(refused, next);
    }
  }
}
