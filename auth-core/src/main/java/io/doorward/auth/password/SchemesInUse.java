package io.doorward.auth.password;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The schemes and costs of the hashes that passwords were compared with. A password that is refused
 * costs one comparison under each of them, whichever its account has, so that the time of a refusal
 * does not tell an account with an old hash from an unknown address.
 *
 * <p>Thread-safe. Bounded: stored hashes of so many costs that there is no room for more keep the
 * time that they take.
 */
final class SchemesInUse {
  private static final int MOST = 8;

  private final Map<String, StoredHash> decoys = new ConcurrentHashMap<>();

  /** Begins with what new hashes cost. */
  SchemesInUse(StoredHash present) {
    decoys.put(present.cost(), present);
  }

  /** Remembers the cost of a hash; nothing else of it. */
  void meet(StoredHash hash) {
    if (decoys.size() < MOST && !decoys.containsKey(hash.cost())) {
      decoys.putIfAbsent(hash.cost(), hash.decoy());
    }
  }

  /** Does the work of all schemes but the one that has been done. */
  void doTheOthers(String password, StoredHash done) {
    decoys.forEach(
        (cost, decoy) -> {
          if (!cost.equals(done.cost())) {
            boolean unused = decoy.matches(password);
          }
        });
  }
}
