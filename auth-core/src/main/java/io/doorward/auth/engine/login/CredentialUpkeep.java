package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Credential;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.password.Password;
import java.util.Optional;

/** Updates a credential after a login: rehashes it and counts failures. Thread-safe. */
public final class CredentialUpkeep {
  private final Rehasher rehasher;
  private final FailureCount failures;
  private final boolean changesProved;

  /**
   * Creates one.
   *
   * @param rehasher renews outdated hashes
   * @param failures counts wrong passwords, and forgives them where a known device had the right
   *     one
   */
  public CredentialUpkeep(Rehasher rehasher, FailureCount failures) {
    this(rehasher, failures, true);
  }

  private CredentialUpkeep(Rehasher rehasher, FailureCount failures, boolean changesProved) {
    this.rehasher = requireNonNull(rehasher, "rehasher");
    this.failures = requireNonNull(failures, "failures");
    this.changesProved = changesProved;
  }

  /** Returns one that counts wrong passwords, and changes nothing of a credential proved right. */
  CredentialUpkeep countingOnly() {
    return new CredentialUpkeep(rehasher, failures, false);
  }

  /** The password matched, and the credential opened its account. Returns at once. */
  void proved(Credential credential, Password password) {
    if (!changesProved) {
      return;
    }
    rehasher.rehashOutdated(credential, password);
    if (credential.knownDevicesOnly()) {
      failures.forgive(credential);
    }
  }

  /** The password did not match. */
  void failed(Credential credential, Optional<String> network, Deadline deadline) {
    failures.failed(credential, network, deadline);
  }
}
