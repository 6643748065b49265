package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.PasswordChangeResult;
import io.doorward.auth.account.CacheFill;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent.CacheFillSkipped;
import io.doorward.auth.event.AuthEvent.FillFailure;
import io.doorward.auth.event.AuthEvent.Source;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.throttle.AttemptBudgets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What must hold however nodes and people get into each other's way. */
@ParameterizedClass
@EnumSource(Sessions.class)
class RaceIT {
  private static final LoginResult REJECTED = new LoginResult.Rejected();
  private static final CheckResult NO_SESSION = new CheckResult.Rejected();

  private static Application application;
  private static Node here;
  private static Node there;

  @Parameter Sessions sessions;

  @BeforeParameterizedClassInvocation
  static void start(Sessions where) {
    application = Application.shared(where);
    here = application.node();
    there = application.node();
  }

  @AfterParameterizedClassInvocation
  static void end() {
    application.close();
  }

  @Test
  void aLoginStillHashingWhileThePasswordChangesGetsNoSession() {
    Person alice = Person.random();
    there.signedUp(alice);
    LoginResult.Success laptop = there.loggedIn(alice);
    ProbedHasher.Hold hold = here.hasher().holdNext();
    CompletableFuture<LoginResult> late = CompletableFuture.supplyAsync(() -> here.login(alice));
    hold.awaitReached();

    assertThat(there.changePassword(laptop.principal(), alice, TestSecrets.newPassword()))
        .isInstanceOf(PasswordChangeResult.Changed.class);
    hold.release();

    assertThat(late.join()).isEqualTo(REJECTED);
  }

  @Test
  void aLoginStillHashingWhileTheAccountIsDisabledGetsNoSession() {
    Person alice = Person.random();
    AccountId account = there.signedUp(alice);
    ProbedHasher.Hold hold = here.hasher().holdNext();
    CompletableFuture<LoginResult> late = CompletableFuture.supplyAsync(() -> here.login(alice));
    hold.awaitReached();

    application.sql("UPDATE {accounts} SET status = 'disabled' WHERE id = ?", account);
    there.relay();
    hold.release();

    assertThat(late.join()).isEqualTo(REJECTED);
  }

  @Test
  void aFillThatComesAfterTheChangeDoesNotBringTheOldPasswordBack() {
    Person alice = Person.random();
    there.signedUp(alice);
    LoginResult.Success laptop = there.loggedIn(alice);
    HeldExecutor held = new HeldExecutor();
    try (Node slow = application.node(filling(held))) {
      forgetCredential(alice);
      assertThat(slow.loginSource(alice)).isEqualTo(Source.DATABASE);

      changed(there.changePassword(laptop.principal(), alice, TestSecrets.newPassword()));
      assertThat(held.runAll()).isPositive();

      assertThat(slow.events().last(CacheFillSkipped.class).failure())
          .isEqualTo(FillFailure.REFUSED);
      assertThat(there.login(alice)).isEqualTo(REJECTED);
      assertThat(slow.login(alice)).isEqualTo(REJECTED);
    }
  }

  @Test
  void aFillThatComesAfterChangeAndEvictionDoesNotBringTheOldPasswordBack() {
    Person alice = Person.random();
    there.signedUp(alice);
    LoginResult.Success laptop = there.loggedIn(alice);
    HeldExecutor held = new HeldExecutor();
    try (Node slow = application.node(filling(held))) {
      forgetCredential(alice);
      assertThat(slow.loginSource(alice)).isEqualTo(Source.DATABASE);

      changed(there.changePassword(laptop.principal(), alice, TestSecrets.newPassword()));
      forgetCredential(alice);
      assertThat(there.cache().lookup(alice.loginId(), there.deadline()))
          .isInstanceOf(Lookup.Miss.class);
      assertThat(held.runAll()).isPositive();

      assertThat(there.cache().lookup(alice.loginId(), there.deadline()))
          .as("the fill's ticket is from before the change")
          .isInstanceOf(Lookup.Miss.class);
      assertThat(there.login(alice)).isEqualTo(REJECTED);
    }
  }

