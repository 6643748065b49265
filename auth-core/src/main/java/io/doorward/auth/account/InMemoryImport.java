package io.doorward.auth.account;

import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountImport.Row;
import io.doorward.auth.account.AccountImport.Written;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes imported accounts into {@link InMemoryAccounts}; used only under the lock. */
final class InMemoryImport {
  private final Map<AccountId, InMemoryAccount> accounts;
  private final InMemoryNames names;
  private final InMemoryVersions versions;
  private final InstantSource clock;

  /** The rows that were written, without the ids that they happened to get. */
  private final Map<AccountId, Row> imported = new HashMap<>();

  InMemoryImport(
      Map<AccountId, InMemoryAccount> accounts,
      InMemoryNames names,
      InMemoryVersions versions,
      InstantSource clock) {
    this.accounts = accounts;
    this.names = names;
    this.versions = versions;
    this.clock = clock;
  }

  Written write(Row row) {
    List<InMemoryAccount> owners =
        row.loginIds().stream().map(names::find).flatMap(Optional::stream).distinct().toList();
    if (owners.stream().anyMatch(owner -> owner.account.equals(row.account()))) {
      return Written.CREATED;
    }
    if (!owners.isEmpty()) {
      return owners.stream().anyMatch(owner -> isOf(row, owner))
          ? Written.PRESENT
          : Written.LOGIN_ID_TAKEN;
    }
    if (row.externalId().isPresent() && isTaken(row.externalId().get())) {
      return Written.EXTERNAL_ID_TAKEN;
    }
    create(row);
    return Written.CREATED;
  }

  private boolean isOf(Row row, InMemoryAccount owner) {
    Row first = imported.get(owner.account);
    return first != null && first.hasContentOf(row);
  }

  private boolean isTaken(ExternalId externalId) {
    return accounts.values().stream().anyMatch(it -> externalId.equals(it.externalId));
  }

  private void create(Row row) {
    Instant createdAt = row.createdAt().orElseGet(clock::instant);
    InMemoryAccount created =
        new InMemoryAccount(
            new CredentialStore.NewAccount(
                row.account(), row.loginIds().get(0), row.status(), row.hash()),
            versions.next(),
            createdAt);
    for (LoginId loginId : row.loginIds()) {
      created.logins.put(loginId, createdAt);
    }
    created.roles = row.roles();
    created.externalId = row.externalId().orElse(null);
    accounts.put(created.account, created);
    names.created(created);
    imported.put(created.account, row);
  }
}
