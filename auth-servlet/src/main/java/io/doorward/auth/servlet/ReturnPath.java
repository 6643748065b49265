package io.doorward.auth.servlet;

import jakarta.servlet.DispatcherType;
import java.util.List;
import java.util.Optional;

/**
 * A path of this server to which a browser is sent after a login. It comes from a query string or a
 * form, so from anybody.
 *
 * <p>Security: only what every browser reads as a path of the same origin passes: one slash at the
 * start, then the characters that RFC 3986 allows in a path or a query and nothing else, so neither
 * a back slash nor a control character, which browsers turn into a slash or drop. The path has one
 * reading (see {@link CanonicalPath}), so no second slash is hidden in it. The apostrophe is left
 * out, because pages quote attributes with it.
 */
final class ReturnPath {
  /** The name of its field in forms and query strings. */
  static final String FIELD = "return";

  private static final int MAX_LENGTH = 1024;
  private static final String SAFE = "-._~!$&()*+,=:@%/";

  private ReturnPath() {}

  /** Reads a text of unknown origin; empty if it is no safe path. */
  static Optional<String> parse(String text) {
    int query = text.indexOf('?');
    String path = query < 0 ? text : text.substring(0, query);
    boolean safe =
        text.length() <= MAX_LENGTH
            && path.startsWith("/")
            && text.chars().allMatch(c -> isSafe(c) || c == '?')
            && CanonicalPath.decode(path).isPresent();
    return safe ? Optional.of(text) : Optional.empty();
  }

  /** Returns the path to which a page visit leads again after a login, if it can be repeated. */
  static Optional<String> of(ReceivedRequest request) {
    try {
      if (request.dispatcherType() != DispatcherType.REQUEST || !request.method().equals("GET")) {
        return Optional.empty();
      }
      String query = request.query();
      return parse(query.isEmpty() ? request.uri() : request.uri() + '?' + query);
    } catch (RefusedRequest e) {
      return Optional.empty();
    }
  }

  /** Reads the field of a query string; empty if it is not there once, or is no safe path. */
  static Optional<String> ofQuery(ReceivedRequest request) {
    List<FormText.Field> fields;
    try {
      fields = FormText.parse(request.query()).orElse(List.of());
    } catch (RefusedRequest e) {
      return Optional.empty();
    }
    List<FormText.Field> found =
        fields.stream().filter(field -> field.name().equals(FIELD)).toList();
    return found.size() == 1 ? parse(found.get(0).value()) : Optional.empty();
  }

  private static boolean isSafe(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || SAFE.indexOf(c) >= 0;
  }
}
