package io.doorward.auth.servlet;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.Password;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The body of a request: one flat JSON object whose fields and their types are known beforehand.
 * Everything else is refused: another field (so that a client cannot smuggle a role into a
 * sign-up), a second field of the same name, another type, {@code null}, nesting, anything behind
 * the object, and bytes that are not UTF-8.
 */
final class JsonBody {
  private static final Logger LOG = LoggerFactory.getLogger(JsonBody.class);

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

  private final Map<String, Object> values;

  private JsonBody(Map<String, Object> values) {
    this.values = values;
  }

  /**
   * Reads a body.
   *
   * @param texts the names of the fields that hold text
   * @param flags the names of the fields that hold true or false
   */
  static JsonBody read(ReceivedRequest request, int limit, Set<String> texts, Set<String> flags)
      throws RefusedRequest {
    requireJson(request);
    return parse(decode(bytes(request, limit)), texts, flags);
  }

  /** Passes a request that says nothing, or says it with an empty object. */
  static void requireNone(ReceivedRequest request, int limit) throws RefusedRequest {
    byte[] bytes = bytes(request, limit);
    if (bytes.length > 0) {
      requireJson(request);
      parse(decode(bytes), Set.of(), Set.of());
    }
  }

  /**
   * Reads what a request still announces, to be called before it is answered: a connection that is
   * closed with bytes unread is reset, and then the client may never see why it was refused. A body
   * of more than twice the limit is left unread, and so is one that waits to be asked for.
   */
  static void discardRest(ReceivedRequest request, int limit) {
    try {
      long announced = request.contentLength();
      if (announced > 0 && announced <= 2L * limit && request.header("Expect").isEmpty()) {
        byte[] unused = request.readBody((int) announced);
      }
    } catch (IOException | RefusedRequest e) {
      LOG.debug("The rest of a request could not be read", e);
    }
  }

  String text(String field) throws RefusedRequest {
    return optionalText(field).orElseThrow(() -> invalid(field));
  }

  Optional<String> optionalText(String field) {
    return Optional.ofNullable((String) values.get(field));
  }

  boolean flag(String field) {
    return Boolean.TRUE.equals(values.get(field));
  }

  LoginId email(String field) throws RefusedRequest {
    return LoginId.parseEmail(text(field)).orElseThrow(() -> invalid(field));
  }

  Password password(String field) throws RefusedRequest {
    return Password.parse(text(field)).orElseThrow(() -> invalid(field));
  }

  static RefusedRequest invalid(String field) {
    return new RefusedRequest(Answer.problem(Problem.INVALID_FIELD).member("field", field));
  }

  /** Names the field, unless no UTF-8 can carry its name. */
  private static RefusedRequest unknown(String field) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(field)
        ? new RefusedRequest(Answer.problem(Problem.UNKNOWN_FIELD).member("field", field))
        : new RefusedRequest(Problem.MALFORMED_JSON);
  }

  /** JSON is also a wall against other sites: no form can send it without asking first. */
  private static void requireJson(ReceivedRequest request) throws RefusedRequest {
    List<String> types = request.headers("Content-Type");
    if (types.size() != 1
        || MediaType.parse(types.get(0)).filter(it -> it.isJson() && it.utf8()).isEmpty()
        || request.header("Content-Encoding").isPresent()) {
      throw new RefusedRequest(Problem.UNSUPPORTED_MEDIA_TYPE);
    }
  }

  /** Reads a body that is not above the limit. One that announces more is not read. */
  private static byte[] bytes(ReceivedRequest request, int limit) throws RefusedRequest {
    if (request.contentLength() > limit) {
      throw new RefusedRequest(Problem.BODY_TOO_LARGE);
    }
    byte[] bytes;
    try {
      bytes = request.readBody(limit + 1);
    } catch (IOException e) {
      throw new RefusedRequest(Problem.MALFORMED_JSON);
    }
    if (bytes.length > limit) {
      throw new RefusedRequest(Problem.BODY_TOO_LARGE);
    }
    return bytes;
  }

  /** Decoded before it is parsed: a JSON parser that is given bytes guesses their encoding. */
  private static String decode(byte[] bytes) throws RefusedRequest {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new RefusedRequest(Problem.MALFORMED_JSON);
    }
  }

  static JsonBody parse(String text, Set<String> texts, Set<String> flags) throws RefusedRequest {
    Map<String, Object> values = new HashMap<>();
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new RefusedRequest(Problem.MALFORMED_JSON);
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        JsonToken token = parser.nextToken();
        if (!texts.contains(field) && !flags.contains(field)) {
          throw unknown(field);
        }
        Object value = texts.contains(field) ? readText(parser, token) : readFlag(token);
        if (value == null) {
          throw invalid(field);
        }
        if (values.put(field, value) != null) {
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
    return new JsonBody(values);
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
