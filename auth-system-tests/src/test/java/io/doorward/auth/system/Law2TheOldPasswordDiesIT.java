package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.Names.LoginIdChangeResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.ServiceEvent.CacheFillSkipped;
import io.doorward.auth.event.ServiceEvent.FillFailure;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Law 2: after a change has returned, no node accepts the old password, and no session that rests
 * on it lives on. Each test is one way in which it might come back: it was cached, it is being
 * hashed, it is read or filled late, somebody dies in between, nobody was told.
 */
@ParameterizedClass
@EnumSource(Sessions.class)
class Law2TheOldPasswordDiesIT {
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
  void aPasswordChangeEndsTheOldPasswordAndAllOldSessionsOnAnotherNodeAtOnce() {
    Person alice = Person.random();
    here.signedUp(alice);
    LoginResult.Success laptop = here.loggedIn(alice);
    AccessToken phone = there.loggedIn(alice).token();
    there.checked(phone);
    assertThat(there.loginSource(alice)).isEqualTo(Source.CACHE);
    Password next = TestSecrets.newPassword();

    PasswordChangeResult result = here.changePassword(laptop.principal(), alice, next);

    assertThat(there.login(alice)).isEqualTo(REJECTED);
    assertThat(there.check(phone)).isEqualTo(NO_SESSION);
    assertThat(there.check(laptop.token())).isEqualTo(NO_SESSION);
    assertThat(result).isInstanceOf(PasswordChangeResult.Changed.class);
    PasswordChangeResult.Changed changed = (PasswordChangeResult.Changed) result;
    assertThat(changed.cachePending()).isFalse();
    there.checked(changed.renewed().orElseThrow().token());
    there.loggedIn(alice.with(next));
  }

  @Test
  void aLoginStillHashingWhileThePasswordChangesGetsNoSession() {
    Person alice = Person.random();
    there.signedUp(alice);
    LoginResult.Success laptop = there.loggedIn(alice);
    Hold hold = here.hasher().holdNext();
    CompletableFuture<LoginResult> late = Concurrently.begin(() -> here.login(alice));
    hold.awaitReached();

    assertThat(there.changePassword(laptop.principal(), alice, TestSecrets.newPassword()))
        .isInstanceOf(PasswordChangeResult.Changed.class);
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
  void aLoginDoesNotShareAReadFromBeforeItCame() {
    Person alice = Person.random();
    there.signedUp(alice);
    LoginResult.Success laptop = there.loggedIn(alice);
    Hold read = new Hold();
    AtomicBoolean first = new AtomicBoolean(true);
    Runnable holdFirst =
        () -> {
          if (first.getAndSet(false)) {
            read.pass();
          }
        };
    Application.Setup reading =
        new Application.Setup().accounts(real -> StoreHook.after(real, "find", holdFirst));
    // A thread for each: the common pool may have one only, and the first login holds it.
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (Node slow = application.node(reading)) {
      forgetCredential(alice);
      CompletableFuture<LoginResult> early =
          CompletableFuture.supplyAsync(() -> slow.login(alice), threads);
      read.awaitReached();

      changed(there.changePassword(laptop.principal(), alice, TestSecrets.newPassword()));
      forgetCredential(alice);
      CompletableFuture<LoginResult> late =
          CompletableFuture.supplyAsync(() -> slow.login(alice), threads);
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> application.redis().exists(credentialKey(alice)));
      read.release();

      assertThat(early.join()).isEqualTo(REJECTED);
      assertThat(late.join()).isEqualTo(REJECTED);
      assertThat(cached(alice))
          .as("a fill with what was read before the change")
          .isInstanceOf(Lookup.Miss.class);
    } finally {
      threads.shutdownNow();
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
            .service(it -> it.maxAttempts(1));
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
  void anEntryFilledBeforeACommitWhoseAnswerIsLostDoesNotSurviveIt() {
    Person alice = Person.random();
    there.signedUp(alice);
    Password next = TestSecrets.newPassword();
    IntConsumer loginElsewhere =
        number -> {
          if (number == 1) {
            forgetCredential(alice);
            there.loggedIn(alice);
            assertThat(cached(alice)).isInstanceOf(Lookup.Hit.class);
          }
        };
    Runnable loseAnswer =
        () -> {
          throw new StoreException(
              StoreException.Kind.TIMEOUT, "the answer to the commit was lost");
        };
    Application.Setup unlucky =
        new Application.Setup()
            .cache(real -> FenceHook.after(real, loginElsewhere))
            .accounts(real -> StoreHook.after(real, "changePassword", loseAnswer))
            .service(it -> it.maxAttempts(1));
    try (Node changing = application.node(unlucky)) {
      LoginResult.Success login = changing.loggedIn(alice);

      assertThat(changing.changePassword(login.principal(), alice, next))
          .isInstanceOf(PasswordChangeResult.Unavailable.class);

      assertThat(cached(alice)).isInstanceOf(Lookup.Miss.class);
      assertThat(there.login(alice)).isEqualTo(REJECTED);
      assertThat(there.loginSource(alice.with(next))).isEqualTo(Source.DATABASE);
      there.relay();
    }
  }

  @Test
  void whereNobodyIsToldTheOldEntryEndsWithItsTime() {
    Person alice = Person.random();
    there.signedUp(alice);
    IntConsumer never =
        number -> {
          throw new StoreException(StoreException.Kind.UNREACHABLE, "Redis is not there for it");
        };
    Application.Setup deaf =
        new Application.Setup()
            .cache(real -> FenceHook.before(real, never))
            .service(it -> it.maxAttempts(1));
    Application.Setup brief = new Application.Setup().entryTtl(Duration.ofSeconds(2));
    try (Node silent = application.node(deaf);
        Node filling = application.node(brief)) {
      LoginResult.Success login = silent.loggedIn(alice);
      forgetCredential(alice);
      filling.loggedIn(alice);

      assertThat(
              changed(silent.changePassword(login.principal(), alice, TestSecrets.newPassword()))
                  .cachePending())
          .isTrue();

      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(cached(alice)).isInstanceOf(Lookup.Miss.class));
      assertThat(there.login(alice)).isEqualTo(REJECTED);
      there.relay();
    }
  }

  @Test
  void anAdministratorsNewHashIsTheOnlyOneOnceItIsRelayed() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    AccessToken token = there.loggedIn(alice).token();
    there.checked(token);
    Password next = TestSecrets.newPassword();
    setHash(account, next);

    here.relay();

    assertThat(there.login(alice)).isEqualTo(REJECTED);
    assertThat(there.check(token)).isEqualTo(NO_SESSION);
    there.loggedIn(alice.with(next));
  }

