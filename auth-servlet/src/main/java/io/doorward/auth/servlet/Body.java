package io.doorward.auth.servlet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The body of one request, read up to a limit. Not thread-safe.
 *
 * @param limit the most bytes of a body
 */
record Body(ReceivedRequest request, int limit) {
  private static final Logger LOG = LoggerFactory.getLogger(Body.class);

  /** Reads an object of JSON. */
  BodyFields json(Set<String> texts, Set<String> flags) throws RefusedRequest {
    requireJson();
    return JsonBody.parse(text(Problem.MALFORMED_JSON), new BodyFields(texts, flags));
  }

  /** Reads a form. */
  BodyFields form(Set<String> texts, Set<String> flags) throws RefusedRequest {
    if (type().filter(it -> it.isForm() && it.utf8()).isEmpty()) {
      throw new RefusedRequest(Problem.UNSUPPORTED_MEDIA_TYPE);
    }
    return FormBody.parse(text(Problem.MALFORMED_FORM), new BodyFields(texts, flags));
  }

  /** Passes a request that says nothing, or says it with an empty object. */
  void requireNone() throws RefusedRequest {
    byte[] bytes = bytes(Problem.MALFORMED_JSON);
    if (bytes.length > 0) {
      requireJson();
      JsonBody.parse(decode(bytes, Problem.MALFORMED_JSON), new BodyFields(Set.of(), Set.of()));
    }
  }

  /**
   * Reads what a request still announces, to be called before it is answered: a connection that is
   * closed with bytes unread is reset, and then the client may never see why it was refused. A body
   * of more than twice the limit is left unread, and so is one that waits to be asked for.
   */
  void discardRest() {
    try {
      long announced = request.contentLength();
      if (announced > 0 && announced <= 2L * limit && request.header("Expect").isEmpty()) {
        byte[] unused = request.readBody((int) announced);
      }
    } catch (IOException | RefusedRequest e) {
      LOG.debug("The rest of a request could not be read", e);
    }
  }

  /** JSON is also a wall against other sites: no form can send it without asking first. */
  private void requireJson() throws RefusedRequest {
    if (type().filter(it -> it.isJson() && it.utf8()).isEmpty()) {
      throw new RefusedRequest(Problem.UNSUPPORTED_MEDIA_TYPE);
    }
  }

  /** Returns the type; empty if it is not named once, or the body is compressed. */
  private Optional<MediaType> type() throws RefusedRequest {
    List<String> types = request.headers("Content-Type");
    return types.size() != 1 || request.header("Content-Encoding").isPresent()
        ? Optional.empty()
        : MediaType.parse(types.get(0));
  }

  private String text(Problem malformed) throws RefusedRequest {
    return decode(bytes(malformed), malformed);
  }

  /** Reads a body that is not above the limit. One that announces more is not read. */
  private byte[] bytes(Problem malformed) throws RefusedRequest {
    if (request.contentLength() > limit) {
      throw new RefusedRequest(Problem.BODY_TOO_LARGE);
    }
    byte[] bytes;
    try {
      bytes = request.readBody(limit + 1);
    } catch (IOException e) {
      throw new RefusedRequest(malformed);
    }
    if (bytes.length > limit) {
      throw new RefusedRequest(Problem.BODY_TOO_LARGE);
    }
    return bytes;
  }

  /** Decoded before it is parsed: a JSON parser that is given bytes guesses their encoding. */
  private static String decode(byte[] bytes, Problem malformed) throws RefusedRequest {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new RefusedRequest(malformed);
    }
  }
}
