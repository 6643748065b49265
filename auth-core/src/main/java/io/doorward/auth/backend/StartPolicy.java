package io.doorward.auth.backend;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

/**
 * How the service treats servers and settings at the start. Immutable and thread-safe.
 *
 * @param patience how long the start waits for each server's answer; up to 1 min. A server that is
 *     required and not up yet is tried again until then. Migrations that have begun are waited for
 *     longer, up to 5 min. Zero checks in the background only
 * @param requireServers whether a server that does not answer in that time prevents the start. By
 *     default the service starts, is unavailable where it needs that server, and checks again until
 *     it answers
 * @param tolerated codes of findings of {@link Finding.Severity#REFUSAL} that only warn
 */
public record StartPolicy(Duration patience, boolean requireServers, Set<String> tolerated) {
  private static final StartPolicy DEFAULTS =
      new StartPolicy(Duration.ofSeconds(2), false, Set.of());

  /**
   * Checks and copies.
   *
   * @param patience see the type
   * @param requireServers see the type
   * @param tolerated see the type
   * @throws IllegalArgumentException if the patience is out of range
   */
  public StartPolicy {
    if (requireNonNull(patience, "patience").isNegative()
        || patience.compareTo(Duration.ofMinutes(1)) > 0) {
      throw new IllegalArgumentException("patience must be 0 s to 1 min: " + patience);
    }
    if (requireServers && patience.isZero()) {
      throw new IllegalArgumentException(
          "patience must be positive where servers are required: " + patience);
    }
    tolerated = Set.copyOf(requireNonNull(tolerated, "tolerated"));
  }

  /**
   * Returns the defaults: waits 2 s for each server, requires none, tolerates nothing.
   *
   * @return the policy
   */
  public static StartPolicy defaults() {
    return DEFAULTS;
  }

  /**
   * Returns a policy with another waiting time.
   *
   * @param patience for each server's answer; up to 1 min
   * @return a new policy
   * @throws IllegalArgumentException if it is out of range
   */
  public StartPolicy waiting(Duration patience) {
    return new StartPolicy(patience, requireServers, tolerated);
  }

  /**
   * Returns a policy that prevents the start while a server does not answer.
   *
   * @return a new policy
   */
  public StartPolicy requiringServers() {
    return new StartPolicy(patience, true, tolerated);
  }

  /**
   * Returns a policy that also downgrades the given finding to a warning.
   *
   * @param code of the finding, for instance {@code redis.eviction}
   * @return a new policy
   */
  public StartPolicy tolerating(String code) {
    Set<String> more = new TreeSet<>(tolerated);
    more.add(requireNonNull(code, "code"));
    return new StartPolicy(patience, requireServers, more);
  }

  /**
   * Applies the policy to a finding.
   *
   * @param found the finding
   * @return the finding, as a warning if it is tolerated
   */
  public Finding judge(Finding found) {
    return found.severity() == Finding.Severity.REFUSAL && tolerated.contains(found.code())
        ? Finding.warning(found.code(), found.meaning(), found.advice())
        : found;
  }
}
