package io.doorward.auth.servlet;

import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.SessionOptions;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The fields of a body: their names and types are known beforehand, and each is there once at most.
 * Everything else is refused, so that a client cannot smuggle a role into a sign-up. Not
 * thread-safe.
 */
final class BodyFields {
  private final Set<String> texts;
  private final Set<String> flags;
  private final Map<String, Object> values = new HashMap<>();

  /**
   * Starts with no field.
   *
   * @param texts the names of the fields that hold text
   * @param flags the names of the fields that hold true or false
   */
  BodyFields(Set<String> texts, Set<String> flags) {
    this.texts = texts;
    this.flags = flags;
  }

  /** Tells whether a field holds text, and not true or false. */
  boolean holdsText(String field) throws RefusedRequest {
    if (!texts.contains(field) && !flags.contains(field)) {
      throw unknown(field);
    }
    return texts.contains(field);
  }

  /** Adds a value; false if the field has one already. */
  boolean put(String field, Object value) {
    return values.putIfAbsent(field, value) == null;
  }

  String text(String field) throws RefusedRequest {
    return optionalText(field).orElseThrow(() -> invalid(field));
  }

  Optional<String> optionalText(String field) {
    return Optional.ofNullable((String) values.get(field));
  }

  boolean flag(String field) {
    return Boolean.TRUE.equals(values.get(field));
  }

  LoginId email(String field) throws RefusedRequest {
    return LoginId.parseEmail(text(field)).orElseThrow(() -> invalid(field));
  }

  Password password(String field) throws RefusedRequest {
    return Password.parse(text(field)).orElseThrow(() -> invalid(field));
  }

  /**
   * Returns the options for a session on the kind of device that the field {@code deviceKind}
   * names.
   */
  SessionOptions onDevice(SessionOptions session) throws RefusedRequest {
    Optional<String> kind = optionalText("deviceKind");
    try {
      return kind.map(session::withDeviceKind).orElse(session);
    } catch (IllegalArgumentException e) {
      throw invalid("deviceKind");
    }
  }

  static RefusedRequest invalid(String field) {
    return new RefusedRequest(Answer.problem(Problem.INVALID_FIELD).member("field", field));
  }

  /** Names the field, unless no UTF-8 can carry its name. */
  private static RefusedRequest unknown(String field) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(field)
        ? new RefusedRequest(Answer.problem(Problem.UNKNOWN_FIELD).member("field", field))
        : new RefusedRequest(Problem.MALFORMED_JSON);
  }
}
