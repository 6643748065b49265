package io.doorward.auth.servlet;

import java.util.List;
import java.util.Set;

/** Reads the body of a form. A box without a value of its own is sent as {@code on}. */
final class FormBody {
  private static final Set<String> TRUE = Set.of("on", "true", "1", "yes");
  private static final Set<String> FALSE = Set.of("off", "false", "0", "no", "");

  private FormBody() {}

  static BodyFields parse(String text, BodyFields fields) throws RefusedRequest {
    List<FormText.Field> all =
        FormText.parse(text).orElseThrow(() -> new RefusedRequest(Problem.MALFORMED_FORM));
    for (FormText.Field field : all) {
      Object value = fields.holdsText(field.name()) ? field.value() : flag(field);
      if (!fields.put(field.name(), value)) {
        throw new RefusedRequest(Problem.MALFORMED_FORM);
      }
    }
    return fields;
  }

  private static boolean flag(FormText.Field field) throws RefusedRequest {
    if (!TRUE.contains(field.value()) && !FALSE.contains(field.value())) {
      throw BodyFields.invalid(field.name());
    }
    return TRUE.contains(field.value());
  }
}
