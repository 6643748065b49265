package io.doorward.auth;

import io.doorward.auth.account.CacheAuditor;
import io.doorward.auth.account.CacheAuditor.Batch;
import io.doorward.auth.account.CacheAuditor.Drift;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Comparisons of caches and database, one batch or all. */
record Audits(CacheAuditor auditor, AuthListener listener) {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  AuditResult audit(AuditRequest request, Deadline deadline) {
    try {
      Batch batch = auditor.audit(request.after(), request.batch(), request.repair(), deadline);
      return new AuditResult.Checked(batch.checked(), batch.drift(), batch.next());
    } catch (StoreException e) {
      listener.on(new AuthEvent.BackEndFailed("audit", e.kind()));
      return new AuditResult.Unavailable(request.after(), RETRY_AFTER);
    }
  }

  /** Ends early, and says where, at the deadline or when the thread is interrupted. */
  AuditResult auditAll(
      AuditRequest request, Consumer<AuditResult.Checked> progress, Deadline deadline) {
    int checked = 0;
    List<Drift> drift = new ArrayList<>();
    AuditRequest part = request;
    while (true) {
      if (!(audit(part, deadline) instanceof AuditResult.Checked batch)) {
        return deadline.isExpired() && checked > 0
            ? new AuditResult.Checked(checked, drift, part.after())
            : new AuditResult.Unavailable(part.after(), RETRY_AFTER);
      }
      checked += batch.checked();
      drift.addAll(batch.drift());
      progress.accept(batch);
      Optional<AccountId> next = batch.next();
      if (next.isEmpty() || !pause(request.pause(), deadline)) {
        return new AuditResult.Checked(checked, drift, next);
      }
      part = part.after(next.get());
    }
  }

  private static boolean pause(Duration pause, Deadline deadline) {
    if (deadline.remaining().compareTo(pause) <= 0) {
      return false;
    }
    try {
      Thread.sleep(pause.toMillis());
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
