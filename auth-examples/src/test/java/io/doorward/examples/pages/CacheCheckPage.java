package io.doorward.examples.pages;

import io.doorward.auth.AuthService;
import io.doorward.auth.Operations.CacheCheckRequest;
import io.doorward.auth.Operations.CacheCheckResult;
import io.doorward.auth.base.Deadline;
import java.time.Duration;

/** What docs/cache-check.md shows. */
final class CacheCheckPage {
  private CacheCheckPage() {}

  static CacheCheckResult all(AuthService auth) {
    CacheCheckResult result =
        auth.operations()
            .checkAllCaches(
                CacheCheckRequest.defaults().repairing(),
                batch ->
                    System.out.println(batch.checked() + " accounts, on after " + batch.next()),
                Deadline.after(Duration.ofMinutes(30)));
    return result;
  }
}
