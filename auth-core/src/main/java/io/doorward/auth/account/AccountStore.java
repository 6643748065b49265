package io.doorward.auth.account;

import io.doorward.auth.base.Deadline;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Everything the database owns of accounts: credentials, profiles, names, the outbox that its
 * triggers write, and the outcomes that it remembers; a directory of all of it, and the import of
 * many. The parts that use one of these ask for that one only.
 *
 * <p>Thread-safe. Its parts must be views of one database, because a change and its outbox rows are
 * one transaction.
 */
public interface AccountStore
    extends CredentialStore, ProfileStore, NameStore, Outbox, AccountDirectory, AccountImport {
  /**
   * Creates an empty store in memory, over the system's clock; for tests and examples.
   *
   * @return a store; what it holds ends with it
   */
  static AccountStore inMemory() {
    return inMemory(InstantSource.system());
  }

  /**
   * Creates an empty store in memory, for tests.
   *
   * @param clock tells how old an outbox row or an outcome is and when a row is due
   * @return a store; what it holds ends with it
   */
  static AccountStore inMemory(InstantSource clock) {
    return new InMemoryAccounts(clock);
  }

  /**
   * Deletes old outcomes of changes. A store keeps outcomes so that a call that is repeated after a
   * lost answer gets the first one; a call that is repeated after the deletion counts as a new one.
   * Any number of nodes clean up at the same time.
   *
   * <p>The service keeps an outcome for two days: no {@link Deadline} is longer than a day, and a
   * host that repeats a call under its own {@link io.doorward.auth.base.OperationId} is promised a
   * day.
   *
   * @param age how long an outcome is kept, counted from the call; not negative
   * @param max at most this many; positive
   * @param deadline for the call
   * @return how many were deleted
   * @throws io.doorward.auth.base.StoreException if the database cannot answer before the deadline
   */
  int removeOperations(Duration age, int max, Deadline deadline);
}
