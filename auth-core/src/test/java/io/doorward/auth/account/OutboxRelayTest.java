package io.doorward.auth.account;

import static io.doorward.auth.fixture.Given.over;
import static io.doorward.auth.fixture.Given.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.Retries;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AuthEvent.BackEndFailed;
import io.doorward.auth.event.AuthEvent.InvalidationsRelayed;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.password.PasswordHash;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class OutboxRelayTest {
  private static final PasswordHash HASH = PasswordHash.of("not looked at");

  private final Wire toCache = Wire.to("cache");
  private final Wire toUsers = Wire.to("users");
  private final Wire toOutbox = Wire.to("outbox");
  private final HandClock clock = new HandClock();
  private final Events events = new Events();
  private final InMemoryAccounts accounts = InMemoryAccounts.create(clock);
  private final CredentialCache cache =
      CredentialCache.inMemory(clock, Duration.ofMinutes(10), 1_000);
  private final Outbox outbox = toOutbox.end(Outbox.class, accounts);
  private final Invalidator invalidator =
      new Invalidator(
          toCache.end(CredentialCache.class, cache),
          toUsers.end(UserFence.class, (account, floor, deadline) -> true),
          outbox,
          Retries.none(),
          events);
  private final OutboxRelay relay = new OutboxRelay(outbox, invalidator, events);

  @Test
  void whatIsPendingIsDeliveredOnceTheCacheIsBack() {
    Credential anna = signUp(1);
    cache((Lookup.Miss) cache.lookup(anna.loginId(), soon()), anna);
    accounts.changePassword(anna.account(), anna.version(), HASH, OperationId.random(), soon());
    toCache.cut();

    assertThat(relay.run(soon())).isFalse();
    assertThat(cache.lookup(anna.loginId(), soon())).isInstanceOf(Lookup.Hit.class);
    assertThat(accounts.backlog(soon())).as("the login's rows").isEqualTo(2);

    toCache.mend();
    assertThat(relay.run(soon())).isTrue();
    assertThat(cache.lookup(anna.loginId(), soon())).isInstanceOf(Lookup.Miss.class);
    assertThat(accounts.backlog(soon())).isZero();
    assertThat(events.of(InvalidationsRelayed.class))
        .containsExactly(new InvalidationsRelayed(2, 2), new InvalidationsRelayed(2, 0));
  }

  @Test
  void aBatchIsGivenUpAfterThreeFailuresOfEachKind() {
    for (int i = 0; i < 20; i++) {
      signUp(i);
    }
    toCache.cut();
    toUsers.cut();

    assertThat(relay.run(soon())).isFalse();
    assertThat(toCache.calls()).hasSize(3);
    assertThat(toUsers.calls()).hasSize(3);
    assertThat(accounts.backlog(soon())).isEqualTo(40);
  }

  @Test
  void credentialsThatCannotBeToldDoNotHoldUpUserRecords() {
    for (int i = 0; i < 20; i++) {
      signUp(i);
    }
    toCache.cut();

    assertThat(relay.run(soon())).isFalse();
    assertThat(accounts.backlog(soon())).isEqualTo(20);
  }

  @Test
  void fullBatchesAreFollowedByTheNext() {
    for (int i = 0; i < 100; i++) {
      signUp(i);
    }

    assertThat(relay.run(soon())).isTrue();
    assertThat(accounts.backlog(soon())).isZero();
    assertThat(toOutbox.calls("drain")).isEqualTo(4);
  }

  @Test
  void anEmptyOutboxIsLookedAtOnceAndSaysNothing() {
    assertThat(relay.run(soon())).isTrue();
    assertThat(toOutbox.calls("drain")).isOne();
    assertThat(events.all()).isEmpty();
  }

  @Test
  void aBrokenOutboxIsAnEventAndTriedAtTheNextRun() {
    signUp(1);
    toOutbox.cut("drain", Kind.TIMEOUT, 1);

    assertThat(relay.run(soon())).isFalse();
    assertThat(events.all()).containsExactly(new BackEndFailed("outbox", Kind.TIMEOUT));
    assertThat(relay.run(soon())).isTrue();
  }

  @Test
  void nothingIsTakenAfterTheDeadline() {
    signUp(1);

    assertThat(relay.run(over())).isFalse();
    assertThat(toOutbox.calls()).isEmpty();
  }

  private void cache(Lookup.Miss miss, Credential credential) {
    assertThat(cache.fill(miss.ticket(), credential, clock.instant(), soon())).isTrue();
  }

  private Credential signUp(int number) {
    CredentialStore.Creation creation =
        accounts.create(
            AccountId.random(),
            LoginId.email("user" + number + "@example.org"),
            AccountStatus.ACTIVE,
            HASH,
            OperationId.random(),
            soon());
    return ((CredentialStore.Creation.Created) creation).credential();
  }
}
