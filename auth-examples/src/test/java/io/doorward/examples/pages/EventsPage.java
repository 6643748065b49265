package io.doorward.examples.pages;

import io.doorward.auth.AuthService;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AuditLog;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Level;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.session.TokenStore;
import java.util.function.Consumer;

/** What docs/events.md shows. */
final class EventsPage {
  private EventsPage() {}

  static AuthService listen(
      AccountStore accounts, TokenStore sessions, KeyRing keys, Consumer<String> pager) {
    AuthListener page =
        event -> {
          if (event.level() == Level.ALARM) {
            pager.accept(event.getClass().getSimpleName());
          }
        };
    AuthListener listener = AuthListener.all(AuditLog.create(), page);
    AuthService auth = AuthService.builder(accounts, sessions, keys).listener(listener).build();
    return auth;
  }

  /** Something of the application's own that belongs into the same log. */
  record ReportExported(AccountId account, int rows) implements AuthEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }
}
