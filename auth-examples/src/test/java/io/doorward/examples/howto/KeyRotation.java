package io.doorward.examples.howto;

import io.doorward.Doorward;
import io.doorward.Secrets;
import java.nio.file.Path;

/** What docs/howto/key-rotation.md shows: what changes in the builder from step to step. */
final class KeyRotation {
  private KeyRotation() {}

  static Doorward.Builder fromFile(Doorward.Builder builder, Path file) {
    builder.keySource(() -> Secrets.ringFromFile(file));
    return builder;
  }

  static Doorward.Builder before(Doorward.Builder builder, byte[] old) {
    builder.secret("2026-05", old);
    return builder;
  }

  static Doorward.Builder known(Doorward.Builder builder, byte[] old, byte[] fresh) {
    builder.secret("2026-05", old).secret("2026-11", fresh);
    return builder;
  }

  static Doorward.Builder used(Doorward.Builder builder, byte[] old, byte[] fresh) {
    builder.secret("2026-11", fresh).secret("2026-05", old);
    return builder;
  }

  static Doorward.Builder over(Doorward.Builder builder, byte[] fresh) {
    builder.secret("2026-11", fresh);
    return builder;
  }
}
