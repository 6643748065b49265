package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.CredentialStore.Renaming;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The names of {@link InMemoryAccounts}, each unique in its tenant; used only under the lock. */
final class InMemoryNames {
  private static final int MAX_LOGIN_IDS = 16;

  private final Map<AccountId, InMemoryAccount> accounts;
  private final InMemoryVersions versions;
  private final InstantSource clock;
  private final Map<LoginId, InMemoryAccount> byLogin = new HashMap<>();

  InMemoryNames(
      Map<AccountId, InMemoryAccount> accounts, InMemoryVersions versions, InstantSource clock) {
    this.accounts = accounts;
    this.versions = versions;
    this.clock = clock;
  }

  Optional<InMemoryAccount> find(LoginId loginId) {
    return Optional.ofNullable(byLogin.get(loginId));
  }

  boolean isTaken(LoginId loginId) {
    return byLogin.containsKey(loginId);
  }

  void created(InMemoryAccount account) {
    account.logins.keySet().forEach(loginId -> byLogin.put(loginId, account));
  }

  void deleted(InMemoryAccount account) {
    byLogin.keySet().removeAll(account.logins.keySet());
  }

  /** Replaces the first identifier of the account; the new one takes its place and its time. */
  Renaming change(AccountId account, LoginId next) {
    InMemoryAccount known = accounts.get(account);
    if (known == null) {
      return new Renaming.Unknown();
    }
    if (known.logins.containsKey(next)) {
      return new Renaming.Renamed(List.of());
    }
    if (isTaken(next)) {
      return new Renaming.Duplicate();
    }
    LoginId old = known.firstLogin();
    Map<LoginId, Instant> others = new LinkedHashMap<>(known.logins);
    Instant since = requireNonNull(others.remove(old), "since");
    known.logins.clear();
    known.logins.put(next, since);
    known.logins.putAll(others);
    byLogin.remove(old);
    byLogin.put(next, known);
    List<Invalidation> present = versions.beginEpoch(known).pending();
    List<Invalidation> pending = new ArrayList<>();
    pending.add(versions.tellLogin(known, old));
    pending.addAll(present);
    return new Renaming.Renamed(pending);
  }

  void add(AccountId account, LoginId loginId) {
    InMemoryAccount known = require(account, loginId.tenant(), !isTaken(loginId));
    if (known.logins.size() == MAX_LOGIN_IDS) {
      throw new IllegalArgumentException(
          "an account has at most " + MAX_LOGIN_IDS + " login identifiers: " + account);
    }
    put(known, loginId);
    versions.beginEpoch(known);
  }

  private void put(InMemoryAccount account, LoginId loginId) {
    account.logins.put(loginId, clock.instant());
    byLogin.put(loginId, account);
  }

  void set(AccountId account, ExternalId externalId) {
    boolean free = accounts.values().stream().noneMatch(it -> externalId.equals(it.externalId));
    require(account, externalId.tenant(), free).externalId = externalId;
  }

  void add(AccountId account, ExternalIdentity identity) {
    boolean free = accounts.values().stream().noneMatch(it -> it.identities.contains(identity));
    require(account, identity.tenant(), free).identities.add(identity);
  }

  private InMemoryAccount require(AccountId account, TenantId tenant, boolean free) {
    InMemoryAccount known = accounts.get(account);
    if (known == null || !account.isIn(tenant) || !free) {
      throw new IllegalArgumentException(
          "account must exist in the tenant " + tenant + ", and the name be free: " + account);
    }
    return known;
  }
}
