package io.doorward.auth.account;

/**
 * Everything the database owns of accounts: credentials, profiles, names, the outbox that its
 * triggers write, and the outcomes that it remembers; a directory of all of it, and the import of
 * many. The parts that use one of these ask for that one only.
 *
 * <p>Thread-safe. Its parts must be views of one database, because a change and its outbox rows are
 * one transaction.
 */
public interface AccountStore
    extends CredentialStore,
        ProfileStore,
        NameStore,
        Outbox,
        OperationLog,
        AccountDirectory,
        AccountImport {}
