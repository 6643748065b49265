package io.doorward.auth.engine.cache;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Operations.CacheCheckRequest;
import io.doorward.auth.Operations.CacheCheckResult;
import io.doorward.auth.Operations.CacheCheckResult.Drift;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.CacheChecker.Batch;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.guard.BackendCalls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Comparisons of caches and database, one batch or all. Thread-safe. */
public final class CacheChecks {
  private final CacheChecker checker;
  private final BackendCalls calls;

  public CacheChecks(CacheChecker checker, EngineContext context) {
    this.checker = requireNonNull(checker, "checker");
    this.calls = context.calls(Part.CACHE_CHECK);
  }

  public CacheCheckResult checkCaches(CacheCheckRequest request, Deadline deadline) {
    return calls.orUnavailable(
        () -> {
          Batch batch =
              checker.checkCaches(request.after(), request.batch(), request.repair(), deadline);
          return new CacheCheckResult.Checked(batch.checked(), batch.drift(), batch.next());
        },
        retryAfter -> new CacheCheckResult.Unavailable(request.after(), retryAfter));
  }

  /** Ends early, and says where, at the deadline or when the thread is interrupted. */
  public CacheCheckResult checkAllCaches(
      CacheCheckRequest request, Consumer<CacheCheckResult.Checked> progress, Deadline deadline) {
    int checked = 0;
    List<Drift> drift = new ArrayList<>();
    CacheCheckRequest part = request;
    while (true) {
      CacheCheckResult result = checkCaches(part, deadline);
      if (!(result instanceof CacheCheckResult.Checked batch)) {
        return deadline.isExpired() && checked > 0
            ? new CacheCheckResult.Checked(checked, drift, part.after())
            : result;
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
