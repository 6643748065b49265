package io.doorward.auth.account;

/** Whether an account may be used. A refused caller never learns the status. */
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
