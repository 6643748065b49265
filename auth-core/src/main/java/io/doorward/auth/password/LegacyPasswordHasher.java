package io.doorward.auth.password;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads hashes of another system beside its own, and makes its own. */
final class LegacyPasswordHasher implements PasswordHasher {
  private static final Logger LOG = LoggerFactory.getLogger(PasswordHasher.class);

  /** Matches no password and costs what a refusal costs. */
  private static final PasswordHash NONE = PasswordHash.of("");

  private final PasswordHasher present;
  private final LegacyVerifier legacy;
  private final String decoy;

  LegacyPasswordHasher(PasswordHasher present, LegacyVerifier legacy) {
    this.present = requireNonNull(present, "present");
    this.legacy = requireNonNull(legacy, "legacy");
    this.decoy = requireNonNull(legacy.decoy(), "decoy");
    if (!recognises(PasswordHash.of(decoy))) {
      throw new IllegalArgumentException(
          "the decoy of a LegacyVerifier must be a text that it recognises");
    }
  }

  @Override
  public PasswordHash hash(Password password) {
    return present.hash(password);
  }

  @Override
  public boolean matches(Password password, PasswordHash hash) {
    boolean old = recognises(hash);
    boolean matches = old ? compare(password, hash.reveal()) : present.matches(password, hash);
    if (!matches) {
      // The work that the other kind of hash would have been.
      boolean unused = old ? present.matches(password, NONE) : compare(password, decoy);
    }
    return matches;
  }

  @Override
  public boolean isOutdated(PasswordHash hash) {
    return recognises(hash) || present.isOutdated(hash);
  }

  @Override
  public Optional<UnreadableHash> whyUnreadable(PasswordHash hash) {
    return recognises(hash) ? Optional.empty() : present.whyUnreadable(hash);
  }

  private boolean recognises(PasswordHash hash) {
    try {
      return legacy.recognises(hash.reveal());
    } catch (RuntimeException e) {
      report(e);
      return false;
    }
  }

  private boolean compare(Password password, String encoded) {
    try {
      return legacy.matches(password, encoded);
    } catch (RuntimeException e) {
      report(e);
      return false;
    }
  }

  /** Not its message: it may quote the hash. */
  private static void report(RuntimeException e) {
    LOG.warn("A LegacyVerifier has thrown {}; that counts as no match", e.getClass().getName());
  }

  /** Returns the hasher of new passwords. */
  @Override
  public String toString() {
    return present + " with legacy hashes";
  }
}
