package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.password.PasswordHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One account of {@link InMemoryAccounts}; touched only under the lock. */
final class InMemoryAccount {
  final AccountId account;

  /** The one that the account has had longest comes first. */
  final List<LoginId> loginIds = new ArrayList<>();

  AccountStatus status;
  @Nullable PasswordHash hash;
  CredentialVersion version;
  Epoch epoch;
  Epoch keyEpoch;
  Set<String> roles = Set.of();
  long userVersion = 1;
  int failures;
  boolean knownDevicesOnly;
  private final String userTag = OperationId.random().value();

  InMemoryAccount(CredentialStore.NewAccount wanted, CredentialVersion version) {
    this.account = wanted.account();
    this.loginIds.add(wanted.loginId());
    this.status = wanted.status();
    this.hash = wanted.hash().orElse(null);
    this.version = version;
    this.epoch = Epoch.of(version);
    this.keyEpoch = this.epoch;
  }

  /** Returns the password credential; empty if there is no password. */
  Optional<Credential> credential() {
    return credential(loginIds.get(0));
  }

  /** Returns the password credential under one of the identifiers. */
  Optional<Credential> credential(LoginId loginId) {
    return Optional.ofNullable(hash)
        .map(
            it ->
                new Credential(
                    account, loginId, status, it, version, epoch, knownDevicesOnly, Set.of()));
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
