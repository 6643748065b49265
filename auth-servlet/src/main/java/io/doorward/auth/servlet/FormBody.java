package io.doorward.auth.servlet;

import java.util.List;

/** Reads the body of a form. A checked box is true, however the page names its value. */
final class FormBody {
  private FormBody() {}

  static BodyFields parse(String text, BodyFields fields) throws RefusedRequest {
    List<FormText.Field> all =
        FormText.parse(text).orElseThrow(() -> new RefusedRequest(Problem.MALFORMED_FORM));
    for (FormText.Field field : all) {
      Object value = fields.holdsText(field.name()) ? field.value() : true;
      if (!fields.put(field.name(), value)) {
        throw new RefusedRequest(Problem.MALFORMED_FORM);
      }
    }
    return fields;
  }
}
