package io.doorward.examples.pages;

import io.doorward.auth.AuthService;
import io.doorward.auth.Budgets;
import io.doorward.auth.CachingAuthenticator;
import io.doorward.auth.Capacity;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.event.AuditLog;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Authenticated;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Rejected;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.throttle.AttemptLimiter;
import io.doorward.auth.throttle.AttemptLimiter.Decision;
import io.doorward.auth.throttle.AttemptLimiter.Outcome;
import java.util.concurrent.Executor;

/** What docs/login.md shows. */
final class LoginPage {
  private LoginPage() {}

  static AuthService withNumbers(AccountStore accounts, TokenStore sessions, KeyRing keys) {
    AuthService auth =
        AuthService.builder(accounts, sessions, keys)
            .capacity(Capacity.defaults().withHashing(2, 16).withLoginReads(3, 256))
            .budgets(Budgets.defaults().withSignUps(20, 1_000))
            .build();
    return auth;
  }

  static Authenticator composed(AccountStore accounts, CredentialCache cache, Executor executor) {
    Authenticator authenticator =
        CachingAuthenticator.builder(accounts, executor)
            .credentialCache(cache)
            .listener(AuditLog.create())
            .build();
    return authenticator;
  }

  static AuthenticationResult throttled(
      Authenticator authenticator,
      AttemptLimiter limiter,
      LoginAttempt attempt,
      Deadline deadline) {
    Decision decision = limiter.reserve(attempt.loginId(), attempt.client(), deadline);
    if (decision instanceof Decision.Refused refused) {
      return new AuthenticationResult.Throttled(refused.retryAfter());
    }
    if (decision instanceof Decision.Busy busy) {
      return new AuthenticationResult.Throttled(busy.retryIn());
    }
    Outcome outcome = Outcome.UNKNOWN;
    try {
      AuthenticationResult result = authenticator.authenticate(attempt, deadline);
      if (result instanceof Authenticated) {
        outcome = Outcome.SUCCESS;
      } else if (result instanceof Rejected) {
        outcome = Outcome.FAILURE;
      }
      return result;
    } finally {
      limiter.settle(((Decision.Admitted) decision).reservation(), outcome, deadline);
    }
  }
}
