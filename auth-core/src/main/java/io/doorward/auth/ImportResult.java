package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.function.Function;

/** The result of an import of accounts. Immutable and thread-safe. */
public sealed interface ImportResult {
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
  default <R> R match(
      Function<ImportResult.Done, R> done, Function<ImportResult.Stopped, R> stopped) {
    return this instanceof ImportResult.Done d
        ? done.apply(d)
        : stopped.apply((ImportResult.Stopped) this);
  }

  /**
   * What became of the accounts that were read. Immutable and thread-safe.
   *
   * @param created how many accounts were made
   * @param present how many were imported by an earlier call, or earlier in this one, from the same
   *     data
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
