package io.doorward.auth.servlet;

/**
 * The one header in which trusted proxies say whom they speak for. One, not both: a proxy passes on
 * the header that it does not write itself, just as the client sent it.
 */
public enum ProxyHeader {
  /** The customary header: a comma-separated list of addresses, the nearest one last. */
  X_FORWARDED_FOR("X-Forwarded-For"),
  /** The standard header of RFC 7239: {@code for=} parameters, the nearest one last. */
  FORWARDED("Forwarded");

  private final String field;

  ProxyHeader(String field) {
    this.field = field;
  }

  /** Returns the header's name. */
  String field() {
    return field;
  }
}
