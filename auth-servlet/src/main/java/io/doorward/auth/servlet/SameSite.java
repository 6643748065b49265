package io.doorward.auth.servlet;

/** When a browser sends the session cookie on requests that another site caused. */
public enum SameSite {
  /** On top-level navigation only. The default: links into the application work. */
  LAX("Lax"),
  /** Never. A link from elsewhere arrives without a session. */
  STRICT("Strict"),
  /**
   * Always, for an application that is embedded in other sites. Browsers take it only with {@code
   * Secure}, which the cookie always has. The cross-site check then is the only wall that is left.
   */
  NONE("None");

  private final String attribute;

  SameSite(String attribute) {
    this.attribute = attribute;
  }

  /** Returns the attribute's value as it is spelt in {@code Set-Cookie}. */
  String attribute() {
    return attribute;
  }
}
