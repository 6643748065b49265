package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin;
import io.doorward.auth.Admin.FindResult;
import io.doorward.auth.Names.LoginIdChangeResult;
import io.doorward.auth.Names.NameAddResult;
import io.doorward.auth.Names.NameRemovalResult;
import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.AccessEvent.TokenRefusal;
import io.doorward.auth.event.AccessEvent.TokenRejected;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestRedis;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Accounts of two tenants and their names, on two nodes over PostgreSQL and Redis. */
class NamesIT {
  private static final TenantId NORTH = new TenantId("north");
  private static final LoginResult REJECTED = new LoginResult.Rejected();
  private static final NameAddResult ADDED = new NameAddResult.Added(false);
  private static final NameRemovalResult REMOVED = new NameRemovalResult.Removed(false);

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

  private Admin admin() {
    return here.service().admin();
  }

  @Test
  void oneAddressIsAnAccountInEachOfTwoTenants() {
    Person alice = Person.random();
    Person namesake = in(NORTH, alice.guessing());
    AccountId one = here.signedUp(alice);
    AccountId two = here.signedUp(namesake);

    assertThat(two.isIn(NORTH)).isTrue();
    AccessToken first = there.loggedIn(alice).token();
    AccessToken second = there.loggedIn(namesake).token();
    assertThat(there.login(alice.with(namesake.password()))).isEqualTo(REJECTED);
    assertThat(there.login(namesake.with(alice.password()))).isEqualTo(REJECTED);
    assertThat(there.checked(first).account()).isEqualTo(one);
    assertThat(check(second, NORTH)).isInstanceOf(CheckResult.Active.class);
    assertThat(there.check(second)).isEqualTo(new CheckResult.Rejected());
    assertThat(check(first, NORTH)).isEqualTo(new CheckResult.Rejected());
    assertThat(there.events().of(TokenRejected.class))
        .containsExactly(
            new TokenRejected(Optional.of(two), TokenRefusal.OTHER_TENANT),
            new TokenRejected(Optional.of(one), TokenRefusal.OTHER_TENANT));
  }

  @Test
  void namesOfOneTenantSayNothingOfTheOther() {
    Person alice = Person.random();
    Person namesake = in(NORTH, alice.guessing());
    AccountId one = here.signedUp(alice);
    AccountId two = here.signedUp(namesake);
    Person further = new Person(Person.random().loginId(), alice.password());
    Person furtherThere = in(NORTH, further.with(namesake.password()));
    ExternalId customer = new ExternalId(TenantId.DEFAULT, "customer-17");
    ExternalId customerThere = new ExternalId(NORTH, "customer-17");
    ExternalIdentity identity =
        new ExternalIdentity(TenantId.DEFAULT, "https://id.example", "subject-17");
    AccessToken untouched = there.loggedIn(namesake).token();

    assertThat(admin().addLoginId(one, further.loginId(), here.deadline())).isEqualTo(ADDED);
    assertThat(admin().setExternalId(one, customer, here.deadline())).isEqualTo(ADDED);
    assertThat(admin().linkIdentity(one, identity, here.deadline())).isEqualTo(ADDED);

    assertThat(check(untouched, NORTH)).isInstanceOf(CheckResult.Active.class);
    assertThat(there.login(furtherThere)).isEqualTo(REJECTED);
    assertThat(there.loggedIn(further).principal().account()).isEqualTo(one);
    for (Account found :
        new Account[] {
          found(there.service().admin().find(customer, there.deadline())),
          found(there.service().admin().find(identity, there.deadline())),
          found(there.service().admin().find(further.loginId(), there.deadline()))
        }) {
      assertThat(found.id()).isEqualTo(one);
    }
    assertThat(admin().find(customerThere, here.deadline())).isEqualTo(new FindResult.Unknown());

    assertThat(admin().addLoginId(two, furtherThere.loginId(), here.deadline())).isEqualTo(ADDED);
    assertThat(admin().setExternalId(two, customerThere, here.deadline())).isEqualTo(ADDED);
    assertThat(there.loggedIn(furtherThere).principal().account()).isEqualTo(two);
    assertThat(admin().removeLoginId(one, further.loginId(), here.deadline())).isEqualTo(REMOVED);
    assertThat(admin().clearExternalId(one, here.deadline())).isEqualTo(REMOVED);

    assertThat(there.login(further)).isEqualTo(REJECTED);
    assertThat(there.loginSource(furtherThere)).isEqualTo(Source.CACHE);
    assertThat(admin().find(customer, here.deadline())).isEqualTo(new FindResult.Unknown());
    assertThat(found(admin().find(customerThere, here.deadline())).id()).isEqualTo(two);
  }