  @Test
  void aNodeThatDiesBetweenCommitAndFenceLeavesNoOldEntryBehind() {
    Person alice = Person.random();
    there.signedUp(alice);
    assertThat(there.loginSource(alice)).isEqualTo(Source.CACHE);
    Password next = TestSecrets.newPassword();
    IntConsumer onlyTheFirst =
        number -> {
          if (number > 1) {
            throw new StoreException(StoreException.Kind.UNREACHABLE, "this node is dead");
          }
        };
    Application.Setup dying =
        new Application.Setup()
            .cache(real -> FenceHook.before(real, onlyTheFirst))
            .service(it -> it.attempts(1));
    try (Node dead = application.node(dying)) {
      LoginResult.Success login = dead.loggedIn(alice);

      PasswordChangeResult.Changed result =
          changed(dead.changePassword(login.principal(), alice, next));

      assertThat(result.cachePending()).isTrue();
      assertThat(there.login(alice)).isEqualTo(REJECTED);
      assertThat(there.loginSource(alice.with(next))).isEqualTo(Source.DATABASE);
      there.relay();
    }
  }

  @Test
  void anEntryFilledBeforeTheCommitBecauseTheFirstFenceWasLostDiesWithTheSecond() {
    Person alice = Person.random();
    there.signedUp(alice);
    List<Source> between = new ArrayList<>();
    IntConsumer loginElsewhere =
        number -> {
          if (number == 1) {
            forgetCredential(alice);
            between.add(there.loginSource(alice));
            between.add(there.loginSource(alice));
          }
        };
    Application.Setup interrupted =
        new Application.Setup().cache(real -> FenceHook.after(real, loginElsewhere));
    try (Node changing = application.node(interrupted)) {
      LoginResult.Success login = changing.loggedIn(alice);

      changed(changing.changePassword(login.principal(), alice, TestSecrets.newPassword()));

      assertThat(between)
          .as("the old password was cached again before the commit")
          .containsExactly(Source.DATABASE, Source.CACHE);
      assertThat(there.login(alice)).isEqualTo(REJECTED);
      assertThat(changing.login(alice)).isEqualTo(REJECTED);
    }
  }

  @Test
  void sixteenConcurrentChangesHaveOneWinner() {
    Application.Setup patient =
        new Application.Setup().budgets(budgets(1_000, Duration.ofSeconds(1)));
    try (Node one = application.node(patient);
        Node two = application.node(patient)) {
      Person alice = Person.random();
      one.signedUp(alice);
      LoginResult.Success login = one.loggedIn(alice);
      List<Password> wanted = new ArrayList<>();
      List<Callable<PasswordChangeResult>> calls = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        Password next = TestSecrets.newPassword();
        Node node = i % 2 == 0 ? one : two;
        wanted.add(next);
        calls.add(() -> node.changePassword(login.principal(), alice, next));
      }

      List<PasswordChangeResult> results = Concurrently.call(calls);

      List<Password> winners = new ArrayList<>();
      for (int i = 0; i < results.size(); i++) {
        if (results.get(i) instanceof PasswordChangeResult.Changed) {
          winners.add(wanted.get(i));
        } else {
          assertThat(results.get(i))
              .isIn(new PasswordChangeResult.Conflict(), new PasswordChangeResult.Rejected());
        }
      }
      assertThat(winners).hasSize(1);
      assertThat(one.check(login.token())).isEqualTo(NO_SESSION);
      two.loggedIn(alice.with(winners.get(0)));
      wanted.remove(winners.get(0));
      assertThat(two.login(alice.with(wanted.get(0)))).isEqualTo(REJECTED);
      assertThat(one.login(alice)).isEqualTo(REJECTED);
    }
  }

  private static Application.Setup filling(HeldExecutor held) {
    return new Application.Setup()
        .service(it -> it.cacheFill(CacheFill.BACKGROUND).backgroundExecutor(held));
  }

  private static PasswordChangeResult.Changed changed(PasswordChangeResult result) {
    assertThat(result).isInstanceOf(PasswordChangeResult.Changed.class);
    return (PasswordChangeResult.Changed) result;
  }

  private static void forgetCredential(Person person) {
    application.redis().delete(application.redis().credentialKey(person.loginId()));
  }

  static AttemptBudgets budgets(int accountFailures, Duration firstWait) {
    return new AttemptBudgets(
        accountFailures,
        firstWait,
        Duration.ofMinutes(15),
        10_000,
        Duration.ofMinutes(10),
        Duration.ofMinutes(1));
  }
}
