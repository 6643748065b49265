package io.doorward.auth.testkit;

import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;

class LocalAttemptLimiterTest extends AttemptLimiterContract {
  @Override
  protected AttemptLimiter newLimiter(AttemptBudgets budgets) {
    return AttemptLimiter.local(budgets);
  }
}
