package io.doorward.auth.engine.cache;

import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import java.util.Optional;

/** Reads cached {@link UserRecord}s without changing them. Thread-safe. */
@FunctionalInterface
public interface UserPeek {
  /**
   * Reads the record that a request check would be served from the cache. Writes nothing and loads
   * nothing.
   *
   * @param account whose record
   * @param deadline for the call
   * @return the record; empty if none is cached that would be served
   * @throws io.doorward.auth.base.StoreException if the backend did not answer
   */
  Optional<UserRecord> peekUser(AccountId account, Deadline deadline);
}
