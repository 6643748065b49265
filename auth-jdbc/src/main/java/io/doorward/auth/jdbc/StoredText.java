package io.doorward.auth.jdbc;

import java.util.HexFormat;

/**
 * Text on its way into PostgreSQL, which cannot keep U+0000 nor half a surrogate pair, and outside
 * ASCII only what its database's encoding has. The server would refuse the former; the driver would
 * silently replace the latter.
 */
final class StoredText {
  private static final char ESCAPE = '\\';
  private static final int HEX_DIGITS = 4;
  private static final char LAST_ASCII = 0x7F;

  private StoredText() {}

  /**
   * Tells whether PostgreSQL can keep the text as it is. A text that it cannot keep is not in its
   * tables.
   */
  static boolean isStorable(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isUnstorable(text, i)) {
        return false;
      }
      if (Character.isHighSurrogate(text.charAt(i))) {
        i++;
      }
    }
    return true;
  }

  /**
   * Returns the text in a form that can be kept; {@link #unescape} gives it back unchanged.
   *
   * @param unicode false for a database that may keep ASCII only
   */
  static String escape(String text, boolean unicode) {
    if (text.indexOf(ESCAPE) < 0 && isStorable(text) && (unicode || isAscii(text))) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isUnstorable(text, i) || (!unicode && c > LAST_ASCII)) {
        out.append(ESCAPE).append('u').append(HexFormat.of().toHexDigits(c));
      } else if (c == ESCAPE) {
        out.append(ESCAPE).append(ESCAPE);
      } else {
        out.append(c);
        if (Character.isHighSurrogate(c)) {
          out.append(text.charAt(++i));
        }
      }
    }
    return out.toString();
  }

  /** Undoes {@link #escape}. */
  static String unescape(String stored) {
    if (stored.indexOf(ESCAPE) < 0) {
      return stored;
    }
    StringBuilder out = new StringBuilder(stored.length());
    for (int i = 0; i < stored.length(); i++) {
      char c = stored.charAt(i);
      if (c != ESCAPE) {
        out.append(c);
      } else if (stored.startsWith("u", i + 1) && i + 1 + HEX_DIGITS < stored.length()) {
        out.append((char) Integer.parseInt(stored.substring(i + 2, i + 2 + HEX_DIGITS), 16));
        i += 1 + HEX_DIGITS;
      } else {
        out.append(ESCAPE);
        i++;
      }
    }
    return out.toString();
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c <= LAST_ASCII);
  }

  private static boolean isUnstorable(String text, int i) {
    char c = text.charAt(i);
    if (c == 0) {
      return true;
    }
    if (Character.isHighSurrogate(c)) {
      return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
    }
    return Character.isLowSurrogate(c)
        && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
  }
}
