package io.doorward.auth.engine.cache;

import static io.doorward.auth.fixture.Fixtures.over;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.doorward.auth.Operations.CacheCheckResult.Drift;
import io.doorward.auth.account.AccountDirectory;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.cache.CacheChecker.Batch;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.event.ServiceEvent.CachedValue;
import io.doorward.auth.event.ServiceEvent.DriftFound;
import io.doorward.auth.fixture.Contexts;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.password.PasswordHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CacheCheckerTest {
  private static final PasswordHash HASH = PasswordHash.of("not looked at");

  private final Wire toCache = Wire.to("cache");
  private final Wire toAccounts = Wire.to("accounts");
  private final HandClock clock = new HandClock();
  private final Events events = new Events();
  private final AccountStore accounts = AccountStore.inMemory(clock);
  private final CredentialCache cache =
      CredentialCache.inMemory(clock, Duration.ofMinutes(10), 1_000);
  private final Map<AccountId, UserRecord> users = new HashMap<>();
  private boolean usersAreFenced = true;
  private final CacheChecker checker =
      new CacheChecker(
          toAccounts.end(AccountDirectory.class, accounts),
          toCache.end(CredentialCache.class, cache),
          (account, deadline) -> Optional.ofNullable(users.get(account)),
          (account, floor, deadline) -> {
            users.computeIfPresent(account, (id, user) -> user.version() < floor ? null : user);
            return usersAreFenced;
          },
          Contexts.once(clock, Runnable::run, events));

  @Test
  void whatAgreesIsNoDrift() {
    for (int i = 0; i < 5; i++) {
      Credential each = signUp(i);
      cached(each);
      users.put(each.account(), accounts.load(each.account(), soon()).orElseThrow());
    }
    signUp(6);

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()))
        .isEqualTo(new Batch(6, List.of(), Optional.empty()));
    assertThat(events.all()).isEmpty();
    assertThat(toCache.calls("fence")).isZero();
  }

  @Test
  void anEntryThatALostFenceLeftBehindIsToldAndStaysUntilItIsRepaired() {
    Credential anna = signUp(1);
    cached(anna);
    changedWithoutFence(anna);
    Drift told = new Drift(anna.account(), CachedValue.CREDENTIAL, false);
    Drift repaired = new Drift(anna.account(), CachedValue.CREDENTIAL, true);

    assertThat(checker.checkCaches(Optional.empty(), 100, false, soon()).drift())
        .containsExactly(told);
    assertThat(cache.peek(anna.loginId(), soon())).containsExactly(anna);

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift())
        .containsExactly(repaired);
    assertThat(cache.peek(anna.loginId(), soon())).isEmpty();
    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift()).isEmpty();
    assertThat(events.all())
        .containsExactly(
            new DriftFound(anna.account(), CachedValue.CREDENTIAL, false),
            new DriftFound(anna.account(), CachedValue.CREDENTIAL, true));
  }

  @Test
  void anEntryUnderAnotherIdentifierOfTheAccountIsSeenToo() {
    AccountId account = signUp(1).account();
    LoginId phone = LoginId.phone("+49 30 1234567");
    accounts.addLoginId(account, phone, OperationId.random(), soon());
    drainAll();
    Credential underPhone = accounts.find(phone, soon()).orElseThrow();
    cached(underPhone);
    changedWithoutFence(underPhone);

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift())
        .containsExactly(new Drift(account, CachedValue.CREDENTIAL, true));
    assertThat(cache.peek(phone, soon())).isEmpty();
  }

  @Test
  void entriesUnderTwoIdentifiersAreOneDrift() {
    Credential anna = signUp(1);
    LoginId phone = LoginId.phone("+49 30 1234567");
    accounts.addLoginId(anna.account(), phone, OperationId.random(), soon());
    drainAll();
    Credential seen = accounts.find(anna.loginId(), soon()).orElseThrow();
    cached(seen);
    cached(accounts.find(phone, soon()).orElseThrow());
    changedWithoutFence(seen);

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift())
        .containsExactly(new Drift(anna.account(), CachedValue.CREDENTIAL, true));
    assertThat(cache.peek(anna.loginId(), soon())).isEmpty();
    assertThat(cache.peek(phone, soon())).isEmpty();
  }

  @Test
  void afterARepairThePresentCredentialIsCachedAgain() {
    Credential anna = signUp(1);
    cached(anna);
    changedWithoutFence(anna);

    checker.checkCaches(Optional.empty(), 100, true, soon());

    cached(accounts.find(anna.loginId(), soon()).orElseThrow());
    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift()).isEmpty();
  }

  @Test
  void aUserRecordThatALostFenceLeftBehindIsRepaired() {
    Credential anna = signUp(1);
    AccountId account = anna.account();
    users.put(account, accounts.load(account, soon()).orElseThrow());
    accounts.changeRoles(account, Set.of("admin"), Set.of(), OperationId.random(), soon());
    drainAll();

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift())
        .containsExactly(new Drift(account, CachedValue.USER_RECORD, true));
    assertThat(users).isEmpty();
  }

  @Test
  void whatIsNotFencedOnEveryNodeYetIsNotRepaired() {
    Credential anna = signUp(1);
    AccountId account = anna.account();
    cached(anna);
    users.put(account, accounts.load(account, soon()).orElseThrow());
    changedWithoutFence(anna);
    accounts.changeRoles(account, Set.of("admin"), Set.of(), OperationId.random(), soon());
    drainAll();
    toCache.answer("fence", false);
    usersAreFenced = false;

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift())
        .containsExactly(
            new Drift(account, CachedValue.CREDENTIAL, false),
            new Drift(account, CachedValue.USER_RECORD, false));
  }

  @Test
  void theRecordOfAnAccountThatIsGoneIsRepaired() {
    Credential anna = signUp(1);
    AccountId account = anna.account();
    users.put(account, accounts.load(account, soon()).orElseThrow());
    accounts.changeRoles(account, Set.of("admin"), Set.of(), OperationId.random(), soon());
    toAccounts.after("page", () -> goneAndTold(account));

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift())
        .containsExactly(new Drift(account, CachedValue.USER_RECORD, true));
    assertThat(users).isEmpty();
  }

  @Test
  void anEntryOfADeletedAccountThatIsFencedMeanwhileIsNoDrift() {
    Credential anna = signUp(1);
    cached(anna);
    changedWithoutFence(anna);
    toAccounts.after("page", () -> goneAndTold(anna.account()));
    toAccounts.after(
        "state", () -> cache.fence(anna.loginId(), anna.version().number() + 1, soon()));

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift()).isEmpty();
  }

  @Test
  void anEntryThatGaveWayToTheTruthMeanwhileIsNoDrift() {
    Credential anna = signUp(1);
    cached(anna);
    Credential present = changedWithoutFence(anna);
    toAccounts.after("state", () -> replaced(present));

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift()).isEmpty();
    assertThat(cache.peek(anna.loginId(), soon())).containsExactly(present);
  }

  @Test
  void anEntryThatGaveWayToAnotherOldOneIsDrift() {
    Credential anna = signUp(1);
    cached(anna);
    Credential second = changedWithoutFence(anna);
    Credential third = changedWithoutFence(second);
    toAccounts.after(
        "state",
        () -> {
          toAccounts.mend();
          replaced(second);
        });

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift())
        .containsExactly(new Drift(anna.account(), CachedValue.CREDENTIAL, true));
    assertThat(cache.peek(anna.loginId(), soon())).isEmpty();
    cached(third);
  }

  /** Deleted, and the outbox has delivered; only the cache did not hear of it. */
  private void goneAndTold(AccountId account) {
    accounts.delete(account, soon());
    drainAll();
  }

  private void replaced(Credential next) {
    cache.fence(next.loginId(), next.version().number(), soon());
    cached(next);
  }

  @Test
  void whatTheRelayIsGoingToTellIsNoDrift() {
    Credential anna = signUp(1);
    cached(anna);
    accounts.changePassword(anna.account(), anna.version(), HASH, OperationId.random(), soon());

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift()).isEmpty();
    assertThat(cache.peek(anna.loginId(), soon())).as("left to the relay").hasSize(1);
  }

  @Test
  void anEntryNewerThanThePageIsNoDriftIfTheDatabaseKnowsIt() {
    Credential anna = signUp(1);
    toCache.before(
        "peek",
        () -> {
          toCache.mend();
          Credential next = changedWithoutFence(anna);
          cache.fence(anna.loginId(), next.version().number(), soon());
          cached(next);
        });

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift()).isEmpty();
    assertThat(cache.peek(anna.loginId(), soon())).hasSize(1);
  }

  @Test
  void anEntryThatIsFencedWhileItIsLookedAtIsNoDrift() {
    Credential anna = signUp(1);
    cached(anna);
    toAccounts.after("page", () -> changedBefore(anna));

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift()).isEmpty();
  }

  /** So that the page is old when the cache is looked at. */
  private void changedBefore(Credential seen) {
    Credential next = changedWithoutFence(seen);
    cache.fence(seen.loginId(), next.version().number(), soon());
    cached(next);
    // And once more before the state is read.
    toAccounts.before(
        "state",
        () -> {
          toAccounts.mend();
          Credential last = changedWithoutFence(next);
          cache.fence(seen.loginId(), last.version().number(), soon());
        });
  }

  @Test
  void anEntryThatTheDatabaseDoesNotKnowIsDrift() {
    Credential anna = signUp(1);
    Credential lost =
        new Credential(
            anna.account(),
            anna.loginId(),
            anna.status(),
            HASH,
            new CredentialVersion(anna.version().number() + 100, "lost-with-a-fail-over"),
            anna.epoch());
    cached(lost);

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift()).hasSize(1);
    assertThat(cache.peek(anna.loginId(), soon())).isEmpty();
  }

  @Test
  void aNumberThatWasHandedOutTwiceIsDrift() {
    Credential anna = signUp(1);
    cached(
        new Credential(
            anna.account(),
            anna.loginId(),
            anna.status(),
            HASH,
            new CredentialVersion(anna.version().number(), "another-row"),
            anna.epoch()));

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift()).hasSize(1);
    assertThat(cache.peek(anna.loginId(), soon())).isEmpty();
  }

  @Test
  void aNameThatMovesWhileItIsLookedAtIsLeftAlone() {
    Credential anna = signUp(1);
    cached(anna);
    toAccounts.after(
        "page",
        () -> {
          toAccounts.mend();
          changedWithoutFence(anna);
          accounts.changeLoginId(
              anna.account(), LoginId.email("moved@example.org"), OperationId.random(), soon());
          drainAll();
        });
    // The page knows the version of before, so the entry differs from it only if that moved too.
    cache.fence(anna.loginId(), anna.version().number() + 1, soon());
    Credential other = signUp(2);
    cached(
        new Credential(
            other.account(), anna.loginId(), other.status(), HASH, other.version(), other.epoch()));

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift()).isEmpty();
  }

  @Test
  void aNameThatAnotherAccountGaveUpWithoutTellingIsDrift() {
    Credential bob = signUp(2);
    cached(bob);
    accounts.changeLoginId(
        bob.account(), LoginId.email("elsewhere@example.org"), OperationId.random(), soon());
    Credential anna = signUp(1);
    accounts.changeLoginId(anna.account(), bob.loginId(), OperationId.random(), soon());
    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift())
        .as("still to be told")
        .isEmpty();

    drainAll();

    assertThat(checker.checkCaches(Optional.empty(), 100, true, soon()).drift())
        .containsExactly(new Drift(anna.account(), CachedValue.CREDENTIAL, true));
    assertThat(cache.peek(bob.loginId(), soon())).isEmpty();
  }

  @Test
  void batchesGoOnFromTheAccountBeforeUntilTheEnd() {
    List<AccountId> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Credential each = signUp(i);
      cached(each);
      changedWithoutFence(each);
      all.add(each.account());
    }
    all.sort(Comparator.comparing(AccountId::value));

    Batch first = checker.checkCaches(Optional.empty(), 2, true, soon());
    Batch second = checker.checkCaches(first.next(), 2, true, soon());
    Batch third = checker.checkCaches(second.next(), 2, true, soon());

    assertThat(first.next()).hasValue(all.get(1));
    assertThat(second.next()).hasValue(all.get(3));
    assertThat(third.next()).isEmpty();
    assertThat(List.of(first.checked(), second.checked(), third.checked()))
        .containsExactly(2, 2, 1);
    List<AccountId> found = new ArrayList<>();
    for (Batch batch : List.of(first, second, third)) {
      batch.drift().forEach(drift -> found.add(drift.account()));
    }
    assertThat(found).isEqualTo(all);
  }

  @Test
  void aBackendThatFailsEndsTheBatchAfterTheLastAccountThatWasChecked() {
    for (int i = 0; i < 5; i++) {
      signUp(i);
    }
    toCache.after("peek", () -> toCache.before("peek", toCache::cut));

    Batch batch = checker.checkCaches(Optional.empty(), 100, true, soon());

    assertThat(batch.checked()).isEqualTo(2);
    assertThat(batch.next()).isPresent();
    assertThat(events.of(BackendFailed.class)).hasSize(1);
    toCache.cut();
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> checker.checkCaches(batch.next(), 100, true, soon()));
    toCache.mend();
    assertThat(checker.checkCaches(batch.next(), 100, true, soon()))
        .isEqualTo(new Batch(3, List.of(), Optional.empty()));
  }

  @Test
  void nothingIsReadAfterTheDeadline() {
    signUp(1);

    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> checker.checkCaches(Optional.empty(), 1, true, over()));
    assertThat(toAccounts.calls()).isEmpty();
  }

  private Credential changedWithoutFence(Credential seen) {
    accounts.changePassword(seen.account(), seen.version(), HASH, OperationId.random(), soon());
    drainAll();
    return accounts.find(seen.account(), soon()).orElseThrow();
  }

  private void drainAll() {
    accounts.drain(1_000, row -> new Outbox.Outcome.Confirmed(), soon());
  }

  private void cached(Credential credential) {
    Lookup.Miss miss = (Lookup.Miss) cache.lookup(credential.loginId(), soon());
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
    drainAll();
    return ((CredentialStore.Creation.Created) creation).credential().orElseThrow();
  }
}
