package io.doorward.auth.redis;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.redis.BinaryCodec.Reader;
import io.doorward.auth.redis.BinaryCodec.Writer;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The sealed form of a session, one for the token store and the session view, which put different
 * things around it.
 */
final class SessionCodec {
  private SessionCodec() {}

  /** Writes a session whole. */
  static void write(Session session, Writer out) {
    writeRotation(session, out);
    writeRest(session, out);
  }

  /** Writes what a rotation compares and replaces: generation, its beginning, its key. */
  static void writeRotation(Session session, Writer out) {
    out.number(session.generation()).instant(session.rotatedAt()).text(session.keyId().orElse(""));
  }

  /** Writes what follows a rotation. */
  static void writeRest(Session session, Writer out) {
    out.text(session.id().value())
        .text(session.account().value())
        .text(session.kind().text())
        .number(session.epoch().number())
        .text(session.epoch().tag())
        .instant(session.createdAt())
        .instant(session.absoluteEnd())
        .number(session.idleTimeout().toMillis())
        .instant(session.authTime())
        .instant(session.lastUsedAt())
        .texts(session.amr())
        .texts(session.scopes())
        .text(session.device().orElse(""))
        .number(session.attributes().size());
    session.attributes().forEach((key, value) -> out.text(key).text(value));
  }

  /**
   * Reads a session: a rotation and the rest.
   *
   * @throws StoreException as {@link SessionKind#ofStored} throws it
   */
  static Session read(Reader in) {
    int generation = in.count();
    Instant rotatedAt = in.instant();
    Optional<String> keyId = optional(in.text());
    SessionId id = new SessionId(in.text());
    return Session.builder(
            new AccountId(in.text()),
            SessionKind.ofStored("Redis", in.text()),
            new Epoch(in.number(), in.text()),
            in.instant(),
            in.instant(),
            Duration.ofMillis(in.number()))
        .id(id)
        .rotation(generation, rotatedAt, keyId)
        .authTime(in.instant())
        .lastUsedAt(in.instant())
        .amr(in.texts())
        .scopes(in.texts())
        .device(optional(in.text()))
        .attributes(attributes(in))
        .build();
  }

  private static Optional<String> optional(String text) {
    return Optional.of(text).filter(it -> !it.isEmpty());
  }

  private static Map<String, String> attributes(Reader in) {
    int count = in.count();
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < count; i++) {
      attributes.put(in.text(), in.text());
    }
    return attributes;
  }
}
