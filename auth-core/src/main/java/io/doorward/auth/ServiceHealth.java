package io.doorward.auth;

import io.doorward.auth.backend.BackendHealth;
import io.doorward.auth.backend.DegradationTable;
import io.doorward.auth.backend.Finding;
import java.util.List;

/**
 * How a service is: its servers, and what it does without them. Immutable and thread-safe.
 *
 * @param backends each server, as the calls of this node found it; empty where all stores are in
 *     memory or unknown to this library
 * @param findings what the last look at each server's settings found, and at the service's own
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
   * Tells whether all servers answer and nothing was found that stops a start. A node that is not
   * up may still do most of its work: {@code degradation} says which. Do not restart it for that.
   *
   * @return true if nothing is missed
   */
  public boolean isUp() {
    return backends.stream().allMatch(BackendHealth::isUp)
        && findings.stream().noneMatch(found -> found.severity() == Finding.Severity.REFUSAL);
  }
}
