package io.doorward.examples.pages;

import io.doorward.auth.AuditRequest;
import io.doorward.auth.AuditResult;
import io.doorward.auth.AuthService;
import io.doorward.auth.base.Deadline;
import java.time.Duration;

/** What docs/auditor.md shows. */
final class AuditorPage {
  private AuditorPage() {}

  static AuditResult all(AuthService auth) {
    AuditResult result =
        auth.auditAll(
            AuditRequest.defaults().repairing(),
            batch -> System.out.println(batch.checked() + " accounts, on after " + batch.next()),
            Deadline.after(Duration.ofMinutes(30)));
    return result;
  }
}
