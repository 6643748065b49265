package io.doorward.auth.servlet;

/** What is known about the sender of a request, see {@link AuthFilter#loginState}. */
public enum LoginState {
  /** Its session is live, and the request has a principal. */
  LOGGED_IN,
  /** It brought no token, or one whose session is over. */
  LOGGED_OUT,
  /**
   * The session was not checked, because the rule does not ask for it, or could not be: a backend
   * did not answer, or the credentials of the request cannot be read. Do not tell the user to log
   * in again.
   */
  UNKNOWN
}
