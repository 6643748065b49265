package io.doorward.auth.account;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import java.time.Instant;
import java.util.List;

/** Stands where an application has no cache. */
enum NoCredentialCache implements CredentialCache {
  INSTANCE;

  @Override
  public Lookup lookup(LoginId loginId, Deadline deadline) {
    return new Lookup.Bypass();
  }

  @Override
  public List<Credential> peek(LoginId loginId, Deadline deadline) {
    return List.of();
  }

  @Override
  public boolean fill(Ticket ticket, Credential credential, Instant readAt, Deadline deadline) {
    return false;
  }

  @Override
  public boolean fence(LoginId loginId, long floor, Deadline deadline) {
    // There is nothing that could be too old.
    return true;
  }
}
