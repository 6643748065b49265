package io.doorward.auth.password;

import io.doorward.auth.password.PasswordHasher.UnreadableHash;
import java.util.Optional;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;

/** Argon2id for new hashes, and whatever {@link StoredHash} can read for stored ones. */
final class StandardPasswordHasher implements PasswordHasher {
  private static final int MAX_PASSES = 16;
  private static final int MAX_LANES = 4;

  /** The least memory for one pass, for two, and for more, as OWASP recommends it. */
  private static final int[] MIN_MEMORY_KIB = {46 * 1024, 19 * 1024, 12 * 1024};

  private final int memoryKib;
  private final int passes;
  private final Argon2PasswordEncoder encoder;
  private final StoredHash decoy;
  private final SchemesInUse inUse;

  StandardPasswordHasher(int memoryKib, int passes, int lanes) {
    requireRange("passes", passes, 1, MAX_PASSES);
    requireRange(
        "memoryKib with passes " + passes,
        memoryKib,
        MIN_MEMORY_KIB[Math.min(passes, MIN_MEMORY_KIB.length) - 1],
        Argon2Hash.MAX_MEMORY_KIB);
    requireRange("lanes", lanes, 1, MAX_LANES);
    this.memoryKib = memoryKib;
    this.passes = passes;
    this.encoder =
        new Argon2PasswordEncoder(
            Argon2Hash.SALT_BYTES, Argon2Hash.DIGEST_BYTES, lanes, memoryKib, passes);
    this.decoy = Argon2Hash.decoy(memoryKib, passes, lanes);
    this.inUse = new SchemesInUse(decoy);
  }

  @Override
  public PasswordHash hash(Password password) {
    return PasswordHash.of(encoder.encode(password.reveal()));
  }

  @Override
  public boolean matches(Password password, PasswordHash hash) {
    Optional<StoredHash> stored = StoredHash.read(hash.reveal()).hash();
    StoredHash compared = stored.orElse(decoy);
    inUse.meet(compared);
    boolean matches = compared.matches(password.reveal()) && stored.isPresent();
    if (!matches) {
      inUse.doTheOthers(password.reveal(), compared);
    }
    return matches;
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

  /** Remembers the cost of what it can read, as {@link #matches} does. */
  @Override
  public Optional<UnreadableHash> whyUnreadable(PasswordHash hash) {
    HashReading reading = StoredHash.read(hash.reveal());
    reading.hash().ifPresent(inUse::meet);
    return reading.problem();
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
