package io.doorward.auth.servlet;

import java.util.Locale;

/**
 * The error answers of the filter and the endpoints. The code is the contract with clients: it is
 * never renamed.
 */
enum Problem {
  MALFORMED_REQUEST(400, "The request has a header that cannot be read"),
  AMBIGUOUS_PATH(400, "The path can be read in more than one way"),
  AMBIGUOUS_CREDENTIALS(400, "More than one credential was presented"),
  MALFORMED_JSON(400, "The request body is not one plain JSON object in UTF-8"),
  MALFORMED_FORM(400, "The request body is not one plain form in UTF-8"),
  UNKNOWN_FIELD(400, "The request body has a field that is not known here"),
  INVALID_FIELD(400, "A field is missing or has a value that it cannot have"),
  PASSWORD_REFUSED(400, "The new password does not meet the policy"),
  LOGIN_REJECTED(401, "The login was rejected"),
  NEXT_STEP_REQUIRED(401, "A further proof is required"),
  REFRESH_REJECTED(401, "The refresh token was rejected"),
  NOT_AUTHENTICATED(401, "Authentication is required"),
  PASSWORD_REJECTED(403, "The present password was rejected"),
  FORBIDDEN(403, "Access is not allowed"),
  CROSS_SITE_REQUEST(403, "The request came from another site"),
  TLS_REQUIRED(403, "The page that sent the request was loaded without TLS"),
  ORIGIN_UNKNOWN(403, "The request has neither an origin nor a body of application/json"),
  DEVELOPMENT_MODE(403, "In development mode only requests of the same machine are served"),
  NOT_FOUND(404, "There is nothing here"),
  UNKNOWN_TENANT(404, "The request is addressed to no tenant"),
  METHOD_NOT_ALLOWED(405, "The method is not allowed here"),
  ACCOUNT_EXISTS(409, "The account exists already"),
  TOO_MANY_SESSIONS(409, "The account has as many sessions as it may have"),
  CONFLICT(409, "Another change was made at the same moment"),
  BODY_TOO_LARGE(413, "The request body is too large"),
  UNSUPPORTED_MEDIA_TYPE(415, "The request body must be application/json"),
  TOO_MANY_ATTEMPTS(429, "Too many attempts"),
  INTERNAL_ERROR(500, "Something went wrong"),
  UNAVAILABLE(503, "The service cannot answer at the moment");

  private final int status;
  private final String title;

  Problem(int status, String title) {
    this.status = status;
    this.title = title;
  }

  int status() {
    return status;
  }

  String title() {
    return title;
  }

  /** Returns the machine-readable name. */
  String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the problem type, a URI that names and is not meant to be opened (RFC 4151). */
  String type() {
    return "tag:doorward.io,2026:problem/" + code();
  }
}
