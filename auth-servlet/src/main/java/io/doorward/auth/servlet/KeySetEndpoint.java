package io.doorward.auth.servlet;

import io.doorward.auth.AuthService;
import java.util.Map;

/**
 * Shows the public keys by which others verify access tokens (RFC 7517). Open to all: it reads no
 * session, no cookie and no server.
 */
final class KeySetEndpoint {
  /**
   * How long others may keep the keys. The first step of a rotation makes a new key known before
   * the second one uses it, so it is known in time to all who wait that long between the two.
   */
  private static final String CACHE_CONTROL = "public, max-age=300";

  private KeySetEndpoint() {}

  static Answer answer(AuthService service) {
    return Answer.document(
            "application/jwk-set+json", Map.of("keys", service.operations().publicKeys().keys()))
        .header("Cache-Control", CACHE_CONTROL);
  }
}
