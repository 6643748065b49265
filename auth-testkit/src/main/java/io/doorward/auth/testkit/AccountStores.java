package io.doorward.auth.testkit;

import io.doorward.auth.account.AccountDirectory;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.NameStore;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.PasswordHash;

/**
 * The stores over one database, as {@link CredentialStoreContract}, {@link ProfileStoreContract},
 * {@link NameStoreContract}, {@link OutboxContract}, {@link OperationLogContract}, {@link
 * AccountDirectoryContract} and {@link TokenStoreContract} need them; and changes that go behind
 * the stores' back, as an administrator's SQL does.
 *
 * <p>The database need not be empty, but no other process may drain its outbox while a contract
 * runs.
 */
public interface AccountStores {
  /**
   * Returns the credentials.
   *
   * @return the same store each time
   */
  CredentialStore credentials();

  /**
   * Returns the profiles.
   *
   * @return the same store each time
   */
  ProfileStore profiles();

  /**
   * Returns the names.
   *
   * @return the same store each time
   */
  NameStore names();

  /**
   * Returns the outbox.
   *
   * @return the same outbox each time
   */
  Outbox outbox();

  /**
   * Returns all of it.
   *
   * @return the same store each time
   */
  AccountStore all();

  /**
   * Returns the directory of all accounts.
   *
   * @return the same directory each time
   */
  AccountDirectory directory();

  /**
   * Changes the identifier under which an account is found, in the database itself.
   *
   * @param account an account that exists
   * @param next a free identifier
   */
  void changeLoginIdBehind(AccountId account, LoginId next);

  /**
   * Gives an account a further login identifier, in the database itself.
   *
   * @param account an account that exists
   * @param further a free identifier
   */
  void addLoginIdBehind(AccountId account, LoginId further);

  /**
   * Gives an account an id of another system, in the database itself.
   *
   * @param account an account that exists
   * @param externalId a free id of the account's tenant
   */
  void setExternalIdBehind(AccountId account, ExternalId externalId);

  /**
   * Notes under which name another issuer knows the owner of an account, in the database itself.
   *
   * @param account an account that exists
   * @param identity a free name of the account's tenant
   */
  void addExternalIdentityBehind(AccountId account, ExternalIdentity identity);

  /**
   * Changes an account's hash, in the database itself.
   *
   * @param account an account that exists
   * @param next another hash
   */
  void changeHashBehind(AccountId account, PasswordHash next);
}
