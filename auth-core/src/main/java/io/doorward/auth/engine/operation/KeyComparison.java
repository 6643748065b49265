package io.doorward.auth.engine.operation;

import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.key.KeyRegistry;
import io.doorward.auth.key.KeyRegistry.KeyFingerprint;
import io.doorward.auth.key.KeyRing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Compares this node's keys with those that the other nodes have registered. Thread-safe.
 *
 * <p>Nodes with different keys do not notice by themselves: each takes the other's tokens for
 * forged ones and the other's values in Redis for misses, at random behind a load balancer. Where
 * index keys differ, a fence of one node does not reach what the other has cached.
 */
public final class KeyComparison {

  /** How long the keys of a stopped node are kept. */
  static final Duration MEMORY = Duration.ofMinutes(10);

  private final KeyRegistry registry;
  private final KeyRing keys;

  KeyComparison(KeyRegistry registry, KeyRing keys) {
    this.registry = registry;
    this.keys = keys;
  }

  /**
   * Registers and compares.
   *
   * @throws StoreException if the database cannot answer
   */
  List<Finding> look(Deadline deadline) {
    List<KeyFingerprint> held = keys.fingerprints();
    // Every start would leave keys behind that no node can ever have again.
    List<KeyFingerprint> registered = keys.isEphemeral() ? List.of() : held;
    List<KeyFingerprint> all = registry.register(registered, MEMORY, deadline);
    List<KeyFingerprint> differing = new ArrayList<>();
    List<KeyFingerprint> missing = new ArrayList<>();
    for (KeyFingerprint other : all) {
      List<KeyFingerprint> mine = held.stream().filter(other::hasNameOf).toList();
      if (mine.isEmpty() && other.current()) {
        missing.add(other);
      } else if (mine.stream().anyMatch(key -> !key.value().equals(other.value()))) {
        differing.add(other);
      }
    }
    List<Finding> found = new ArrayList<>();
    if (!differing.isEmpty()) {
      found.add(
          Finding.refusal(
              "keys.differ",
              "other nodes have another key under the id "
                  + names(differing)
                  + ": tokens and sealed values of one node are refused by another, and a change on"
                  + " one does not reach what the other has cached",
              "Give all nodes the same key ring, and every new key an id of its own; keys of nodes"
                  + " that are gone count for "
                  + MEMORY.toMinutes()
                  + " min"));
    }
    if (!missing.isEmpty()) {
      found.add(
          Finding.warning(
              "keys.missing",
              "other nodes use a present key that this node does not have, "
                  + names(missing)
                  + ": it refuses their tokens, and what it changes may stay in their cache",
              "Put a new key last on every node before any node puts it first; keys of nodes that are"
                  + " gone count for "
                  + MEMORY.toMinutes()
                  + " min"));
    }
    return found;
  }

  /** Names keys with their purposes: {@code 2026-01 (signing, sealing, index)}. */
  private static String names(List<KeyFingerprint> keys) {
    Map<String, Set<String>> purposes = new LinkedHashMap<>();
    for (KeyFingerprint key : keys) {
      purposes
          .computeIfAbsent(key.id(), id -> new LinkedHashSet<>())
          .add(key.purpose().name().toLowerCase(Locale.ROOT));
    }
    return purposes.entrySet().stream()
        .map(id -> id.getKey() + " (" + String.join(", ", id.getValue()) + ")")
        .collect(Collectors.joining("; "));
  }
}
