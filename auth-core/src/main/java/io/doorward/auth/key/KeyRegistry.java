package io.doorward.auth.key;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import java.time.Duration;
import java.util.List;

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
   * @return the stored fingerprints, in the order of purpose and id. Current is each that some node
   *     registered as current within {@code memory}
   * @throws IllegalArgumentException if {@code memory} is shorter
   */
  List<KeyFingerprint> register(List<KeyFingerprint> mine, Duration memory, Deadline deadline);
}
