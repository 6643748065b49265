package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AuditLog;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.testkit.TestSecrets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * What the audit log says of a day on real servers. Its lines are among the logs of which the last
 * test of the build makes sure that they hold no secret.
 */
class AuditLogIT {
  private final List<String> secrets = new ArrayList<>();

  @Test
  void everythingThatHappensToAnAccountIsThereAndNobodysSecret() {
    try (Application application = Application.shared(Sessions.DURABLE);
        Node node = application.node()) {
      Person alice = remembered(Person.random());
      AccountId account = node.signedUp(alice);
      node.signUp(remembered(alice.guessing()));
      node.login(remembered(alice.guessing()));
      LoginResult.Success first = node.loggedIn(alice);
      node.changePassword(
          first.principal(), remembered(alice.guessing()), TestSecrets.newPassword());
      Password next = TestSecrets.newPassword();
      node.changePassword(first.principal(), alice, next);
      Person changed = remembered(alice.with(next));
      node.changeRoles(account, Set.of("admin"), Set.of());
      LoginResult.Success second = node.loggedIn(changed);
      node.logout(second.token());
      node.check(second.token());
      for (int i = 0; i < 6; i++) {
        node.login(remembered(alice.guessing()));
      }
      node.setPassword(account, remembered(changed.with(TestSecrets.newPassword())));
      node.logoutAll(account);
      node.service().admin().changeStatus(account, AccountStatus.DISABLED, node.deadline());
      node.service().admin().deleteAccount(account, node.deadline());
      secrets.add(first.token().reveal());
      secrets.add(second.token().reveal());

      List<String> lines = logged(node.events().of(AuthEvent.class));

      assertThat(lines)
          .contains(
              "event=SignedUp account=" + account + " cachePending=false",
              "event=SignUpRefused reason=DUPLICATE network=-",
              "event=LoginRejected account=" + account + " reason=WRONG_PASSWORD network=-",
              "event=PasswordChangeRefused account=" + account + " reason=WRONG_PASSWORD network=-",
              "event=PasswordChanged account=" + account + " cachePending=false",
              "event=PasswordSet account=" + account + " cachePending=false",
              "event=RolesChanged account=" + account + " roles=admin cachePending=false",
              "event=LoggedOut account="
                  + account
                  + " session="
                  + second.principal().session().id()
                  + " cachePending=false",
              "event=TokenRejected account=" + account + " reason=NO_SESSION",
              "event=BudgetSpent account=" + account + " budget=ACCOUNT network=-",
              "event=StatusChanged account=" + account + " status=DISABLED cachePending=false",
              "event=AccountDeleted account=" + account + " cachePending=false")
          .anyMatch(line -> line.startsWith("event=LoginSucceeded account=" + account + " "))
          .anyMatch(line -> line.startsWith("event=SessionReplaced account=" + account + " "))
          .anyMatch(line -> line.startsWith("event=SessionsRevoked account=" + account + " "))
          .anyMatch(
              line -> line.startsWith("event=LoginThrottled network=- budget=ACCOUNT retryAfter="));
      assertThat(lines)
          .allMatch(line -> line.matches("[ -~]+"))
          .allSatisfy(line -> assertThat(secrets).noneMatch(line::contains));
    }
  }

  private Person remembered(Person person) {
    secrets.add(person.loginId().value());
    secrets.add(person.password().reveal());
    return person;
  }

  private static List<String> logged(List<AuthEvent> events) {
    String name = AuditLogIT.class.getName();
    Logger logger = (Logger) LoggerFactory.getLogger(name);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      events.forEach(AuditLog.named(name)::on);
    } finally {
      logger.detachAppender(lines);
    }
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
