package io.doorward.auth.engine.change;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.engine.login.BoundedHasher;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordPolicy;
import java.util.Optional;

/** Checks a new password against the policy and hashes it with the bounded hasher. Thread-safe. */
public final class NewPasswords {
  private final PasswordPolicy policy;
  private final BoundedHasher hasher;

  public NewPasswords(PasswordPolicy policy, BoundedHasher hasher) {
    this.policy = requireNonNull(policy, "policy");
    this.hasher = requireNonNull(hasher, "hasher");
  }

  /** Returns why the policy refuses a password; empty if it does not. */
  Optional<PasswordPolicy.Refusal> refuse(Password password) {
    return policy.refuse(password);
  }

  /** Hashes a password; empty if hashing is overloaded. */
  Optional<PasswordHash> hash(Password password, Caller caller, Deadline deadline) {
    return hasher.hash(password, caller, deadline);
  }
}
