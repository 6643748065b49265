package io.doorward.auth.key;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Stores the fingerprints of the nodes' keys in one place, so that a node with another key ring is
 * detected at its start. Implemented by stores; the service then uses it automatically.
 *
 * <p>Thread-safe: one instance serves all threads.
 *
 * <p>Security: it receives fingerprints, never keys.
 *
 * <p>Failure: every method throws {@link StoreException} when the database cannot answer before the
 * deadline; nothing is retried here.
 */
public interface KeyRegistry {
  /**
   * Registers this node's keys and returns those that are remembered, in one transaction. A key
   * that no node has registered for {@code memory} is forgotten first, so that a retired key needs
   * no clean-up by hand. A key whose name is remembered with another fingerprint is not registered:
   * the first one stays until it is forgotten.
   *
   * @param mine the keys of this node; empty to look only
   * @param memory how long a key is remembered after a node registered it last; at least 1 s
   * @param deadline for the call
   * @return the stored fingerprints, in the order of purpose and id. A key is current if some node
   *     registered it as current within {@code memory}
   * @throws IllegalArgumentException if {@code memory} is shorter than 1 s
   */
  List<KeyFingerprint> register(List<KeyFingerprint> mine, Duration memory, Deadline deadline);

  /**
   * Identifies a key of a ring without revealing it, to tell it from another key of the same name.
   * Immutable and thread-safe.
   *
   * <p>Security: a fingerprint is an HMAC over a fixed label under the key itself, cut to 128 bits.
   * A key of 32 random bytes cannot be found from it; no more can be learned than whether two keys
   * are the same.
   *
   * @param purpose what the key is for
   * @param id names the key among those of its purpose
   * @param value the fingerprint, 32 hexadecimal digits
   * @param current whether the key is the present one: it signs, seals or names
   */
  record KeyFingerprint(Purpose purpose, String id, String value, boolean current) {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{32}");

    /** The purpose of a key. */
    public enum Purpose {
      /** Signs access tokens. */
      SIGNING,
      /** Seals what lies in Redis. */
      SEALING,
      /** Names login identifiers and networks in Redis. */
      INDEX
    }

    /**
     * Checks the parts.
     *
     * @param purpose see the type
     * @param id see the type
     * @param value see the type
     * @param current see the type
     * @throws IllegalArgumentException if the id or the fingerprint has another form
     */
    public KeyFingerprint {
      requireNonNull(purpose, "purpose");
      KeyRules.requireKeyId(id);
      if (!FORM.matcher(requireNonNull(value, "value")).matches()) {
        throw new IllegalArgumentException("value must be 32 hexadecimal digits");
      }
    }

    /**
     * Returns whether two fingerprints belong to keys of the same purpose and id.
     *
     * @param other another fingerprint
     * @return true if purpose and id are the same
     */
    public boolean hasNameOf(KeyFingerprint other) {
      return purpose == other.purpose && id.equals(other.id);
    }
  }
}
