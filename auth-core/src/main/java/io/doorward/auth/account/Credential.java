package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.PasswordHash;

/**
 * One account's password credential as one statement read it: whose it is, whether the account may
 * log in, the hash, and the state it is in. Roles are not part of it. Immutable and thread-safe.
 *
 * @param account whose it is
 * @param loginId under which it is found
 * @param status whether the account may log in
 * @param hash of the password; redacted when printed
 * @param version the state that was read
 * @param epoch in which sessions that this credential proves are opened
 */
public record Credential(
    AccountId account,
    LoginId loginId,
    AccountStatus status,
    PasswordHash hash,
    CredentialVersion version,
    Epoch epoch) {}
