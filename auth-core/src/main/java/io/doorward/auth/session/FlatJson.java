package io.doorward.auth.session;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A JSON object of plain members, read strictly: strict UTF-8, no member twice, nothing after it,
 * no nesting but lists of strings. That is all a token's header and claims need, and it leaves
 * nothing to exhaust or to read in two ways.
 */
final class FlatJson {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(2).maxNumberLength(20).build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // A stranger's member names must not fill a table that is shared and lasts.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  /** Stands for a value of an unused type: a fraction, a boolean or a null. */
  private static final Object OTHER = new Object();

  private final Map<String, Object> members;

  private FlatJson(Map<String, Object> members) {
    this.members = members;
  }

  /** Returns the object; empty if the bytes are not one of this plain kind. */
  static Optional<FlatJson> parse(byte[] utf8) {
    try (JsonParser in = FACTORY.createParser(decode(utf8))) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      Map<String, Object> members = new HashMap<>();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName();
        Optional<Object> value = value(in);
        if (value.isEmpty()) {
          return Optional.empty();
        }
        members.put(name, value.get());
      }
      return in.nextToken() == null ? Optional.of(new FlatJson(members)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Returns the names of all members. */
  Set<String> names() {
    return members.keySet();
  }

  /** Returns a member that is a string. */
  Optional<String> text(String name) {
    return members.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** Returns a member that is a whole number. */
  Optional<Long> number(String name) {
    return members.get(name) instanceof Long number ? Optional.of(number) : Optional.empty();
  }

  /** Returns a member that is a string, or a list of strings, as a list. */
  Optional<List<String>> texts(String name) {
    Object value = members.get(name);
    if (value instanceof List<?> list) {
      return Optional.of(list.stream().map(String.class::cast).toList());
    }
    return text(name).map(List::of);
  }

  private static String decode(byte[] utf8) throws IOException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
  }

  private static Optional<Object> value(JsonParser in) throws IOException {
    return switch (in.nextToken()) {
      case VALUE_STRING -> Optional.of(in.getText());
      case VALUE_NUMBER_INT -> Optional.of(in.getLongValue());
      case VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> Optional.of(OTHER);
      case START_ARRAY -> texts(in);
      default -> Optional.empty();
    };
  }

  private static Optional<Object> texts(JsonParser in) throws IOException {
    List<String> texts = new ArrayList<>();
    while (in.nextToken() == JsonToken.VALUE_STRING) {
      texts.add(in.getText());
    }
    return in.currentToken() == JsonToken.END_ARRAY ? Optional.of(texts) : Optional.empty();
  }
}
