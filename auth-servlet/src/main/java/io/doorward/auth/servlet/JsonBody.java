package io.doorward.auth.servlet;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a body of one flat JSON object. Everything else is refused: an unknown field, a second
 * field of the same name, another type, {@code null}, nesting, and anything behind the object.
 */
final class JsonBody {
  /** Names come from strangers, so they are neither interned nor kept in a table. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(2)
                  .maxNameLength(64)
                  .maxNumberLength(32)
                  .build())
          .build();

  private JsonBody() {}

  static BodyFields parse(String text, BodyFields fields) throws RefusedRequest {
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new RefusedRequest(Problem.MALFORMED_JSON);
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        JsonToken token = parser.nextToken();
        Object value = fields.holdsText(field) ? readText(parser, token) : readFlag(token);
        if (value == null) {
          throw BodyFields.invalid(field);
        }
        if (!fields.put(field, value)) {
          throw new RefusedRequest(Problem.MALFORMED_JSON);
        }
      }
      if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
        throw new RefusedRequest(Problem.MALFORMED_JSON);
      }
    } catch (JsonProcessingException e) {
      throw new RefusedRequest(Problem.MALFORMED_JSON);
    } catch (IOException e) {
      throw new IllegalStateException("reading a string does no I/O", e);
    }
    return fields;
  }

  private static @Nullable String readText(JsonParser parser, @Nullable JsonToken token)
      throws IOException {
    return token == JsonToken.VALUE_STRING ? parser.getText() : null;
  }

  private static @Nullable Boolean readFlag(@Nullable JsonToken token) {
    if (token == JsonToken.VALUE_TRUE) {
      return true;
    }
    return token == JsonToken.VALUE_FALSE ? false : null;
  }
}
