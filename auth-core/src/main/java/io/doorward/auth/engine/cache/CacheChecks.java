package io.doorward.auth.engine.cache;

import io.doorward.auth.CacheCheckRequest;
import io.doorward.auth.CacheCheckResult;
import io.doorward.auth.CacheCheckResult.Drift;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.cache.CacheChecker.Batch;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Comparisons of caches and database, one batch or all. */
public record CacheChecks(CacheChecker checker, AuthListener listener) {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  public CacheCheckResult checkCaches(CacheCheckRequest request, Deadline deadline) {
    try {
      Batch batch =
          checker.checkCaches(request.after(), request.batch(), request.repair(), deadline);
      return new CacheCheckResult.Checked(batch.checked(), batch.drift(), batch.next());
    } catch (StoreException e) {
      listener.on(new AuthEvent.BackendFailed(Part.CACHE_CHECK, e.kind()));
      return new CacheCheckResult.Unavailable(request.after(), RETRY_AFTER);
    }
  }

  /** Ends early, and says where, at the deadline or when the thread is interrupted. */
  public CacheCheckResult checkAllCaches(
      CacheCheckRequest request, Consumer<CacheCheckResult.Checked> progress, Deadline deadline) {
    int checked = 0;
    List<Drift> drift = new ArrayList<>();
    CacheCheckRequest part = request;
    while (true) {
      if (!(checkCaches(part, deadline) instanceof CacheCheckResult.Checked batch)) {
        return deadline.isExpired() && checked > 0
            ? new CacheCheckResult.Checked(checked, drift, part.after())
            : new CacheCheckResult.Unavailable(part.after(), RETRY_AFTER);
      }
      checked += batch.checked();
      drift.addAll(batch.drift());
      progress.accept(batch);
      Optional<AccountId> next = batch.next();
      if (next.isEmpty() || !pause(request.pause(), deadline)) {
        return new CacheCheckResult.Checked(checked, drift, next);
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
