package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import java.util.Optional;

/**
 * The values of one account that caches may hold, read by one statement. Holds no hash. Immutable
 * and thread-safe.
 *
 * @param account which one
 * @param loginId under which its credential is found; empty if the account is gone
 * @param credential the state of its password credential; empty if it has none
 * @param user its user record; empty if the account is gone
 * @param pending true if the outbox holds something of it that is not confirmed: caches may be
 *     behind, and will be told
 */
public record AccountState(
    AccountId account,
    Optional<LoginId> loginId,
    Optional<CredentialVersion> credential,
    Optional<UserRecord> user,
    boolean pending) {}
