package io.doorward.auth.engine.cache;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.over;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Contexts;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.password.PasswordHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InvalidatorTest {
  private static final PasswordHash HASH = PasswordHash.of("not looked at");

  private final Wire toCache = Wire.to("cache");
  private final Wire toOutbox = Wire.to("outbox");
  private final HandClock clock = new HandClock();
  private final Events events = new Events();
  private final List<Long> userFloors = new ArrayList<>();
  private UserFence userFence = (account, floor, deadline) -> userFloors.add(floor);
  private final AccountStore accounts = AccountStore.inMemory(clock);
  private final CredentialCache cache =
      CredentialCache.inMemory(clock, Duration.ofMinutes(10), 100);
  private final Invalidator invalidator =
      new Invalidator(
          toCache.end(CredentialCache.class, cache),
          (account, floor, deadline) -> userFence.fenceUser(account, floor, deadline),
          toOutbox.end(Outbox.class, accounts),
          Contexts.thrice(clock, Runnable::run, events));
  private final CredentialStore.Creation.Created created = create();
  private final Credential anna = created.credential().orElseThrow();

  private CredentialStore.Creation.Created create() {
    return (CredentialStore.Creation.Created)
        accounts.create(
            NewAccount.of(AccountId.random(), ANNA, AccountStatus.ACTIVE, HASH),
            OperationId.random(),
            soon());
  }

  @Test
  void theVersionThatWasSeenIsNotServedAnyMore() {
    Lookup.Miss miss = (Lookup.Miss) cache.lookup(ANNA, soon());
    cache.fill(miss.ticket(), anna, clock.instant(), soon());

    assertThat(invalidator.invalidateLogin(ANNA, anna.version().number(), soon())).isTrue();
    assertThat(cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void whereNoVersionIsKnownOnlyTicketsAreVoided() {
    Lookup.Miss miss = (Lookup.Miss) cache.lookup(ANNA, soon());

    assertThat(invalidator.invalidateLogin(ANNA, 0, soon())).isTrue();
    assertThat(cache.fill(miss.ticket(), anna, clock.instant(), soon())).isFalse();
    Lookup.Miss next = (Lookup.Miss) cache.lookup(ANNA, soon());
    assertThat(cache.fill(next.ticket(), anna, clock.instant(), soon())).isTrue();
  }

  @Test
  void aChangeOfAUserRecordThatMayNeverBeCommittedRaisesNoFloor() {
    assertThat(invalidator.invalidateUser(anna.account(), soon())).isTrue();
    assertThat(userFloors).containsExactly(0L);
  }

  @Test
  void whatIsDeliveredIsMarkedDone() {
    assertThat(invalidator.deliver(created.pending(), soon())).isTrue();
    assertThat(accounts.backlog(soon()).pending()).isZero();
  }

  @Test
  void whatCannotBeDeliveredStaysInTheOutboxAndTheRestIsDone() {
    toCache.cut();

    assertThat(invalidator.deliver(created.pending(), soon())).isFalse();
    assertThat(userFloors).hasSize(1);
    assertThat(accounts.backlog(soon()).pending()).isOne();
    assertThat(events.all())
        .containsExactly(new BackendFailed(Part.CREDENTIAL_CACHE, Kind.UNREACHABLE));
  }

  @Test
  void whatDoesNotBindEveryNodeYetIsNotDelivered() {
    toCache.answer("fence", false);

    assertThat(invalidator.invalidateLogin(ANNA, 1, soon())).isFalse();
    assertThat(invalidator.deliver(created.pending(), soon())).isFalse();
    assertThat(accounts.backlog(soon()).pending()).as("the login's row").isOne();
    assertThat(events.all()).isEmpty();
  }

  @Test
  void userRecordsThatAreNotVoidOnEveryNodeYetAreNotVoid() {
    userFence = (account, floor, deadline) -> false;

    assertThat(invalidator.invalidateUser(anna.account(), soon())).isFalse();
  }

  @Test
  void aHiccupOfTheCacheLeavesNothingPending() {
    toCache.loseAnswers("fence", 2);

    assertThat(invalidator.deliver(created.pending(), soon())).isTrue();
  }

  @Test
  void whatIsDeliveredButCannotBeMarkedIsStillDelivered() {
    toOutbox.cut();

    assertThat(invalidator.deliver(created.pending(), soon())).isTrue();
    assertThat(toOutbox.calls("done")).isOne();
    assertThat(accounts.backlog(soon()).pending()).as("left to the relay").isEqualTo(2);
    assertThat(events.all()).containsExactly(new BackendFailed(Part.OUTBOX, Kind.UNREACHABLE));
  }

  @Test
  void nothingIsTriedAfterTheDeadline() {
    assertThat(invalidator.deliver(created.pending(), over())).isFalse();
    assertThat(toCache.calls()).isEmpty();
    assertThat(userFloors).isEmpty();
  }
}
