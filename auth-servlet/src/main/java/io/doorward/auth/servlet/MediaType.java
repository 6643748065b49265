package io.doorward.auth.servlet;

import java.util.Locale;
import java.util.Optional;

/**
 * The value of a {@code Content-Type} header (RFC 9110, 8.3). Parameters that are not known are
 * ignored, as RFC 8259 asks for JSON.
 *
 * @param name type and subtype, in lower case
 * @param utf8 true if no other charset is named
 */
record MediaType(String name, boolean utf8) {
  /** Reads a header; empty if it is malformed. */
  static Optional<MediaType> parse(String header) {
    HeaderText text = new HeaderText(header);
    text.skipSpace();
    Optional<String> type = text.token();
    Optional<String> subtype = text.take('/') ? text.token() : Optional.empty();
    if (type.isEmpty() || subtype.isEmpty()) {
      return Optional.empty();
    }
    boolean utf8 = true;
    text.skipSpace();
    while (text.take(';')) {
      text.skipSpace();
      Optional<String> name = text.token();
      if (name.isPresent()) {
        Optional<String> value = text.take('=') ? text.value() : Optional.empty();
        if (value.isEmpty()) {
          return Optional.empty();
        }
        utf8 &= !name.get().equalsIgnoreCase("charset") || isUtf8(value.get());
        text.skipSpace();
      }
    }
    String name = (type.get() + '/' + subtype.get()).toLowerCase(Locale.ROOT);
    return text.isAtEnd() ? Optional.of(new MediaType(name, utf8)) : Optional.empty();
  }

  boolean isJson() {
    return name.equals("application/json");
  }

  boolean isForm() {
    return name.equals("application/x-www-form-urlencoded");
  }

  /** The registered name, and the one that many programs write. */
  private static boolean isUtf8(String charset) {
    return charset.equalsIgnoreCase("utf-8") || charset.equalsIgnoreCase("utf8");
  }
}
