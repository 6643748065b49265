package io.doorward.auth.engine.login;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.NEXT;
import static io.doorward.auth.fixture.Fixtures.NOBODY;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.WRONG;
import static io.doorward.auth.fixture.Fixtures.attempt;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.CacheFiller;
import io.doorward.auth.engine.cache.CredentialReads;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.event.AccessEvent.HashUnreadable;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.LoginRejected;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.AccessEvent.Step;
import io.doorward.auth.event.AccountEvent.PasswordRehashed;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Contexts;
import io.doorward.auth.fixture.CountingHasher;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.Fixtures;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.HandExecutor;
import io.doorward.auth.fixture.Together;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Authenticated;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Rejected;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Unavailable;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CacheFirstCheckTest {
  private final List<String> journal = new CopyOnWriteArrayList<>();
  private final Wire toCache = Wire.to("cache", journal);
  private final Wire toStore = Wire.to("store", journal);
  private final HandClock clock = new HandClock();
  private final HandExecutor background = new HandExecutor();
  private final Events events = new Events();
  private final CountingHasher hasher = CountingHasher.present();
  private final AccountStore accounts = AccountStore.inMemory(clock);
  private final CredentialCache cache =
      CredentialCache.inMemory(clock, Duration.ofMinutes(10), 100);
  private final Bulkhead reads = Bulkhead.of("reads", 1, 0);
  private final Bulkhead probes = Bulkhead.of("probes", 1, 0);
  private CacheFirstCheck authenticator = authenticator(hasher, 4);

  private CacheFirstCheck authenticator(CountingHasher hasher, int permits) {
    CredentialCache cacheEnd = toCache.end(CredentialCache.class, cache);
    CredentialStore storeEnd = toStore.end(CredentialStore.class, accounts);
    BoundedHasher bounded = BoundedHasher.of(hasher, permits, 0);
    EngineContext once = Contexts.once(clock, background, events);
    EngineContext thrice = Contexts.thrice(clock, background, events);
    Invalidator invalidator =
        new Invalidator(cacheEnd, (account, floor, deadline) -> true, accounts, once);
    return new CacheFirstCheck(
        cacheEnd,
        new CredentialReads(storeEnd, reads, probes, thrice),
        bounded,
        new CacheFiller(
            cacheEnd,
            new CredentialReads(storeEnd, reads, probes, once),
            CacheFill.BACKGROUND,
            once),
        new CredentialUpkeep(
            new Rehasher(storeEnd, bounded, invalidator, once),
            new FailureCount(storeEnd, 100, invalidator, once)),
        thrice);
  }

  @Test
  void aCachedPasswordOpensWithoutTheDatabase() {
    annaIsCached();
    toStore.cut();

    assertThat(login(RIGHT)).isInstanceOfSatisfying(Authenticated.class, this::cameFromTheCache);
    assertThat(journal).containsExactly("cache.lookup");
  }

  private void cameFromTheCache(Authenticated result) {
    assertThat(result.source()).isEqualTo(Source.CACHE);
    assertThat(result.amr()).containsExactly("pwd");
    assertThat(result.timings()).containsOnlyKeys(Step.CACHE_LOOKUP, Step.HASHING);
  }

  @Test
  void aWrongPasswordAgainstTheCacheCostsOneProbeAndIsRejected() {
    Credential anna = annaIsCached();
    int before = hasher.compared();

    assertThat(login(WRONG)).isInstanceOf(Rejected.class);
    assertThat(journal).containsExactly("cache.lookup", "store.version");
    assertThat(hasher.compared() - before).isOne();
    assertThat(reasons()).containsExactly(wrongPassword(anna));
  }

  @Test
  void aPasswordThatWasChangedBehindTheCacheIsGoodAtOnce() {
    Credential old = annaIsCached();
    changePassword(old, NEXT);

    assertThat(login(NEXT))
        .isInstanceOfSatisfying(
            Authenticated.class,
            result -> {
              assertThat(result.source()).isEqualTo(Source.DATABASE);
              assertThat(result.version()).isEqualTo(present(old).version());
            });
    assertThat(journal)
        .containsExactly("cache.lookup", "store.version", "cache.fence", "store.find");
  }

  @Test
  void theEntryThatAProbeFoundTooOldIsDropped() {
    changePassword(annaIsCached(), NEXT);
    login(NEXT);

    assertThat(cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Miss.class);
    assertThat(login(RIGHT)).isInstanceOf(Rejected.class);
  }

  @Test
  void aDroppedEntryThatCannotBeDroppedDoesNotStopTheLogin() {
    changePassword(annaIsCached(), NEXT);
    toCache.cut("fence", Kind.TIMEOUT);

    assertThat(login(NEXT)).isInstanceOf(Authenticated.class);
    assertThat(events.all())
        .containsExactly(new BackendFailed(Part.CREDENTIAL_CACHE, Kind.TIMEOUT));
  }

  @Test
  void theCachedAnswerStandsWhereTheProbeIsImpossible() {
    Credential anna = annaIsCached();
    toStore.cut();

    assertThat(login(WRONG)).isInstanceOf(Rejected.class);
    assertThat(reasons()).containsExactly(wrongPassword(anna));
    assertThat(events.of(BackendFailed.class))
        .containsExactly(new BackendFailed(Part.ACCOUNT_STORE, Kind.UNREACHABLE));
  }

  @Test
  void theCachedAnswerStandsWhereNoTimeIsLeftForAProbe() {
    Credential anna = annaIsCached();
    hasher.whileComparing(() -> clock.advance(Duration.ofSeconds(2)));

    assertThat(authenticator.check(attempt(WRONG), Deadline.after(Duration.ofSeconds(1), clock)))
        .contains(new Rejected(Optional.of(anna.account())));
    assertThat(journal).containsExactly("cache.lookup");
  }

  @Test
  void thePartsOfALoginAreTimed() {
    anna();
    toCache.before("lookup", () -> clock.advance(Duration.ofMillis(2)));
    toStore.before("find", () -> clock.advance(Duration.ofMillis(30)));
    hasher.whileComparing(() -> clock.advance(Duration.ofMillis(400)));

    assertThat(login(RIGHT))
        .isInstanceOfSatisfying(
            Authenticated.class,
            result ->
                assertThat(result.timings())
                    .containsOnly(
                        entry(Step.CACHE_LOOKUP, Duration.ofMillis(2)),
                        entry(Step.DATABASE_READ, Duration.ofMillis(30)),
                        entry(Step.HASHING, Duration.ofMillis(400))));
  }

  @Test
  void aNumberThatAFailOverHandedOutTwiceDoesNotLookEqual() {
    Credential present = Fixtures.anna(accounts, hasher.hash(NEXT), AccountStatus.ACTIVE);
    fill(
        new Credential(
            present.account(),
            ANNA,
            AccountStatus.ACTIVE,
            hasher.hash(RIGHT),
            new CredentialVersion(present.version().number(), "lost"),
            new Epoch(present.epoch().number(), "lost")));

    assertThat(login(NEXT)).isInstanceOf(Authenticated.class);
  }

  @Test
  void anEntryOfAnAccountThatIsGoneOpensNothing() {
    AccountStore others = AccountStore.inMemory(clock);
    Credential gone = Fixtures.anna(others, hasher.hash(RIGHT), AccountStatus.ACTIVE);
    fill(gone);

    assertThat(login(WRONG)).isInstanceOf(Rejected.class);
    assertThat(reasons())
        .containsExactly(
            new LoginRejected(Optional.empty(), LoginRefusal.UNKNOWN_LOGIN, CLIENT.network()));
  }

  @Test
  void aMissReadsTheDatabaseAndFillsWithItsTicket() {
    Credential anna = anna();

    assertThat(login(RIGHT))
        .isInstanceOfSatisfying(
            Authenticated.class, result -> assertThat(result.source()).isEqualTo(Source.DATABASE));
    assertThat(journal).containsExactly("cache.lookup", "store.find");
    background.runAll();
    assertThat(journal).containsExactly("cache.lookup", "store.find", "cache.fill");
    assertThat(cache.lookup(ANNA, soon()))
        .isInstanceOfSatisfying(
            Lookup.Hit.class, hit -> assertThat(hit.credential()).isEqualTo(anna));
  }

  @Test
  void anEntrysAgeCountsFromBeforeTheRead() {
    anna();
    Instant before = clock.instant();
    toStore.before("find", () -> clock.advance(Duration.ofSeconds(7)));
    login(RIGHT);
    background.runAll();

    assertThat(cache.lookup(ANNA, soon()))
        .isInstanceOfSatisfying(
            Lookup.Hit.class, hit -> assertThat(hit.readAt()).isEqualTo(before));
  }

  @Test
  void aChangeBetweenLookUpAndFillKeepsTheOldCredentialOut() {
    Credential old = anna();
    login(RIGHT);
    changePassword(old, NEXT);
    cache.fence(ANNA, present(old).version().number(), soon());
    background.runAll();

    assertThat(cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Miss.class);
    assertThat(events.of(ServiceEvent.CacheFillSkipped.class))
        .containsExactly(new ServiceEvent.CacheFillSkipped(ServiceEvent.FillFailure.REFUSED));
  }

  @Test
  void aWrongPasswordFillsNothing() {
    Credential anna = anna();

    assertThat(login(WRONG)).isInstanceOf(Rejected.class);
    background.runAll();
    assertThat(journal).contains("store.countFailure").doesNotContain("cache.fill");
    assertThat(reasons()).containsExactly(wrongPassword(anna));
  }

  @Test
  void aBrokenCacheMeansTheDatabaseAndNoFill() {
    anna();
    toCache.cut("lookup", Kind.TIMEOUT);

    assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
    assertThat(login(WRONG)).isInstanceOf(Rejected.class);
    background.runAll();
    assertThat(journal).doesNotContain("cache.fill");
    assertThat(events.of(BackendFailed.class))
        .containsOnly(new BackendFailed(Part.CREDENTIAL_CACHE, Kind.TIMEOUT));
  }

  @Test
  void aLookUpIsTriedAgainOnlyIfNothingWasSent() {
    anna();
    toCache.cut("lookup", Kind.UNREACHABLE, 2);
    login(RIGHT);
    assertThat(toCache.calls("lookup")).isEqualTo(3);

    toCache.forget();
    toCache.cut("lookup", Kind.TIMEOUT, 2);
    login(RIGHT);
    assertThat(toCache.calls("lookup")).isOne();
  }

  @Test
  void aHiccupOfTheDatabaseIsTriedAgain() {
    anna();
    toStore.loseAnswers("find", 2);

    assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aBrokenDatabaseIsNeverARejection(Kind kind) {
    anna();
    toStore.cut("find", kind);

    assertThat(login(RIGHT)).isInstanceOf(Unavailable.class);
    assertThat(login(WRONG)).isInstanceOf(Unavailable.class);
    assertThat(events.all()).containsOnly(new BackendFailed(Part.ACCOUNT_STORE, kind));
  }

  @Test
  void anUnknownLoginCostsOneComparisonLikeAKnownOne() {
    anna();
    int before = hasher.compared();
    login(WRONG);
    int known = hasher.compared() - before;

    AuthenticationResult unknown =
        authenticator.check(attempt(NOBODY, WRONG), soon()).orElseThrow();

    assertThat(known).isOne();
    assertThat(hasher.compared() - before - known).isOne();
    assertThat(unknown).isInstanceOf(Rejected.class);
    assertThat(reasons())
        .contains(
            new LoginRejected(Optional.empty(), LoginRefusal.UNKNOWN_LOGIN, CLIENT.network()));
  }

  @ParameterizedTest
  @EnumSource(value = AccountStatus.class, mode = EnumSource.Mode.EXCLUDE, names = "ACTIVE")
  void anAccountThatIsNotActiveIsComparedAndThenRejected(AccountStatus status) {
    Credential anna = Fixtures.anna(accounts, hasher.hash(RIGHT), status);
    int before = hasher.compared();

    assertThat(login(RIGHT)).isInstanceOf(Rejected.class);
    assertThat(hasher.compared() - before).isOne();
    assertThat(background.waiting()).isZero();
    assertThat(reasons())
        .containsExactly(
            new LoginRejected(
                Optional.of(anna.account()), LoginRefusal.NOT_ACTIVE, CLIENT.network()));
  }

  @Test
  void aHashThatNothingMatchesIsRejectedLikeAnyOther() {
    PasswordHash md5 = PasswordHash.of("5f4dcc3b5aa765d61d8327deb882cf99");
    Credential anna = Fixtures.anna(accounts, md5, AccountStatus.ACTIVE);
    int before = hasher.compared();

    assertThat(login(RIGHT)).isEqualTo(new Rejected(Optional.of(anna.account())));
    assertThat(hasher.compared() - before).isOne();
    assertThat(reasons())
        .containsExactly(
            new LoginRejected(
                Optional.of(anna.account()), LoginRefusal.UNREADABLE_HASH, CLIENT.network()));
    assertThat(events.of(HashUnreadable.class))
        .containsExactly(
            new HashUnreadable(
                anna.account(), "32 hexadecimal digits, as of MD5, which is not read on purpose"));
  }

  @Test
  void aHashThatNothingMatchesIsToldOfOnceAMinute() {
    Fixtures.anna(accounts, PasswordHash.of("{MD5}5f4dcc3b5aa765d61d8327"), AccountStatus.ACTIVE);
    for (int i = 0; i < 20; i++) {
      login(RIGHT);
      clock.advance(Duration.ofSeconds(10));
    }

    assertThat(reasons()).hasSize(20);
    assertThat(events.of(HashUnreadable.class)).hasSize(4);
  }

  @Test
  void theStatusOfAnAccountIsNotToldToWhoDoesNotKnowThePassword() {
    Credential anna = Fixtures.anna(accounts, hasher.hash(RIGHT), AccountStatus.DISABLED);

    assertThat(login(WRONG)).isInstanceOf(Rejected.class);
    assertThat(reasons()).containsExactly(wrongPassword(anna));
  }

  @Test
  void aCachedStatusThatForbidsCostsTheSameProbeAsAWrongPassword() {
    fill(Fixtures.anna(accounts, hasher.hash(RIGHT), AccountStatus.PENDING));

    assertThat(login(RIGHT)).isInstanceOf(Rejected.class);
    assertThat(journal).containsExactly("cache.lookup", "store.version");
  }

  @Test
  void anAccountThatWasSwitchedOnBehindTheCacheMayLogInAtOnce() {
    Credential pending = Fixtures.anna(accounts, hasher.hash(RIGHT), AccountStatus.PENDING);
    fill(pending);
    accounts.changeStatus(pending.account(), AccountStatus.ACTIVE, OperationId.random(), soon());

    assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
  }

  @Test
  void anOutdatedHashIsRenewedInTheBackground() {
    Credential old = outdatedAnna();

    assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
    assertThat(present(old)).isEqualTo(old);
    background.runAll();

    assertThat(hasher.isOutdated(present(old).hash())).isFalse();
    assertThat(hasher.matches(RIGHT, present(old).hash())).isTrue();
    assertThat(events.of(PasswordRehashed.class))
        .containsExactly(new PasswordRehashed(old.account()));
    assertThat(accounts.backlog(soon()).pending()).as("only the sign-up is pending").isEqualTo(2);
  }

  @Test
  void aPasswordThatChangesBeforeItsHashIsRenewedWins() {
    Credential old = outdatedAnna();
    login(RIGHT);
    changePassword(old, NEXT);
    background.runAll();

    assertThat(hasher.matches(NEXT, present(old).hash())).isTrue();
    assertThat(events.of(PasswordRehashed.class)).isEmpty();
  }

  @Test
  void aRehashThatDoesNotFitIsDroppedWithAnEventAndNotTheLogin() {
    outdatedAnna();
    background.fillUp();

    assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
    assertThat(events.of(BackendFailed.class))
        .containsExactly(new BackendFailed(Part.REHASH_QUEUE, Kind.REFUSED));
  }

  @Test
  void aRehashThatTheDatabaseCannotTakeIsLeftForTheNextLogin() {
    Credential old = outdatedAnna();
    login(RIGHT);
    toStore.cut("rehash", Kind.REFUSED);
    background.runAll();

    assertThat(present(old)).isEqualTo(old);
    assertThat(events.of(BackendFailed.class))
        .containsExactly(new BackendFailed(Part.ACCOUNT_STORE, Kind.REFUSED));
  }

  @Test
  void wherePasswordsCannotBeComparedNowTheAnswerIsUnavailable() {
    annaIsCached();
    CountingHasher slow = CountingHasher.present();
    authenticator = authenticator(slow, 1);
    CountDownLatch hashing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    slow.whileComparing(
        () -> {
          hashing.countDown();
          Together.await(go);
        });
    CompletableFuture<AuthenticationResult> first = Together.start(() -> login(RIGHT));
    Together.await(hashing);

    assertThat(login(RIGHT)).as("cached").isInstanceOf(Unavailable.class);
    toCache.cut();
    assertThat(login(RIGHT)).as("not cached").isInstanceOf(Unavailable.class);
    assertThat(events.all())
        .contains(new BackendFailed(Part.HASHING, Kind.OVERLOADED))
        .noneMatch(LoginRejected.class::isInstance);
    go.countDown();
    assertThat(Together.join(first)).isInstanceOf(Authenticated.class);
  }

  @Test
  void aReadThatFindsNoRoomIsUnavailableAtOnceAndIsNotSent() {
    anna();

    assertThat(reads.call(soon(), () -> login(RIGHT))).isInstanceOf(Unavailable.class);

    assertThat(journal).containsExactly("cache.lookup");
    assertThat(events.all())
        .containsExactly(new BackendFailed(Part.ACCOUNT_STORE, Kind.OVERLOADED));
  }

  @Test
  void theProofForAChangeTakesAPlaceAmongTheReads() {
    anna();

    AuthenticationResult result =
        reads.call(
            soon(),
            () -> authenticator.databaseOnly(events).check(attempt(RIGHT), soon()).orElseThrow());
    assertThat(result).isInstanceOf(Unavailable.class);
    assertThat(journal).isEmpty();
  }

  @Test
  void aNoOfTheCacheStandsWhereAProbeFindsNoRoomSoThatNoGuessIsFree() {
    annaIsCached();

    AuthenticationResult result = probes.call(soon(), () -> login(WRONG));
    assertThat(result).isInstanceOf(Rejected.class);

    assertThat(journal).containsExactly("cache.lookup");
    assertThat(events.of(BackendFailed.class))
        .containsExactly(new BackendFailed(Part.ACCOUNT_STORE, Kind.OVERLOADED));
  }

  @Test
  void theDatabaseAloneIsAskedWithoutATrace() {
    fill(outdatedAnna());

    AuthenticationResult result =
        authenticator.databaseOnly(events).check(attempt(RIGHT), soon()).orElseThrow();

    assertThat(result).isInstanceOf(Authenticated.class);
    assertThat(journal).containsExactly("store.find");
    assertThat(background.waiting()).isZero();
    assertThat(events.all()).isEmpty();
  }

  @Test
  void aFactorOfANewerVersionKeepsThePasswordFromOpening() {
    toStore.answer("find", Optional.of(withFactor(anna())));

    assertThat(login(RIGHT)).isInstanceOf(Unavailable.class);
    background.runAll();
    assertThat(journal).containsExactly("cache.lookup", "store.find");
    assertThat(events.all())
        .containsExactly(new BackendFailed(Part.ACCOUNT_STORE, Kind.NEWER_FORMAT));
  }

  @Test
  void aCachedFactorOfANewerVersionKeepsItFromOpeningToo() {
    fill(withFactor(anna()));

    assertThat(login(RIGHT)).isInstanceOf(Unavailable.class);
    assertThat(journal).containsExactly("cache.lookup", "store.version");
    assertThat(events.all())
        .containsExactly(new BackendFailed(Part.CREDENTIAL_CACHE, Kind.NEWER_FORMAT));
  }

  @Test
  void aCachedFactorThatIsGoneByNowIsAskedForNoMore() {
    Credential anna = anna();
    fill(withFactor(anna));
    changePassword(anna, RIGHT);

    assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
  }

  @Test
  void aFactorIsToldToNoCallerWithoutThePassword() {
    Credential anna = withFactor(anna());
    toStore.answer("find", Optional.of(anna));

    assertThat(login(WRONG)).isInstanceOf(Rejected.class);
    assertThat(reasons()).containsExactly(wrongPassword(anna));
  }

  @Test
  void aFactorStopsAProofByTheDatabaseAloneToo() {
    toStore.answer("find", Optional.of(withFactor(anna())));

    assertThat(authenticator.databaseOnly(events).check(attempt(RIGHT), soon()))
        .get()
        .isInstanceOf(Unavailable.class);
    assertThat(events.all())
        .containsExactly(new BackendFailed(Part.ACCOUNT_STORE, Kind.NEWER_FORMAT));
  }

  private static Credential withFactor(Credential it) {
    return new Credential(
        it.account(),
        it.loginId(),
        it.status(),
        it.hash(),
        it.version(),
        it.epoch(),
        it.knownDevicesOnly(),
        Set.of("totp"));
  }

  private AuthenticationResult login(Password password) {
    return authenticator.check(attempt(password), soon()).orElseThrow();
  }

  private Credential anna() {
    return Fixtures.anna(accounts, hasher.hash(RIGHT), AccountStatus.ACTIVE);
  }

  private Credential outdatedAnna() {
    return Fixtures.anna(accounts, CountingHasher.outdated().hash(RIGHT), AccountStatus.ACTIVE);
  }

  private Credential annaIsCached() {
    Credential anna = anna();
    fill(anna);
    return anna;
  }

  private void fill(Credential credential) {
    Lookup.Miss miss = (Lookup.Miss) cache.lookup(ANNA, soon());
    assertThat(cache.fill(miss.ticket(), credential, clock.instant(), soon())).isTrue();
  }

  private void changePassword(Credential old, Password next) {
    assertThat(
            accounts.changePassword(
                old.account(), old.version(), hasher.hash(next), OperationId.random(), soon()))
        .isInstanceOf(CredentialStore.Change.Changed.class);
  }

  private Credential present(Credential old) {
    return accounts.find(old.account(), soon()).orElseThrow();
  }

  private List<LoginRejected> reasons() {
    return events.of(LoginRejected.class);
  }

  private static LoginRejected wrongPassword(Credential credential) {
    return new LoginRejected(
        Optional.of(credential.account()), LoginRefusal.WRONG_PASSWORD, CLIENT.network());
  }
}
