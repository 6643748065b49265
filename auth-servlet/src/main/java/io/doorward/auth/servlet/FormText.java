package io.doorward.auth.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Text of the type {@code application/x-www-form-urlencoded} (URL Standard, 5.1), as forms send it
 * and query strings have it. Strict: a percent sign without two digits, or octets that are not
 * UTF-8, make all of it malformed. Its work grows linearly.
 */
final class FormText {
  private static final int MAX_FIELDS = 32;

  private FormText() {}

  /**
   * Reads all fields in their order.
   *
   * @return the fields; empty if the text is malformed or has more than 32
   */
  static Optional<List<Field>> parse(String text) {
    List<Field> fields = new ArrayList<>();
    int end;
    for (int start = 0; start < text.length(); start = end + 1) {
      int ampersand = text.indexOf('&', start);
      end = ampersand < 0 ? text.length() : ampersand;
      String pair = text.substring(start, end);
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      Optional<String> name = decode(equals < 0 ? pair : pair.substring(0, equals));
      Optional<String> value = decode(equals < 0 ? "" : pair.substring(equals + 1));
      if (name.isEmpty() || value.isEmpty() || fields.size() == MAX_FIELDS) {
        return Optional.empty();
      }
      fields.add(new Field(name.get(), value.get()));
    }
    return Optional.of(fields);
  }

  private static Optional<String> decode(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > '~') {
        return Optional.empty();
      }
      if (c == '%') {
        int octet = CanonicalPath.octet(text, i + 1);
        if (octet < 0) {
          return Optional.empty();
        }
        bytes.write(octet);
        i += 2;
      } else {
        bytes.write(c == '+' ? ' ' : c);
      }
    }
    try {
      return Optional.of(
          UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** One field; its value may be a password, so it is never printed. */
  record Field(String name, String value) {
    @Override
    public String toString() {
      return name + "=[redacted]";
    }
  }
}
