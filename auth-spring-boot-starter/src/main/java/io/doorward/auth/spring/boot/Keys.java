package io.doorward.auth.spring.boot;

import io.doorward.Secrets;
import io.doorward.auth.key.KeyRing;
import java.util.function.Supplier;

/** Makes the key ring of the properties. */
final class Keys {
  private static final String ADVICE =
      "Put the output of \"openssl rand -base64 32\" into the environment variable"
          + " DOORWARD_SECRET, or into a file that doorward.secret-file names; the same on every"
          + " node.";

  private Keys() {}

  /**
   * Makes a ring of the secret and the others.
   *
   * @throws DoorwardConfigurationException if there is no secret, or one cannot be used
   */
  static KeyRing of(DoorwardProperties properties) {
    KeyRing.Builder ring = KeyRing.builder();
    add(ring, "doorward.secret", properties.secretId(), () -> secret(properties));
    properties
        .otherSecrets()
        .forEach(
            (id, text) -> {
              String name = "doorward.other-secrets." + id;
              add(ring, name, id, () -> Secrets.fromText(name, text));
            });
    return ring.build();
  }

  private static byte[] secret(DoorwardProperties properties) {
    if (properties.secretFile() != null) {
      return Secrets.fromFile(properties.secretFile());
    }
    if (properties.secret() == null) {
      throw new DoorwardConfigurationException("doorward.secret is missing", ADVICE);
    }
    return Secrets.fromText("doorward.secret", properties.secret());
  }

  private static void add(KeyRing.Builder ring, String name, String id, Supplier<byte[]> secret) {
    try {
      ring.secret(id, secret.get());
    } catch (IllegalArgumentException e) {
      throw new DoorwardConfigurationException(
          name + " cannot be used under its id: " + e.getMessage(),
          "Correct doorward.secret-id or the id in doorward.other-secrets.",
          e);
    } catch (IllegalStateException e) {
      throw new DoorwardConfigurationException(String.valueOf(e.getMessage()), ADVICE, e);
    }
  }
}
