package io.doorward.auth.account;

/** When a credential that was read from the database goes into the cache. */
public enum CacheFill {
  /**
   * After the answer, on the background executor; the default. A full queue drops it, with an
   * event.
   */
  BACKGROUND,
  /**
   * Before the answer, within the operation's deadline. A failure still does not fail the
   * operation.
   */
  BLOCKING
}
