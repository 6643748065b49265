package io.doorward.auth.account;

/** Whether an account may be used. A caller who is refused never learns which of these it is. */
public enum AccountStatus {
  /** Created, but the address is not verified yet. No login. */
  PENDING,
  /** In use. The only status that may log in. */
  ACTIVE,
  /** Switched off by an administrator. No login, no session. */
  DISABLED,
  /** Deleted, the row kept. No login, no session. */
  DELETED
}
