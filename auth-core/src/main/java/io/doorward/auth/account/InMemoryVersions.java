package io.doorward.auth.account;

import io.doorward.auth.account.CredentialStore.Change.Changed;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives the accounts of {@link InMemoryAccounts} their versions and epochs, and writes what caches
 * have to be told, as the triggers of PostgreSQL do; used only under the lock.
 */
final class InMemoryVersions {
  private final InMemoryOutbox outbox;
  private long last;

  InMemoryVersions(InMemoryOutbox outbox) {
    this.outbox = outbox;
  }

  CredentialVersion next() {
    return new CredentialVersion(++last, OperationId.random().value());
  }

  /** Gives the account its next version and epoch, and tells it. */
  Changed beginEpoch(InMemoryAccount account) {
    account.version = next();
    account.beginEpoch();
    return new Changed(account.version, tell(account));
  }

  /** Gives the account its next version in the same epoch, and tells it. */
  Changed move(InMemoryAccount account) {
    account.version = next();
    return new Changed(account.version, tellLogins(account));
  }

  /** Tells the version under every identifier, and the user record. */
  List<Invalidation> tell(InMemoryAccount account) {
    List<Invalidation> told = tellLogins(account);
    told.add(tellUser(account));
    return told;
  }

  private List<Invalidation> tellLogins(InMemoryAccount account) {
    List<Invalidation> told = new ArrayList<>();
    account.logins.keySet().forEach(loginId -> told.add(tellLogin(account, loginId)));
    return told;
  }

  Invalidation tellLogin(InMemoryAccount account, LoginId loginId) {
    return outbox.tellLogin(account.account, loginId, account.version.number());
  }

  Invalidation tellUser(InMemoryAccount account) {
    return outbox.tellUser(account.account, account.userVersion);
  }
}
