package io.doorward.auth.servlet;

import java.util.List;

/**
 * A cookie of ours, with the attributes that all of them have (RFC 6265bis). It is {@code Secure}
 * unless its name lacks the prefix, which happens in development mode only.
 */
record OwnCookie(String name, SameSite sameSite) {
  /** Makes browsers insist on {@code Secure}, {@code Path=/} and no {@code Domain}. */
  static final String HOST_PREFIX = "__Host-";

  /** Makes browsers insist on {@code Secure}, for a cookie with a path of its own. */
  static final String SECURE_PREFIX = "__Secure-";

  /** Returns the values of all cookies of that name; there should be at most one. */
  List<String> values(ReceivedRequest request) throws RefusedRequest {
    return request.cookies(name);
  }

  /** Returns the {@code Set-Cookie} value; the age is the attribute, or empty. */
  String header(String value, String age) {
    return header(value, "/", age);
  }

  /** Returns the {@code Set-Cookie} value of a cookie for one path. */
  String header(String value, String path, String age) {
    boolean secure = name.startsWith(HOST_PREFIX) || name.startsWith(SECURE_PREFIX);
    return name
        + '='
        + value
        + "; Path="
        + path
        + "; "
        + (secure ? "Secure; " : "")
        + "HttpOnly; SameSite="
        + sameSite.attribute()
        + age;
  }
}
