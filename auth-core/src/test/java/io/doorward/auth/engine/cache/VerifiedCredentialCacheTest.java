package io.doorward.auth.engine.cache;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Contexts;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.password.PasswordHash;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VerifiedCredentialCacheTest {
  private final HandClock clock = new HandClock();
  private final Events events = new Events();
  private final AccountStore accounts = AccountStore.inMemory(clock);
  private final CredentialCache plain =
      CredentialCache.inMemory(clock, Duration.ofMinutes(10), 100);
  private final Wire toPlain = Wire.to("plain");
  private final Wire toStore = Wire.to("store");
  private final Bulkhead probes = Bulkhead.of("probes", 1, 0);
  private final EngineContext context = Contexts.once(clock, Runnable::run, events);
  private final CredentialReads reads =
      new CredentialReads(
          toStore.end(CredentialStore.class, accounts),
          Bulkhead.of("reads", 1, 0),
          probes,
          context);
  private final CredentialCache verified =
      new VerifiedCredentialCache(toPlain.end(CredentialCache.class, plain), reads, false, context);
  private final AccountId account = AccountId.random();

  @BeforeEach
  void annaIsCached() {
    accounts.create(
        NewAccount.of(account, ANNA, AccountStatus.ACTIVE, PasswordHash.of("{noop}old")),
        OperationId.random(),
        soon());
    fill();
  }

  private boolean fill() {
    return verified.lookup(ANNA, soon()) instanceof Lookup.Miss miss
        && verified.fill(
            miss.ticket(), accounts.find(ANNA, soon()).orElseThrow(), clock.instant(), soon());
  }

  private void changeBehind() {
    Credential seen = accounts.find(ANNA, soon()).orElseThrow();
    accounts.changePassword(
        account, seen.version(), PasswordHash.of("{noop}new"), OperationId.random(), soon());
  }

  @Test
  void aHitThatIsStillTheTruthCostsOneReadOfItsVersion() {
    assertThat(verified.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
    assertThat(toStore.calls()).containsExactly("store.version");
  }

  @Test
  void aHitThatNoCacheWasToldOfIsAMissThatCanBeFilled() {
    changeBehind();

    assertThat(fill()).isTrue();
    assertThat(verified.lookup(ANNA, soon()))
        .isInstanceOfSatisfying(
            Lookup.Hit.class,
            hit -> assertThat(hit.credential().hash()).isEqualTo(PasswordHash.of("{noop}new")));
  }

  @Test
  void anEntryOfADeletedAccountIsAMiss() {
    accounts.delete(account, soon());

    assertThat(verified.lookup(ANNA, soon())).isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void itFillsFencesAndPeeksAsTheCacheBehindItDoes() {
    Credential anna = accounts.find(ANNA, soon()).orElseThrow();
    assertThat(verified.peek(ANNA, soon())).containsExactly(anna);

    assertThat(verified.fence(ANNA, anna.version().number() + 1, soon())).isTrue();

    assertThat(plain.peek(ANNA, soon())).isEmpty();
    assertThat(fill()).as("below the floor").isFalse();
    toPlain.answer("fence", false);
    assertThat(verified.fence(ANNA, 1, soon())).isFalse();
  }

  @Test
  void onAFullNodeWhatIsCachedIsLeftAside() {
    changeBehind();

    assertThat(probes.call(soon(), () -> verified.lookup(ANNA, soon())))
        .isInstanceOf(Lookup.Bypass.class);
    assertThat(toStore.calls()).isEmpty();
    assertThat(events.of(BackendFailed.class))
        .containsExactly(new BackendFailed(Part.ACCOUNT_STORE, Kind.OVERLOADED));
  }

  @Test
  void withoutTheDatabaseWhatIsCachedStands() {
    changeBehind();
    toStore.cut();

    assertThat(verified.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
    assertThat(events.of(BackendFailed.class))
        .containsExactly(new BackendFailed(Part.ACCOUNT_STORE, Kind.UNREACHABLE));
  }

  @Test
  void aStrictOneServesNothingThatTheDatabaseDoesNotConfirm() {
    toStore.cut();
    CredentialCache strict = new VerifiedCredentialCache(plain, reads, true, context);

    assertThat(strict.lookup(ANNA, soon())).isInstanceOf(Lookup.Bypass.class);
    toStore.mend();
    assertThat(strict.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
  }
}
