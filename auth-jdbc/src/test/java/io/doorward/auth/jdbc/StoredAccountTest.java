package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.TenantId;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StoredAccountTest {
  @Test
  void onlyCanonicalUuidsNameAccounts() {
    AccountId account = AccountId.random();
    assertThat(StoredAccount.of(account))
        .hasValue(new StoredAccount("default", UUID.fromString(account.value())));
    assertThat(StoredAccount.of(new AccountId("1-1-1-1-1"))).isEmpty();
    assertThat(StoredAccount.of(new AccountId("0B0E7C5A-93C4-4F0B-8DA5-0D6C0E1B7A11"))).isEmpty();
    assertThat(StoredAccount.of(new AccountId("x"))).isEmpty();
  }

  @Test
  void theTenantIsPartOfIt() {
    AccountId account = AccountId.random(new TenantId("north"));
    assertThat(StoredAccount.of(account))
        .hasValue(new StoredAccount("north", UUID.fromString(account.local())));
  }
}
