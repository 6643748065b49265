package io.doorward.auth.account;

import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.password.PasswordHash;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One account of {@link InMemoryAccounts}; touched only under the lock. */
final class InMemoryAccount {
  final AccountId account;

  /** Since when; the one that the account has had longest comes first. */
  final Map<LoginId, Instant> logins = new LinkedHashMap<>();

  AccountStatus status;
  @Nullable PasswordHash hash;
  CredentialVersion version;
  Epoch epoch;
  Epoch keyEpoch;
  Set<String> roles = Set.of();
  long userVersion = 1;
  int failures;
  boolean knownDevicesOnly;
  @Nullable ExternalId externalId;
  final Set<ExternalIdentity> identities = new HashSet<>();
  private final Instant createdAt;
  private final String userTag = OperationId.random().value();

  InMemoryAccount(CredentialStore.NewAccount wanted, CredentialVersion version, Instant now) {
    this.account = wanted.account();
    this.logins.put(wanted.loginId(), now);
    this.createdAt = now;
    this.status = wanted.status();
    this.hash = wanted.hash().orElse(null);
    this.version = version;
    this.epoch = Epoch.of(version);
    this.keyEpoch = this.epoch;
  }

  /** Returns the password credential; empty if there is no password. */
  Optional<Credential> credential() {
    return credential(firstLogin());
  }

  /** Returns the password credential under one of the identifiers. */
  Optional<Credential> credential(LoginId loginId) {
    return Optional.ofNullable(hash)
        .map(
            it ->
                new Credential(
                    account, loginId, status, it, version, epoch, knownDevicesOnly, Set.of()));
  }

  LoginId firstLogin() {
    return logins.keySet().iterator().next();
  }

  Account account() {
    return new Account(
        account,
        status,
        logins.entrySet().stream()
            .map(it -> new Account.Login(it.getKey(), it.getValue(), Optional.empty()))
            .toList(),
        Optional.ofNullable(externalId),
        identities,
        hash == null ? Set.of() : Set.of("password"),
        roles,
        createdAt);
  }

  UserRecord user() {
    return new UserRecord(account, roles, userVersion, userTag, epoch, keyEpoch);
  }

  /** Begins the epoch of the present version, with no failures. */
  void beginEpoch() {
    epoch = Epoch.of(version);
    openToStrangers();
    userVersion++;
  }

  void openToStrangers() {
    failures = 0;
    knownDevicesOnly = false;
  }
}
