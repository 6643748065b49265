package io.doorward.auth.redis;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.redis.BinaryCodec.Reader;
import io.doorward.auth.redis.BinaryCodec.Writer;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The sealed form of a session: its fields in the order of their declaration. One for the token
 * store and the session view, which put different things around it.
 */
final class SessionCodec {
  static final String SEAL_FORMAT = "session 2";

  private SessionCodec() {}

  static byte[] write(Session session) {
    Writer out = new Writer();
    write(session, out);
    return out.toBytes();
  }

  static void write(Session session, Writer out) {
    out.text(session.id().value())
        .text(session.account().value())
        .text(session.kind().name())
        .number(session.epoch().number())
        .text(session.epoch().tag())
        .number(session.generation())
        .instant(session.createdAt())
        .instant(session.authTime())
        .instant(session.absoluteEnd())
        .number(session.idleTimeout().toMillis())
        .texts(session.amr())
        .text(session.device().orElse(""))
        .number(session.attributes().size());
    session.attributes().forEach((key, value) -> out.text(key).text(value));
  }

  static Session read(Reader in) {
    return new Session(
        new SessionId(in.text()),
        new AccountId(in.text()),
        SessionKind.valueOf(in.text()),
        new Epoch(in.number(), in.text()),
        in.count(),
        in.instant(),
        in.instant(),
        in.instant(),
        Duration.ofMillis(in.number()),
        in.texts(),
        Optional.of(in.text()).filter(device -> !device.isEmpty()),
        attributes(in));
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
