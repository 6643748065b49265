package io.doorward.auth.password;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;

/** Argon2id for new hashes, and whatever {@link StoredHash} can read for stored ones. */
final class StandardPasswordHasher implements PasswordHasher {
  private static final int SALT_BYTES = 16;
  private static final int KEY_BYTES = 32;
  private static final int MAX_PASSES = 16;
  private static final int MAX_LANES = 4;

  /** The least memory times passes among the settings that OWASP calls equal: 7 MiB, 5 passes. */
  private static final int MIN_WORK = 7 * 1024 * 5;

  private final int memoryKib;
  private final int passes;
  private final Argon2PasswordEncoder encoder;
  private final StoredHash decoy;

  StandardPasswordHasher(int memoryKib, int passes, int lanes) {
    requireRange("memoryKib", memoryKib, 7 * 1024, Argon2Hash.MAX_MEMORY_KIB);
    requireRange("passes", passes, 1, MAX_PASSES);
    requireRange("lanes", lanes, 1, MAX_LANES);
    if (memoryKib * passes < MIN_WORK) {
      throw new IllegalArgumentException(
          "memoryKib times passes must be at least " + MIN_WORK + ": " + memoryKib * passes);
    }
    this.memoryKib = memoryKib;
    this.passes = passes;
    this.encoder = new Argon2PasswordEncoder(SALT_BYTES, KEY_BYTES, lanes, memoryKib, passes);
    this.decoy = decoy(memoryKib, passes, lanes);
  }

  @Override
  public PasswordHash hash(Password password) {
    return PasswordHash.of(encoder.encode(password.reveal()));
  }

  @Override
  public boolean matches(Password password, PasswordHash hash) {
    Optional<StoredHash> stored = StoredHash.read(hash.reveal()).hash();
    return stored.orElse(decoy).matches(password.reveal()) && stored.isPresent();
  }

  @Override
  public boolean isOutdated(PasswordHash hash) {
    boolean present =
        StoredHash.read(hash.reveal())
            .hash()
            .filter(
                stored ->
                    stored instanceof Argon2Hash argon2 && argon2.isAtLeast(memoryKib, passes))
            .isPresent();
    return !present;
  }

  @Override
  public Optional<UnreadableHash> whyUnreadable(PasswordHash hash) {
    return hash.whyUnreadable();
  }

  /** A hash of the present cost with a random key, so of no password that anybody knows. */
  private static StoredHash decoy(int memoryKib, int passes, int lanes) {
    String text =
        "$argon2id$v=19$m="
            + memoryKib
            + ",t="
            + passes
            + ",p="
            + lanes
            + "$"
            + random(SALT_BYTES)
            + "$"
            + random(KEY_BYTES);
    return StoredHash.read(text).hash().orElseThrow();
  }

  private static String random(int bytes) {
    byte[] random = new byte[bytes];
    new SecureRandom().nextBytes(random);
    return Base64.getEncoder().withoutPadding().encodeToString(random);
  }

  private static void requireRange(String what, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(what + " must be " + min + " to " + max + ": " + value);
    }
  }

  /** Returns the cost of new hashes. */
  @Override
  public String toString() {
    return "PasswordHasher[argon2id, m=" + memoryKib + " KiB, t=" + passes + "]";
  }
}