  @Test
  void aPasswordChangedBehindTheLibrarysBackIsAcceptedAtOnce() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    assertThat(there.loginSource(alice)).isEqualTo(Source.CACHE);
    Password next = TestSecrets.newPassword();

    setHash(account, next);

    assertThat(there.loginSource(alice.with(next))).isEqualTo(Source.DATABASE);
    assertThat(there.login(alice)).as("the old entry was dropped").isEqualTo(REJECTED);
  }

  @Test
  void theOldIdentifierDiesWithItsChange() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    AccessToken token = there.loggedIn(alice).token();
    Person renamed = new Person(Person.random().loginId(), alice.password());

    assertThat(here.service().admin().changeLoginId(account, renamed.loginId(), here.deadline()))
        .isEqualTo(new LoginIdChangeResult.Changed(false));

    assertThat(there.login(alice)).isEqualTo(REJECTED);
    assertThat(there.check(token)).isEqualTo(NO_SESSION);
    assertThat(there.loggedIn(renamed).principal().account()).isEqualTo(account);
  }

  @Test
  void aFillThatComesAfterARenamingDoesNotBringTheOldIdentifierBack() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    HeldExecutor held = new HeldExecutor();
    try (Node slow = application.node(filling(held))) {
      forgetCredential(alice);
      assertThat(slow.loginSource(alice)).isEqualTo(Source.DATABASE);

      here.service().admin().changeLoginId(account, Person.random().loginId(), here.deadline());
      assertThat(held.runAll()).isPositive();

      assertThat(cached(alice)).isInstanceOf(Lookup.Miss.class);
      assertThat(there.login(alice)).isEqualTo(REJECTED);
    }
  }

  @Test
  void anAdministratorsIdentifierOpensAndTheOldOneDoesNotOnceItIsRelayed() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    AccessToken token = there.loggedIn(alice).token();
    there.checked(token);
    Person renamed = new Person(Person.random().loginId(), alice.password());
    application.sql(
        "UPDATE {login_ids} SET value = ? WHERE account_id = ?",
        renamed.loginId().value(),
        account);

    here.relay();

    assertThat(there.login(alice)).isEqualTo(REJECTED);
    assertThat(there.check(token)).isEqualTo(NO_SESSION);
    assertThat(there.loggedIn(renamed).principal().account()).isEqualTo(account);
  }

  @Test
  void aStrictServiceRefusesAChangeThatRedisCannotBeToldOfAndMakesNone() {
    Person alice = Person.random();
    AccountId account = there.signedUp(alice);
    LoginResult.Success login = there.loggedIn(alice);
    TestRedis redis = TestRedis.shared();
    long before = application.count("SELECT count(*) FROM {outbox}");
    try (FaultProxy proxy = FaultProxy.to(redis.host(), redis.port());
        Node strict =
            application.node(
                new Application.Setup()
                    .redisBehind(proxy.host(), proxy.port())
                    .realTimeouts(Duration.ofSeconds(3))
                    .service(
                        it ->
                            it.degradation(
                                Degradation.defaults().refusingChangesWithoutRedis())))) {
      proxy.refuse();
      proxy.reset();

      assertThat(strict.changePassword(login.principal(), alice, TestSecrets.newPassword()))
          .isInstanceOf(PasswordChangeResult.Unavailable.class);
      assertThat(
              strict
                  .service()
                  .admin()
                  .changeStatus(account, AccountStatus.DISABLED, strict.deadline()))
          .isInstanceOf(AccountChangeResult.Unavailable.class);
      assertThat(
              strict
                  .service()
                  .admin()
                  .changeLoginId(account, Person.random().loginId(), strict.deadline()))
          .isInstanceOf(LoginIdChangeResult.Unavailable.class);

      assertThat(application.count("SELECT count(*) FROM {outbox}")).isEqualTo(before);
      assertThat(there.checked(login.token()).account()).isEqualTo(account);
      there.loggedIn(alice);

      proxy.heal();
      Password next = TestSecrets.newPassword();
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  strict.changePassword(login.principal(), alice, next)
                      instanceof PasswordChangeResult.Changed);
      assertThat(there.login(alice)).isEqualTo(REJECTED);
    }
  }

  @Test
  void aServiceThatVerifiesHitsRefusesWhatWasReplacedWithoutAnyTrace() {
    Person alice = Person.random();
    AccountId account = there.signedUp(alice);
    Password next = TestSecrets.newPassword();
    Application.Setup verifying = new Application.Setup().service(it -> it.verifyHits(true));
    try (Node careful = application.node(verifying)) {
      assertThat(careful.loginSource(alice)).isEqualTo(Source.CACHE);

      replaceWithoutTriggers(account, next);

      assertThat(cached(alice)).as("nobody has told the cache").isInstanceOf(Lookup.Hit.class);
      assertThat(careful.login(alice)).isEqualTo(REJECTED);
      careful.loggedIn(alice.with(next));
    }
  }

  @Test
  void whatWasReplacedWithoutAnyTraceDiesWhenItIsSaid() {
    Person alice = Person.random();
    AccountId account = there.signedUp(alice);
    AccessToken token = there.loggedIn(alice).token();
    Password next = TestSecrets.newPassword();
    replaceWithoutTriggers(account, next);
    assertThat(cached(alice)).isInstanceOf(Lookup.Hit.class);

    assertThat(here.service().admin().invalidateCredential(account, here.deadline()))
        .isEqualTo(new AccountChangeResult.Changed(false));

    assertThat(there.login(alice)).isEqualTo(REJECTED);
    assertThat(there.check(token)).isEqualTo(NO_SESSION);
    there.loggedIn(alice.with(next));
  }

  private static void setHash(AccountId account, Password password) {
    int changed =
        application.sql(
            "UPDATE {credentials} SET secret = ? WHERE account_id = ?",
            here.hasher().hash(password).reveal(),
            account);
    assertThat(changed).isEqualTo(1);
  }

  /** What a restored or replicated table does: a new state, and no trigger that tells of it. */
  private static void replaceWithoutTriggers(AccountId account, Password password) {
    try (Connection connection = application.connect();
        PreparedStatement silence =
            Application.prepare(connection, "SET session_replication_role = replica");
        PreparedStatement update =
            Application.prepare(
                connection,
                """
                WITH restored AS (
                  UPDATE {credentials} SET secret = ? WHERE account_id = ? RETURNING account_id)
                UPDATE {accounts} SET version = version + 1, row_tag = 'restored'
                WHERE id IN (SELECT account_id FROM restored)
                """,
                here.hasher().hash(password).reveal(),
                account)) {
      silence.execute();
      assertThat(update.executeUpdate()).isEqualTo(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String credentialKey(Person person) {
    return application.redis().credentialKey(person.loginId());
  }

  private static Application.Setup filling(HeldExecutor held) {
    return new Application.Setup()
        .service(it -> it.cacheFill(CacheFill.BACKGROUND).backgroundExecutor(held));
  }

  private static PasswordChangeResult.Changed changed(PasswordChangeResult result) {
    assertThat(result).isInstanceOf(PasswordChangeResult.Changed.class);
    return (PasswordChangeResult.Changed) result;
  }

  private static Lookup cached(Person person) {
    return there.cache().lookup(person.loginId(), there.deadline());
  }

  private static void forgetCredential(Person person) {
    application.redis().delete(application.redis().credentialKey(person.loginId()));
  }
}
