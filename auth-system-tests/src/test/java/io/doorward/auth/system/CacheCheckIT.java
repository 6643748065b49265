package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.Operations.CacheCheckRequest;
import io.doorward.auth.Operations.CacheCheckResult;
import io.doorward.auth.Operations.CacheCheckResult.Drift;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.ServiceEvent.CachedValue;
import io.doorward.auth.event.ServiceEvent.DriftFound;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Comparing Redis with PostgreSQL: what fences that were lost have left behind. */
class CacheCheckIT {
  private static final CacheCheckRequest REPAIR =
      CacheCheckRequest.defaults().pause(Duration.ZERO).repairing();

  private Application application;
  private Node here;
  private Node there;

  @BeforeEach
  void start() {
    application = Application.shared(Sessions.IN_REDIS);
    here = application.node();
    there = application.node();
  }

  @AfterEach
  void end() {
    application.close();
  }

  @Test
  void aCleanSystemHasNoDrift() {
    for (int i = 0; i < 5; i++) {
      Person each = Person.random();
      here.signedUp(each);
      here.checked(here.loggedIn(each).token());
    }

    assertThat(all(here, REPAIR.batch(2)))
        .isEqualTo(new CacheCheckResult.Checked(5, List.of(), Optional.empty()));
  }

  @Test
  void whatLostFencesLeftBehindIsFoundAndRepaired() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    LoginResult.Success login = here.loggedIn(alice);
    RedisView redis = application.redis();
    List<String> cached = List.of(redis.credentialKey(alice.loginId()), redis.userKey(account));
    cached.forEach(key -> redis.copy(key, key + ":kept"));
    assertThat(here.changePassword(login.principal(), alice, TestSecrets.newPassword()))
        .isInstanceOf(PasswordChangeResult.Changed.class);
    cached.forEach(key -> redis.copy(key + ":kept", key));
    assertThat(there.loginSource(alice)).as("the old password").isEqualTo(Source.CACHE);

    assertThat(all(there, CacheCheckRequest.defaults()))
        .isEqualTo(
            checked(
                1,
                new Drift(account, CachedValue.CREDENTIAL, false),
                new Drift(account, CachedValue.USER_RECORD, false)));
    assertThat(there.login(alice)).as("only told").isInstanceOf(LoginResult.Success.class);
    assertThat(all(there, REPAIR))
        .isEqualTo(
            checked(
                1,
                new Drift(account, CachedValue.CREDENTIAL, true),
                new Drift(account, CachedValue.USER_RECORD, true)));

