package io.doorward.auth.engine.cache;

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
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.event.ServiceEvent.InvalidationsRelayed;
import io.doorward.auth.fixture.Contexts;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.password.PasswordHash;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OutboxRelayTest {
  private static final PasswordHash HASH = PasswordHash.of("not looked at");

  private final Wire toCache = Wire.to("cache");
  private final Wire toUsers = Wire.to("users");
  private final Wire toOutbox = Wire.to("outbox");
  private final HandClock clock = new HandClock();
  private final Events events = new Events();
  private final AccountStore accounts = AccountStore.inMemory(clock);
  private final CredentialCache cache =
      CredentialCache.inMemory(clock, Duration.ofMinutes(10), 1_000);
  private final Outbox outbox = toOutbox.end(Outbox.class, accounts);
  private final EngineContext context = Contexts.once(clock, Runnable::run, events);
  private final Invalidator invalidator =
      new Invalidator(
          toCache.end(CredentialCache.class, cache),
          toUsers.end(UserFence.class, (account, floor, deadline) -> true),
          outbox,
          context);
  private final OutboxRelay relay = new OutboxRelay(outbox, invalidator, context);

  @Test
  void whatIsPendingIsDeliveredOnceTheCacheIsBack() {
    Credential anna = signUp(1);
    cache((Lookup.Miss) cache.lookup(anna.loginId(), soon()), anna);
    accounts.changePassword(anna.account(), anna.version(), HASH, OperationId.random(), soon());
    toCache.cut();

    assertThat(relay.run(soon())).isFalse();
    assertThat(cache.lookup(anna.loginId(), soon())).isInstanceOf(Lookup.Hit.class);
    assertThat(accounts.backlog(soon()).pending()).as("the login's rows").isEqualTo(2);

    toCache.mend();
    assertThat(relay.runAll(soon())).isTrue();
    assertThat(cache.lookup(anna.loginId(), soon())).isInstanceOf(Lookup.Miss.class);
    assertThat(accounts.backlog(soon()).pending()).isZero();
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
    assertThat(accounts.backlog(soon()).pending()).isEqualTo(40);
  }

  @Test
  void credentialsThatCannotBeToldDoNotHoldUpUserRecords() {
    for (int i = 0; i < 20; i++) {
      signUp(i);
    }
    toCache.cut();

    assertThat(relay.run(soon())).isFalse();
    assertThat(accounts.backlog(soon()).pending()).isEqualTo(20);
  }

  @Test
  void fullBatchesAreFollowedByTheNext() {
    for (int i = 0; i < 100; i++) {
      signUp(i);
    }

    assertThat(relay.run(soon())).isTrue();
    assertThat(accounts.backlog(soon()).pending()).isZero();
    assertThat(toOutbox.calls("drain")).isEqualTo(4);
  }

  @Test
  void aRowThatFailsWaitsLongerEachTimeAndNeverLongerThanTenSeconds() {
    assertThat(IntStream.rangeClosed(1, 6).mapToObj(failures -> OutboxRelay.waitAfter(failures, 0)))
        .containsExactly(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofSeconds(8),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10));
    assertThat(OutboxRelay.waitAfter(1, 1)).isEqualTo(Duration.ofMillis(500));
    assertThat(OutboxRelay.waitAfter(Integer.MAX_VALUE, 1)).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void whileTheCacheIsDownEachRowIsTriedAFewTimesAMinuteHoweverOftenNodesLook() {
    signUp(1);
    toCache.cut();
    toUsers.cut();

    // Two nodes that look four times a second.
    OutboxRelay other = new OutboxRelay(outbox, invalidator, context);
    for (int i = 0; i < 240; i++) {
      relay.run(soon());
      other.run(soon());
      clock.advance(Duration.ofMillis(250));
    }

    assertThat(toCache.calls()).hasSizeBetween(8, 20);
    assertThat(toUsers.calls()).hasSizeBetween(8, 20);
  }

  @Test
  void onceTheCacheAnswersEverythingIsDeliveredWithinTenSeconds() {
    for (int i = 0; i < 50; i++) {
      signUp(i);
    }
    toCache.cut();
    toUsers.cut();
    for (int i = 0; i < 300; i++) {
      relay.run(soon());
      clock.advance(Duration.ofSeconds(1));
    }
    assertThat(accounts.backlog(soon()).pending()).isEqualTo(100);
    assertThat(accounts.backlog(soon()).oldest()).hasValue(Duration.ofMinutes(5));

    toCache.mend();
    toUsers.mend();
    for (int i = 0; i < 10; i++) {
      clock.advance(Duration.ofSeconds(1));
      relay.run(soon());
    }

    assertThat(accounts.backlog(soon()).pending()).isZero();
  }

  @Test
  void rowsThatAlwaysFailDoNotHoldUpTheOthers() {
    Set<LoginId> poisoned = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      LoginId loginId = signUp(i).loginId();
      if (i % 2 == 0) {
        poisoned.add(loginId);
      }
    }
    OutboxRelay sick =
        new OutboxRelay(
            outbox,
            new Invalidator(refusing(poisoned), (user, floor, until) -> true, outbox, context),
            context);

    for (int i = 0; i < 30; i++) {
      sick.run(soon());
      clock.advance(Duration.ofSeconds(1));
    }

    assertThat(accounts.backlog(soon()).pending()).isEqualTo(poisoned.size());
  }

  @Test
  void aRowAtWhichACacheThrowsDoesNotHoldUpItsBatch() {
    signUp(1);
    signUp(2);
    toCache.before(
        "fence",
        () -> {
          toCache.mend();
          throw new IllegalStateException("thrown by the test");
        });

    assertThat(relay.run(soon())).isFalse();

    assertThat(accounts.backlog(soon()).pending()).isOne();
    clock.advance(Duration.ofSeconds(1));
    assertThat(relay.run(soon())).isTrue();
  }

  @Test
  void whatDoesNotBindEveryNodeYetIsToldAgainEverySecond() {
    signUp(1);
    AtomicInteger told = new AtomicInteger();
    OutboxRelay early =
        new OutboxRelay(
            outbox,
            new Invalidator(
                cache, (user, floor, until) -> told.incrementAndGet() > 6, outbox, context),
            context);

    for (int second = 0; second < 6; second++) {
      assertThat(early.run(soon())).isFalse();
      assertThat(early.run(soon())).as("nothing is due").isTrue();
      clock.advance(Duration.ofSeconds(1));
    }

    assertThat(early.run(soon())).isTrue();
    assertThat(told).hasValue(7);
    assertThat(accounts.backlog(soon()).pending()).isZero();
  }

  @Test
  void aRunThatTheDeadlineCutShortDoesNotSayThatNothingIsLeft() {
    signUp(1);
    Deadline deadline = Deadline.after(Duration.ofSeconds(5), clock);
    toCache.after("fence", () -> clock.advance(Duration.ofSeconds(6)));

    assertThat(relay.run(deadline)).isFalse();

    assertThat(accounts.backlog(soon()).pending()).isOne();
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
    assertThat(events.all()).containsExactly(new BackendFailed(Part.OUTBOX, Kind.TIMEOUT));
    assertThat(relay.run(soon())).isTrue();
  }

  @Test
  void anOutboxThatCannotBeHastenedIsAnEventAndNotRun() {
    signUp(1);
    toOutbox.cut("makeDue", Kind.TIMEOUT, 1);

    assertThat(relay.runAll(soon())).isFalse();
    assertThat(events.all()).containsExactly(new BackendFailed(Part.OUTBOX, Kind.TIMEOUT));
    assertThat(toOutbox.calls("drain")).isZero();
    assertThat(relay.runAll(soon())).isTrue();
  }

  @Test
  void nothingIsTakenAfterTheDeadline() {
    signUp(1);

    assertThat(relay.run(over())).isFalse();
    assertThat(toOutbox.calls()).isEmpty();
  }

  /** The real cache, which some names cannot be told of. */
  private CredentialCache refusing(Set<LoginId> names) {
    return new CredentialCache() {
      @Override
      public Lookup lookup(LoginId loginId, Deadline deadline) {
        return cache.lookup(loginId, deadline);
      }

      @Override
      public List<Credential> peek(LoginId loginId, Deadline deadline) {
        return cache.peek(loginId, deadline);
      }

      @Override
      public boolean fill(Ticket ticket, Credential credential, Instant at, Deadline deadline) {
        return cache.fill(ticket, credential, at, deadline);
      }

      @Override
      public boolean fence(LoginId loginId, long floor, Deadline deadline) {
        if (names.contains(loginId)) {
          throw new StoreException(Kind.REFUSED, "poisoned by the test");
        }
        return cache.fence(loginId, floor, deadline);
      }
    };
  }

  private void cache(Lookup.Miss miss, Credential credential) {
    assertThat(cache.fill(miss.ticket(), credential, clock.instant(), soon())).isTrue();
  }

  private Credential signUp(int number) {
    CredentialStore.Creation creation =
        accounts.create(
            NewAccount.of(
                AccountId.random(),
                LoginId.email("user" + number + "@example.org"),
                AccountStatus.ACTIVE,
                HASH),
            OperationId.random(),
            soon());
    return ((CredentialStore.Creation.Created) creation).credential().orElseThrow();
  }
}
