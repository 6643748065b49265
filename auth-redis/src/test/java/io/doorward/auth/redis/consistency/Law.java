package io.doorward.auth.redis.consistency;

/** What must hold on every transition. */
enum Law {
  RIGHT_PASSWORD_REFUSED(
      "law 1", "the password that was right all the time of the login was refused"),
  OLD_PASSWORD_ACCEPTED(
      "law 2", "a login that began after the change had returned was accepted with the old one"),
  OLD_PASSWORD_AFTER_CRASH(
      "law 2, crash",
      "Redis had confirmed before the commit and lost nothing, yet the old password was accepted"),
  OLD_SESSION_PASSED(
      "law 2, sessions", "a session of a replaced password passed a check that began later"),
  OLD_AT_REST(
      "law 3", "everything is delivered and done, and Redis does not agree with the database"),
  KEPT_OUT(
      "law 3, cache", "everything is delivered and done, and Redis refuses what the database has"),
  RIGHT_PASSWORD_SHUT_OUT(
      "law 4", "everything is delivered and done, and the right password gets no session"),
  OUTGROWN_FOR_NOTHING(
      "bound",
      "an account was made to outgrow a number though no history was lost since the last time"),
  REVOKED_SESSION_PASSED(
      "law 6", "a session passed a check that began after its revocation had returned");

  private final String number;
  private final String text;

  Law(String number, String text) {
    this.number = number;
    this.text = text;
  }

  @Override
  public String toString() {
    return number + " broken: " + text;
  }
}