    assertThat(here.login(alice)).isEqualTo(new LoginResult.Rejected());
    assertThat(here.check(login.token())).isEqualTo(new CheckResult.Rejected());
    assertThat(all(here, REPAIR)).isEqualTo(checked(1));
    assertThat(there.events().of(DriftFound.class))
        .containsExactly(
            new DriftFound(account, CachedValue.CREDENTIAL, false),
            new DriftFound(account, CachedValue.USER_RECORD, false),
            new DriftFound(account, CachedValue.CREDENTIAL, true),
            new DriftFound(account, CachedValue.USER_RECORD, true));
  }

  @Test
  void aSecondIdentifierIsLookedUnderToo() {
    Person alice = Person.random();
    Person second = new Person(Person.random().loginId(), alice.password());
    AccountId account = here.signedUp(alice);
    here.service().admin().addLoginId(account, second.loginId(), here.deadline());
    LoginResult.Success login = here.loggedIn(second);
    RedisView redis = application.redis();
    String key = redis.credentialKey(second.loginId());
    redis.copy(key, key + ":kept");
    here.changePassword(login.principal(), alice, TestSecrets.newPassword());
    redis.copy(key + ":kept", key);

    assertThat(all(there, REPAIR))
        .isEqualTo(checked(1, new Drift(account, CachedValue.CREDENTIAL, true)));

    assertThat(here.login(second)).isEqualTo(new LoginResult.Rejected());
    assertThat(all(here, REPAIR)).isEqualTo(checked(1));
  }

  @Test
  void anOldUserRecordThatALostFenceLeftBehindIsFoundAndRepaired() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    here.changeRoles(account, Set.of("admin"), Set.of());
    LoginResult.Success login = here.loggedIn(alice);
    assertThat(here.checked(login.token()).roles()).containsExactly("admin");
    RedisView redis = application.redis();
    String key = redis.userKey(account);
    redis.copy(key, key + ":kept");
    here.changeRoles(account, Set.of(), Set.of("admin"));
    redis.copy(key + ":kept", key);
    assertThat(there.checked(login.token()).roles()).containsExactly("admin");

    assertThat(all(there, REPAIR))
        .isEqualTo(checked(1, new Drift(account, CachedValue.USER_RECORD, true)));

    assertThat(here.checked(login.token()).roles()).isEmpty();
  }

  @Test
  void whatIsPendingStillIsNoDrift() {
    Person alice = Person.random();
    AccountId account = here.signedUp(alice);
    here.checked(here.loggedIn(alice).token());
    application.sql("UPDATE {accounts} SET status = 'disabled' WHERE id = ?", account);

    assertThat(all(there, REPAIR)).isEqualTo(checked(1));
    there.relay();

    assertThat(here.login(alice)).isEqualTo(new LoginResult.Rejected());
    assertThat(all(there, REPAIR)).isEqualTo(checked(1));
    assertThat(there.events().of(DriftFound.class)).isEmpty();
  }

  @Test
  void anAuditGoesOnAtAnotherNodeWhereTheFirstEnded() {
    for (int i = 0; i < 5; i++) {
      here.signedUp(Person.random());
    }
    CacheCheckResult.Checked first = batch(here, CacheCheckRequest.defaults().batch(3));
    here.close();
    Node later = application.node();

    CacheCheckResult.Checked second =
        batch(later, CacheCheckRequest.defaults().batch(3).after(first.next().orElseThrow()));

    assertThat(first.checked()).isEqualTo(3);
    assertThat(second).isEqualTo(new CacheCheckResult.Checked(2, List.of(), Optional.empty()));
  }

  @Test
  void progressIsToldBatchByBatch() {
    for (int i = 0; i < 5; i++) {
      here.signedUp(Person.random());
    }
    List<Integer> batches = new ArrayList<>();

    CacheCheckResult result =
        here.service()
            .operations()
            .checkAllCaches(
                REPAIR.batch(2), batch -> batches.add(batch.checked()), here.deadline());

    assertThat(batches).containsExactly(2, 2, 1);
    assertThat(result).isEqualTo(checked(5));
  }

  @Test
  void withoutRedisNothingIsDecidedAndTheAuditGoesOnWhereItWas() {
    TestRedis redis = TestRedis.shared();
    for (int i = 0; i < 4; i++) {
      here.signedUp(Person.random());
    }
    try (FaultProxy proxy = FaultProxy.to(redis.host(), redis.port());
        Node behind =
            application.node(
                new Application.Setup()
                    .redisBehind(proxy.host(), proxy.port())
                    .realTimeouts(Duration.ofSeconds(5)))) {
      CacheCheckResult cut =
          behind
              .service()
              .operations()
              .checkAllCaches(
                  REPAIR.batch(2),
                  batch -> {
                    proxy.refuse();
                    proxy.cut();
                  },
                  behind.deadline());
      assertThat(cut).isInstanceOf(CacheCheckResult.Unavailable.class);
      AccountId next = ((CacheCheckResult.Unavailable) cut).next().orElseThrow();
      proxy.heal();

      assertThat(all(behind, REPAIR.after(next))).isEqualTo(checked(2));
    }
  }

  @Test
  void changesThatAreUnderWayAreNoDrift() {
    List<Person> people = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Person each = Person.random();
      here.signedUp(each);
      people.add(each);
    }
    AtomicBoolean over = new AtomicBoolean();
    List<CompletableFuture<Integer>> busy = new ArrayList<>();
    for (Person each : people) {
      busy.add(Concurrently.begin(() -> changeUntil(over, each)));
    }

    for (int i = 0; i < 60; i++) {
      CacheCheckResult.Checked found = all(there, REPAIR);
      assertThat(found.drift()).isEmpty();
      assertThat(found.checked()).isEqualTo(people.size());
    }
    over.set(true);

    assertThat(busy).allSatisfy(changes -> assertThat(changes.join()).isPositive());
    assertThat(all(there, REPAIR)).isEqualTo(checked(people.size()));
  }

  /** Logs in, uses the session and changes the password, again and again. */
  private int changeUntil(AtomicBoolean over, Person first) {
    Person person = first;
    int changes = 0;
    do {
      LoginResult.Success login = here.loggedIn(person);
      Person next = person.with(TestSecrets.newPassword());
      here.changeRoles(
          login.principal().account(),
          Set.of("role" + changes % 2),
          Set.of("role" + (1 - changes % 2)));
      here.checked(login.token());
      assertThat(here.changePassword(login.principal(), person, next.password()))
          .isInstanceOf(PasswordChangeResult.Changed.class);
      person = next;
      there.loggedIn(person);
      changes++;
    } while (!over.get());
    return changes;
  }

  private static CacheCheckResult.Checked batch(Node node, CacheCheckRequest request) {
    CacheCheckResult result = node.service().operations().checkCaches(request, node.deadline());
    assertThat(result).isInstanceOf(CacheCheckResult.Checked.class);
    return (CacheCheckResult.Checked) result;
  }

  private static CacheCheckResult.Checked all(Node node, CacheCheckRequest request) {
    CacheCheckResult result =
        node.service().operations().checkAllCaches(request, batch -> {}, node.deadline());
    assertThat(result).isInstanceOf(CacheCheckResult.Checked.class);
    return (CacheCheckResult.Checked) result;
  }

  private static CacheCheckResult.Checked checked(int accounts, Drift... drift) {
    return new CacheCheckResult.Checked(accounts, List.of(drift), Optional.empty());
  }
}
