package io.doorward.auth.engine.cache;

import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;

/** Invalidates cached {@link UserRecord}s after a change. Thread-safe; safe to repeat. */
@FunctionalInterface
public interface UserFence {
  /**
   * Invalidates records older than {@code floor}.
   *
   * @param account whose record
   * @param floor a {@link UserRecord#version()}; 0 only voids loads that are under way
   * @param deadline for the call
   * @return true if it binds every node from now on; false if it has to be told again, see {@link
   *     CredentialCache#fence}
   * @throws io.doorward.auth.base.StoreException if the backend did not confirm
   */
  boolean fenceUser(AccountId account, long floor, Deadline deadline);
}
