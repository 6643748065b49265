package io.doorward.auth.account;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import java.time.Instant;

/** Remembers nothing, so every look-up is a miss whose ticket is void. */
enum NoCredentialCache implements CredentialCache {
  INSTANCE;

  @Override
  public Lookup lookup(LoginId loginId, Deadline deadline) {
    return new Lookup.Miss(new Ticket(loginId, "none", "none"));
  }

  @Override
  public boolean fill(Ticket ticket, Credential credential, Instant readAt, Deadline deadline) {
    return false;
  }

  @Override
  public void fence(LoginId loginId, long floor, Deadline deadline) {
    // There is nothing that could be too old.
  }
}
