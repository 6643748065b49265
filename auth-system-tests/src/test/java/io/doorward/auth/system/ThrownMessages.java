package io.doorward.auth.system;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Reads from Java source which messages it gives to new exceptions. */
final class ThrownMessages {
  /** Stands for what is not known before the program runs. */
  static final String VARIABLE = "...";

  private final String source;
  private final List<String> messages = new ArrayList<>();
  private int at;

  private ThrownMessages(String source, int at) {
    this.source = source;
    this.at = at;
  }

  /** Returns the messages, in the order of the source; what is no literal is {@link #VARIABLE}. */
  static Set<String> in(String source, String exception) {
    Set<String> found = new LinkedHashSet<>();
    String call = "new " + exception + "(";
    for (int i = source.indexOf(call); i >= 0; i = source.indexOf(call, i + 1)) {
      found.addAll(new ThrownMessages(source, i + call.length()).read());
    }
    return found;
  }

  /**
   * Reads the first argument, whose alternatives after a question mark are messages of their own.
   */
  private List<String> read() {
    StringBuilder message = new StringBuilder();
    StringBuilder code = new StringBuilder();
    int depth = 0;
    while (true) {
      char c = source.charAt(at++);
      if (c == '"' && depth == 0) {
        add(message, code);
        message.append(literal());
      } else if (c == '"') {
        literal();
      } else if (c == '\'') {
        at += source.charAt(at) == '\\' ? 3 : 2;
        code.append('c');
      } else if (depth == 0 && (c == ')' || c == ',')) {
        add(message, code);
        end(message);
        return messages;
      } else if (depth == 0 && c == '?') {
        code.setLength(0);
      } else if (depth == 0 && c == ':') {
        add(message, code);
        end(message);
      } else {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        code.append(c);
      }
    }
  }

  /** Adds what the code between two literals stands for. */
  private static void add(StringBuilder message, StringBuilder code) {
    if (!code.toString().replace("+", "").isBlank()) {
      message.append(VARIABLE);
    }
    code.setLength(0);
  }

  private void end(StringBuilder message) {
    if (!message.isEmpty()) {
      messages.add(message.toString().replace("\\\"", "\""));
    }
    message.setLength(0);
  }

  /** Reads the rest of a literal, up to the quote that ends it. */
  private String literal() {
    int start = at;
    while (source.charAt(at) != '"') {
      at += source.charAt(at) == '\\' ? 2 : 1;
    }
    return source.substring(start, at++);
  }
}
