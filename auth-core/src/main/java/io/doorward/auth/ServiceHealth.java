package io.doorward.auth;

import io.doorward.auth.backend.BackendHealth;
import io.doorward.auth.backend.DegradationTable;
import io.doorward.auth.backend.Finding;
import java.util.List;

/**
 * The health of a service: its servers, findings, and its degradation table. Immutable and
 * thread-safe.
 *
 * @param backends each server, as seen by the calls of this node; empty where all stores are in
 *     memory or unknown to this library
 * @param findings the findings of the last check of each server's settings and of the service's own
 * @param degradation what each operation does while servers are away
 */
public record ServiceHealth(
    List<BackendHealth> backends, List<Finding> findings, DegradationTable degradation) {

  /**
   * Copies.
   *
   * @param backends see the type
   * @param findings see the type
   * @param degradation see the type
   */
  public ServiceHealth {
    backends = List.copyOf(backends);
    findings = List.copyOf(findings);
  }

  /**
   * Returns whether all servers answer and no finding prevents a start. A node that is not up may
   * still serve most operations, see {@code degradation}; do not restart it.
   *
   * @return true if all servers answer and there is no refusal
   */
  public boolean isUp() {
    return backends.stream().allMatch(BackendHealth::isUp)
        && findings.stream().noneMatch(found -> found.severity() == Finding.Severity.REFUSAL);
  }
}
