package io.doorward.auth.servlet;

import java.util.Optional;

/**
 * Reads the text of a header from left to right, by the grammar that most of them share (RFC 9110,
 * 5.6). Reads every character once, so its work grows linearly. Not thread-safe.
 */
final class HeaderText {
  private static final String DELIMITERS = "\"(),/:;<=>?@[\\]{}";

  private final String text;
  private int at;

  HeaderText(String text) {
    this.text = text;
  }

  boolean isAtEnd() {
    return at == text.length();
  }

  /** Skips optional white space. */
  void skipSpace() {
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
  }

  /** Reads the character if it comes next. */
  boolean take(char wanted) {
    boolean found = at < text.length() && text.charAt(at) == wanted;
    if (found) {
      at++;
    }
    return found;
  }

  /** Reads a token; empty if none comes next. */
  Optional<String> token() {
    return until(DELIMITERS);
  }

  /** Reads a token or a quoted string, without its quotes; empty if neither comes next. */
  Optional<String> value() {
    return isQuoted() ? quoted() : token();
  }

  /** Reads what may stand unquoted before a delimiter of lists, or a quoted string. */
  Optional<String> looseValue() {
    return isQuoted() ? quoted() : until("\",;\\");
  }

  private boolean isQuoted() {
    return at < text.length() && text.charAt(at) == '"';
  }

  private Optional<String> until(String delimiters) {
    int start = at;
    while (at < text.length()
        && text.charAt(at) > ' '
        && text.charAt(at) < 0x7F
        && delimiters.indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return at == start ? Optional.empty() : Optional.of(text.substring(start, at));
  }

  private Optional<String> quoted() {
    StringBuilder value = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return Optional.of(value.toString());
      }
      if (c == '\\' && ++at < text.length()) {
        c = text.charAt(at);
      }
      value.append(c);
    }
    return Optional.empty();
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }
}
