package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.jdbc.JdbcAccountStore;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.testkit.AccountStores;
import io.doorward.auth.testkit.TokenStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** Sessions that PostgreSQL owns and Redis answers for. */
final class DurableTokenStoreContractIT extends TokenStoreContract {
  private static Application application;
  private static Node node;

  @BeforeAll
  static void start() {
    application = Application.shared(Sessions.DURABLE);
    node = application.node();
  }

  @AfterAll
  static void end() {
    application.close();
  }

  /** A view that fails is left aside, so that the contract alone would not notice. */
  @AfterEach
  void theViewHasTakenPart() {
    assertThat(node.events().of(BackendFailed.class)).isEmpty();
  }

  @Override
  protected AccountStores accounts() {
    return new Accounts(application, application.accounts());
  }

  @Override
  protected TokenStore store() {
    return node.tokens();
  }

  private record Accounts(Application application, JdbcAccountStore stores)
      implements AccountStores {
    @Override
    public CredentialStore credentials() {
      return stores;
    }

    @Override
    public ProfileStore profiles() {
      return stores;
    }

    @Override
    public NameStore names() {
      return stores;
    }

    @Override
    public Outbox outbox() {
      return stores;
    }

    @Override
    public AccountStore all() {
      return stores;
    }

    @Override
    public AccountDirectory directory() {
      return stores;
    }

    @Override
    public void changeLoginIdBehind(AccountId account, LoginId next) {
      application.sql(
          "UPDATE {login_ids} SET value = ? WHERE account_id = ?", next.value(), account);
    }

    @Override
    public void addLoginIdBehind(AccountId account, LoginId further) {
      application.sql(
          "INSERT INTO {login_ids} (value, account_id) VALUES (?, ?)", further.value(), account);
    }

    @Override
    public void setExternalIdBehind(AccountId account, ExternalId externalId) {
      application.sql(
          "UPDATE {accounts} SET external_id = ? WHERE id = ?", externalId.value(), account);
    }

    @Override
    public void addExternalIdentityBehind(AccountId account, ExternalIdentity identity) {
      application.sql(
          "INSERT INTO {external_identities} (issuer, subject, account_id) VALUES (?, ?, ?)",
          identity.issuer(),
          identity.subject(),
          account);
    }

    @Override
    public void changeHashBehind(AccountId account, PasswordHash next) {
      application.sql(
          "UPDATE {credentials} SET secret = ? WHERE account_id = ?", next.reveal(), account);
    }
  }
}