  @Test
  void anAddedIdentifierOpensOnEveryNodeAtOnce() {
    Person alice = Person.random();
    Person further = new Person(LoginId.phone("+49 30 1234567"), alice.password());
    AccountId account = here.signedUp(alice);
    AccessToken token = there.loggedIn(alice).token();
    assertThat(there.login(further)).isEqualTo(REJECTED);

    assertThat(admin().addLoginId(account, further.loginId(), here.deadline())).isEqualTo(ADDED);

    assertThat(there.loggedIn(further).principal().account()).isEqualTo(account);
    there.loggedIn(alice);
    assertThat(there.check(token)).isEqualTo(new CheckResult.Rejected());
  }

  @Test
  void aRemovedIdentifierIsRefusedFromEveryCacheAtOnce() {
    Person alice = Person.random();
    Person further = new Person(Person.random().loginId(), alice.password());
    AccountId account = here.signedUp(alice);
    admin().addLoginId(account, further.loginId(), here.deadline());
    there.loggedIn(further);
    assertThat(there.loginSource(further)).isEqualTo(Source.CACHE);
    AccessToken token = there.loggedIn(further).token();

    assertThat(admin().removeLoginId(account, further.loginId(), here.deadline()))
        .isEqualTo(REMOVED);

    assertThat(there.cache().peek(further.loginId(), there.deadline())).isEmpty();
    assertThat(there.login(further)).isEqualTo(REJECTED);
    assertThat(there.check(token)).isEqualTo(new CheckResult.Rejected());
    there.loggedIn(alice);
    assertThat(admin().removeLoginId(account, alice.loginId(), here.deadline()))
        .isEqualTo(new NameRemovalResult.Last());
    Person next = further.guessing();
    assertThat(there.signedUp(next)).isNotEqualTo(account);
    here.loggedIn(next);
    assertThat(here.login(further)).isEqualTo(REJECTED);
  }

  @Test
  void aFillAfterARemovalDoesNotBringTheIdentifierBack() {
    Person alice = Person.random();
    Person further = new Person(Person.random().loginId(), alice.password());
    AccountId account = here.signedUp(alice);
    admin().addLoginId(account, further.loginId(), here.deadline());
    HeldExecutor held = new HeldExecutor();
    try (Node slow =
        application.node(
            new Application.Setup()
                .service(it -> it.cacheFill(CacheFill.BACKGROUND).backgroundExecutor(held)))) {
      assertThat(slow.loginSource(further)).isEqualTo(Source.DATABASE);

      admin().removeLoginId(account, further.loginId(), here.deadline());
      assertThat(held.runAll()).isPositive();

      assertThat(there.cache().peek(further.loginId(), there.deadline())).isEmpty();
      assertThat(there.login(further)).isEqualTo(REJECTED);
    }
  }

  @Test
  void aRemovalThatRedisDidNotHearOfIsRelayed() {
    TestRedis redis = TestRedis.shared();
    Person alice = Person.random();
    Person further = new Person(Person.random().loginId(), alice.password());
    AccountId account = here.signedUp(alice);
    admin().addLoginId(account, further.loginId(), here.deadline());
    there.loggedIn(further);
    try (FaultProxy proxy = FaultProxy.to(redis.host(), redis.port());
        Node far =
            application.node(
                new Application.Setup()
                    .redisBehind(proxy.host(), proxy.port())
                    .realTimeouts(Duration.ofSeconds(5)))) {
      proxy.refuse();
      proxy.cut();

      assertThat(far.service().admin().removeLoginId(account, further.loginId(), far.deadline()))
          .isEqualTo(new NameRemovalResult.Removed(true));
      assertThat(far.service().admin().removeLoginId(account, further.loginId(), far.deadline()))
          .isEqualTo(new NameRemovalResult.Absent(true));
    }
    there.relay();

    assertThat(there.cache().peek(further.loginId(), there.deadline())).isEmpty();
    assertThat(there.login(further)).isEqualTo(REJECTED);
    assertThat(admin().removeLoginId(account, further.loginId(), here.deadline()))
        .isEqualTo(new NameRemovalResult.Absent(false));
  }

  @Test
  void aChangeToTheSecondIdentifierEndsTheFirst() {
    Person alice = Person.random();
    Person further = new Person(Person.random().loginId(), alice.password());
    AccountId account = here.signedUp(alice);
    admin().addLoginId(account, further.loginId(), here.deadline());
    there.loggedIn(alice);

    assertThat(admin().changeLoginId(account, further.loginId(), here.deadline()))
        .isEqualTo(new LoginIdChangeResult.Changed(false));

    assertThat(there.login(alice)).isEqualTo(REJECTED);
    assertThat(there.loggedIn(further).principal().account()).isEqualTo(account);
  }

  private CheckResult check(AccessToken token, TenantId tenant) {
    return there.service().check(token, tenant, there.deadline());
  }

  private static Person in(TenantId tenant, Person person) {
    return new Person(person.loginId().inTenant(tenant), person.password());
  }

  private static Account found(FindResult result) {
    assertThat(result).isInstanceOf(FindResult.Found.class);
    return ((FindResult.Found) result).account();
  }
}
