package io.doorward.auth.engine.cache;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.over;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialCache.Ticket;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.ServiceEvent.CacheFillSkipped;
import io.doorward.auth.event.ServiceEvent.FillFailure;
import io.doorward.auth.fixture.Contexts;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.Fixtures;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.HandExecutor;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.password.PasswordHash;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class CacheFillerTest {
  private static final PasswordHash HASH = PasswordHash.of("not looked at");
  private static final PasswordHash NEXT = PasswordHash.of("not looked at either");

  private final List<String> journal = new CopyOnWriteArrayList<>();
  private final Wire toCache = Wire.to("cache", journal);
  private final Wire toStore = Wire.to("store", journal);
  private final HandClock clock = new HandClock();
  private final HandExecutor executor = new HandExecutor();
  private final Events events = new Events();
  private final AccountStore accounts = AccountStore.inMemory(clock);
  private final CredentialCache cache =
      CredentialCache.inMemory(clock, Duration.ofMinutes(10), 100);
  private final Credential anna = Fixtures.anna(accounts, HASH, AccountStatus.ACTIVE);

  private final EngineContext context = Contexts.thrice(clock, executor, events);
  private final Bulkhead reads = Bulkhead.of("reads", 1, 0);

  private CacheFiller filler(CacheFill mode) {
    return new CacheFiller(
        toCache.end(CredentialCache.class, cache),
        new CredentialReads(
            toStore.end(CredentialStore.class, accounts),
            reads,
            Bulkhead.of("probes", 1, 0),
            context),
        mode,
        context);
  }

  @Test
  void aFillInTheBackgroundLeavesTheCallerAlone() {
    filler(CacheFill.BACKGROUND).fill(ticket(), anna, clock.instant(), soon());
    assertThat(journal).isEmpty();

    executor.runAll();
    assertThat(cached()).isEqualTo(anna);
    assertThat(events.all()).isEmpty();
  }

  @Test
  void aFillInTheBackgroundOutlivesTheOperation() {
    filler(CacheFill.BACKGROUND).fill(ticket(), anna, clock.instant(), over());
    executor.runAll();

    assertThat(cached()).isEqualTo(anna);
  }

  @Test
  void whatDoesNotFitIntoTheQueueIsDroppedWithAnEvent() {
    executor.fillUp();
    filler(CacheFill.BACKGROUND).fill(ticket(), anna, clock.instant(), soon());
    filler(CacheFill.BACKGROUND).warm(ANNA, soon());

    assertThat(journal).isEmpty();
    assertThat(skipped()).containsExactly(FillFailure.DROPPED, FillFailure.DROPPED);
  }

  @Test
  void aBlockingFillIsThereBeforeItsCallerGoesOn() {
    filler(CacheFill.BLOCKING).fill(ticket(), anna, clock.instant(), soon());

    assertThat(cached()).isEqualTo(anna);
    assertThat(executor.waiting()).isZero();
  }

  @Test
  void aBlockingFillThatFailsIsAnEventAndNothingElse() {
    toCache.cut("fill", Kind.TIMEOUT);
    filler(CacheFill.BLOCKING).fill(ticket(), anna, clock.instant(), soon());

    assertThat(toCache.calls("fill")).isEqualTo(3);
    assertThat(skipped()).containsExactly(FillFailure.FAILED);
  }

  @Test
  void aBlockingFillDoesNotBeginAfterTheDeadline() {
    filler(CacheFill.BLOCKING).fill(ticket(), anna, clock.instant(), over());

    assertThat(journal).isEmpty();
    assertThat(skipped()).containsExactly(FillFailure.DROPPED);
  }

  @Test
  void aFillThatComesAfterAFenceIsRefused() {
    Ticket ticket = ticket();
    cache.fence(ANNA, 0, soon());
    filler(CacheFill.BLOCKING).fill(ticket, anna, clock.instant(), soon());

    assertThat(cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Miss.class);
    assertThat(skipped()).containsExactly(FillFailure.REFUSED);
  }

  @Test
  void warmingTakesItsTicketBeforeItsRead() {
    Instant before = clock.instant();
    toStore.before("find", () -> clock.advance(Duration.ofSeconds(3)));
    filler(CacheFill.BLOCKING).warm(ANNA, soon());

    assertThat(journal).containsExactly("cache.lookup", "store.find", "cache.fill");
    assertThat(cache.lookup(ANNA, soon()))
        .isInstanceOfSatisfying(
            Lookup.Hit.class, hit -> assertThat(hit.readAt()).isEqualTo(before));
  }

  @Test
  void warmingThatFindsNoRoomAmongTheReadsIsLeftOut() {
    reads.call(
        soon(),
        () -> {
          filler(CacheFill.BLOCKING).warm(ANNA, soon());
          return true;
        });

    assertThat(journal).containsExactly("cache.lookup");
    assertThat(skipped()).containsExactly(FillFailure.FAILED);
  }

  @Test
  void aChangeWhileWarmingKeepsTheOldCredentialOut() {
    AtomicReference<Boolean> changed = new AtomicReference<>(false);
    toStore.after(
        "find",
        () -> {
          accounts.changePassword(
              anna.account(), anna.version(), NEXT, OperationId.random(), soon());
          cache.fence(ANNA, anna.version().number() + 1, soon());
          changed.set(true);
        });
    filler(CacheFill.BLOCKING).warm(ANNA, soon());

    assertThat(changed).hasValue(true);
    assertThat(cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Miss.class);
    assertThat(skipped()).containsExactly(FillFailure.REFUSED);
  }

  @Test
  void warmingLeavesAnEntryAsItIs() {
    cache.fill(ticket(), anna, clock.instant(), soon());
    filler(CacheFill.BLOCKING).warm(ANNA, soon());

    assertThat(journal).containsExactly("cache.lookup");
  }

  @Test
  void warmingAnAccountThatIsGoneFillsNothing() {
    filler(CacheFill.BLOCKING).warm(Fixtures.NOBODY, soon());

    assertThat(journal).containsExactly("cache.lookup", "store.find");
    assertThat(events.all()).isEmpty();
  }

  @Test
  void warmingABrokenCacheIsAnEventAndNothingElse() {
    toCache.cut();
    filler(CacheFill.BLOCKING).warm(ANNA, soon());

    assertThat(skipped()).containsExactly(FillFailure.FAILED);
  }

  @Test
  void fillsThatFailDoNotSpendTheDatabasesRetries() {
    toCache.cut("fill", Kind.TIMEOUT);
    for (int i = 0; i < 20; i++) {
      filler(CacheFill.BLOCKING).fill(ticket(), anna, clock.instant(), soon());
    }

    toStore.cut("find", Kind.UNREACHABLE, 2);
    CredentialStore store = toStore.end(CredentialStore.class, accounts);
    assertThat(context.retries().accounts().repeatable(soon(), () -> store.find(ANNA, soon())))
        .contains(anna);
  }

  private Ticket ticket() {
    return ((Lookup.Miss) cache.lookup(ANNA, soon())).ticket();
  }

  private Credential cached() {
    return ((Lookup.Hit) cache.lookup(ANNA, soon())).credential();
  }

  private List<FillFailure> skipped() {
    return events.of(CacheFillSkipped.class).stream().map(CacheFillSkipped::failure).toList();
  }
}
