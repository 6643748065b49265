package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.SIXTEEN;
import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionCreation;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionLimits.WhenFull;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.session.TokenStore.Revocation;
import io.doorward.auth.session.TokenStore.Rotation;
import io.doorward.auth.session.TokenStore.Rotation.Step;
import io.doorward.auth.session.TokenStore.RotationResult;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests the contract of every {@link TokenStore}, together with the accounts from which it reads
 * user records. Extend it, name the stores, and run it.
 *
 * <p>Time is the servers' own: the tests use short lives and wait for their end. The clock of a
 * named server must agree with this machine's to within a second.
 */
@Tag("contract")
public abstract class TokenStoreContract {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final Duration SKEW = Duration.ofSeconds(60);

  /** For sub-classes. */
  protected TokenStoreContract() {}

  /**
   * Returns the accounts whose sessions are kept.
   *
   * @return stores over one database, which need not be empty
   */
  protected abstract AccountStores accounts();

  /**
   * Returns the store under test.
   *
   * @return a store that reads user records from {@link #accounts()}
   */
  protected abstract TokenStore store();

  /**
   * Returns whether the store keeps records of sessions that were ended.
   *
   * @return true unless overridden
   */
  protected boolean keepsRecords() {
    return true;
  }

  @Test
  void aCreatedSessionIsFoundWithItsUser() {
    Credential who = account();
    tell(changeRoles(who, Set.of("admin", "editor"), Set.of()));
    Instant now = now();
    Session session =
        Session.builder(
                who.account(),
                SessionKind.BEARER,
                who.epoch(),
                now,
                now.plus(HOUR),
                Duration.ofMinutes(30))
            .rotation(3, now.minusSeconds(1), Optional.of("2026-11"))
            .authTime(now.minusSeconds(5))
            .lastUsedAt(now.minusSeconds(2))
            .amr(Set.of("pwd", "otp"))
            .scopes(Set.of("read:wards", "https://example.org/write"))
            .device(Optional.of("Firefox \"\u00fc\" 漢字"))
            .attributes(Map.of("theme", "dark", "empty", "", "quote", "a\"b\\c\nd"))
            .build();

    Optional<UserRecord> user = store().create(session, deadline());

    assertThat(user).contains(user(who));
    LiveSession live = find(session).orElseThrow();
    assertThat(live.session()).isEqualTo(session);
    assertThat(live.user()).isEqualTo(user(who));
    assertThat(live.user().roles()).containsExactlyInAnyOrder("admin", "editor");
    assertThat(live.idleLeft()).isBetween(Duration.ofMinutes(29), Duration.ofMinutes(30));
  }

  @Test
  void aSessionOfEachKindWithNothingOptionalIsFoundAsItWas() {
    Credential who = account();
    Instant now = now();
    for (SessionKind kind : SessionKind.values()) {
      Epoch epoch = kind.epochOf(user(who));
      Session session =
          Session.builder(who.account(), kind, epoch, now, now.plus(HOUR), HOUR).build();

      store().create(session, deadline());

      assertThat(find(session).orElseThrow().session()).isEqualTo(session);
      assertThat(store().list(who.account(), deadline())).contains(session);
    }
  }

  @Test
  void whatIsNotThereIsNotFound() {
    Credential who = account();
    Credential other = account();
    Session session = created(who);

    assertThat(store().find(who.account(), SessionId.random(), deadline())).isEmpty();
    assertThat(store().find(other.account(), session.id(), deadline())).isEmpty();
    assertThat(store().find(AccountId.random(), session.id(), deadline())).isEmpty();
    assertThat(store().list(other.account(), deadline())).isEmpty();
    assertThat(store().list(AccountId.random(), deadline())).isEmpty();
    assertThat(find(session)).isPresent();
  }

  /** Otherwise a caller of one tenant could reach into another one. */
  @Test
  void anIdWithAnotherTenantNamesNoSession() {
    Credential who = account();
    Session session = created(who);
    AccountId foreign = AccountId.of(new TenantId("north"), who.account().local());

    assertThat(store().find(foreign, session.id(), deadline())).isEmpty();
    assertThat(store().list(foreign, deadline())).isEmpty();
    assertThat(store().create(session(who, foreign, HOUR, HOUR), deadline())).isEmpty();
    assertThat(store().revoke(foreign, session.id(), EndReason.LOGOUT, deadline()).ended())
        .isZero();
    assertThat(store().revokeAll(foreign, EndReason.LOGOUT_ALL, deadline()).ended()).isZero();
    Session kept = session(who, foreign, HOUR, HOUR);
    assertThat(store().revokeOthers(kept, EndReason.LOGOUT_ALL, deadline()).ended()).isZero();
    assertThat(store().listEnded(foreign, deadline())).isEmpty();

    assertThat(find(session)).isPresent();
  }

  @Test
  void anAccountThatIsNotThereGetsNoSession() {
    Credential who = account();
    Session session = session(who, AccountId.random(), HOUR, HOUR);

    assertThat(store().create(session, deadline())).isEmpty();

    assertThat(find(session)).isEmpty();
    assertThat(store().list(session.account(), deadline())).isEmpty();
  }

  @Test
  void aSessionOfAnEpochThatTheAccountNeverHadIsNotCreated() {
    Credential who = account();
    Epoch present = who.epoch();

    for (Epoch lost :
        List.of(
            new Epoch(present.number(), "lost"),
            new Epoch(present.number() + 1_000_000, present.tag()),
            new Epoch(present.number() + 1_000_000, "lost"))) {
      Session session = session(who.account(), lost, HOUR, now(), now().plus(HOUR));
      assertThat(store().create(session, deadline())).as("%s", lost).isEmpty();
      assertThat(find(session)).isEmpty();
    }
    assertThat(find(created(who))).isPresent();
  }

  @Test
  void aRehashEndsNoSessionAndItsCredentialOpensOne() {
    Credential before = account();
    Session session = created(before);

    tell(rehash(before));

    assertThat(find(session)).isPresent();
    assertThat(find(created(before))).as("by the hash before").isPresent();
    assertThat(find(created(present(before)))).as("by the new hash").isPresent();
  }

  @Test
  void aChangedPasswordEndsOlderSessionsEvenThoseThatAreCreatedAfterwards() {
    Credential before = account();
    Session session = created(before);

    tell(Fixtures.changePassword(accounts(), before).pending());

    assertThat(find(session)).isEmpty();
    assertThat(store().list(before.account(), deadline())).isEmpty();
    Session late = session(before, before.account(), HOUR, HOUR);
    assertThat(store().create(late, deadline())).isEmpty();
    assertThat(find(late)).isEmpty();

    Session fresh = created(present(before));
    assertThat(find(fresh)).isPresent();
    assertThat(ids(store().list(before.account(), deadline()))).containsExactly(fresh.id());
  }

  @Test
  void aChangedPasswordEndsSessionsWhoseUserWasNeverAskedFor() {
    Credential before = account();
    tell(Fixtures.changePassword(accounts(), before).pending());

    assertThat(store().create(session(before, before.account(), HOUR, HOUR), deadline())).isEmpty();
  }

  @Test
  void howeverALoginRacesWithAChangeNoOldSessionLivesOn() {
    for (int round = 0; round < SIXTEEN; round++) {
      Credential before = account();
      Session early = created(before);
      Session racing = session(before, before.account(), HOUR, HOUR);
      Concurrently.<Object>call(
          List.of(
              () -> store().create(racing, deadline()),
              () -> find(early),
              () -> {
                tell(Fixtures.changePassword(accounts(), before).pending());
                return true;
              }));

      assertThat(find(racing)).isEmpty();
      assertThat(find(early)).isEmpty();
    }
  }

  @Test
  void anApiKeyLivesInTheEpochOfKeys() {
    Credential before = account();
    tell(Fixtures.changePassword(accounts(), before).pending());
    Credential second = present(before);
    UserRecord user = user(before);
    assertThat(user.keyEpoch()).isNotEqualTo(user.epoch());
    Session key = apiKey(before.account(), user.keyEpoch());

    assertThat(store().create(key, deadline())).isPresent();
    assertThat(store().create(apiKey(before.account(), user.epoch()), deadline())).isEmpty();
    assertThat(find(key).map(LiveSession::session)).contains(key);
    assertThat(ids(store().list(before.account(), deadline()))).containsExactly(key.id());

    tell(Fixtures.changePassword(accounts(), second).pending());
    assertThat(find(key).map(LiveSession::session)).contains(key);

    tell(changeStatus(before, AccountStatus.DISABLED));
    tell(changeStatus(before, AccountStatus.ACTIVE));
    assertThat(find(key)).isEmpty();
    assertThat(store().list(before.account(), deadline())).isEmpty();
  }

  @Test
  void aRehashKeepsSessions() {
    Credential before = account();
    Session session = created(before);

    Change change =
        accounts()
            .credentials()
            .rehash(
                before.account(),
                before.version(),
                TestSecrets.newHash(),
                OperationId.random(),
                deadline());
    tell(((Change.Changed) change).pending());

    assertThat(find(session)).isPresent();
    assertThat(find(created(present(before)))).isPresent();
    assertThat(find(created(before))).isPresent();
  }

  @Test
  void anAccountWithoutAPasswordHasSessionsUntilItIsDisabled() {
    AccountId account = AccountId.random();
    accounts()
        .credentials()
        .create(
            NewAccount.withoutPassword(account, Fixtures.login(), AccountStatus.ACTIVE),
            OperationId.random(),
            deadline());
    Epoch epoch = accounts().profiles().load(account, deadline()).orElseThrow().epoch();
    Session session = session(account, epoch, HOUR, now(), now().plus(HOUR));

    assertThat(store().create(session, deadline())).isPresent();
    assertThat(find(session)).isPresent();

    Change change =
        accounts()
            .credentials()
            .changeStatus(account, AccountStatus.DISABLED, OperationId.random(), deadline());
    tell(((Change.Changed) change).pending());
    assertThat(find(session)).isEmpty();
    Session later = session(account, epoch, HOUR, now(), now().plus(HOUR));
    assertThat(store().create(later, deadline())).isEmpty();
  }

  @Test
  void aChangedStatusEndsSessions() {
    Credential before = account();
    Session session = created(before);

    Change change =
        accounts()
            .credentials()
            .changeStatus(
                before.account(), AccountStatus.DISABLED, OperationId.random(), deadline());
    tell(((Change.Changed) change).pending());

    assertThat(find(session)).isEmpty();
    assertThat(store().create(session(before, before.account(), HOUR, HOUR), deadline())).isEmpty();
  }

  @Test
  void aChangedIdentifierEndsSessions() {
    Credential before = account();
    Session session = created(before);
    Fixtures.drainAll(accounts());

    accounts().changeLoginIdBehind(before.account(), Fixtures.login());
    tell(Fixtures.drainAll(accounts()));

    assertThat(find(session)).isEmpty();
  }

  @Test
  void rolesAreThoseOfTheNextFind() {
    Credential who = account();
    Session session = created(who);

    tell(changeRoles(who, Set.of("admin"), Set.of()));
    assertThat(find(session).orElseThrow().user().roles()).containsExactly("admin");

    tell(changeRoles(who, Set.of(), Set.of("admin")));
    assertThat(find(session).orElseThrow().user().roles()).isEmpty();
    assertThat(find(session).orElseThrow().user()).isEqualTo(user(who));
  }

  @Test
  void howeverAFindRacesWithAChangedRoleTheNextFindHasIt() {
    Credential who = account();
    Session session = created(who);
    for (int round = 0; round < SIXTEEN; round++) {
      String role = "role-" + round;
      List<Callable<Object>> calls = new ArrayList<>();
      calls.add(
          () -> {
            tell(changeRoles(who, Set.of(role), Set.of()));
            return true;
          });
      for (int i = 0; i < 3; i++) {
        calls.add(() -> find(session));
      }
      Concurrently.call(calls);

      assertThat(find(session).orElseThrow().user().roles()).contains(role);
    }
  }

  @Test
  void fencingAUserLateOrAgainDoesNoHarm() {
    Credential who = account();
    tell(changeRoles(who, Set.of("admin"), Set.of()));
    Session session = created(who);
    long version = user(who).version();
    for (long floor : new long[] {0, version, 1, version, 0}) {
      store().fenceUser(who.account(), floor, deadline());

      assertThat(find(session).orElseThrow().user()).isEqualTo(user(who));
    }
    store().fenceUser(AccountId.random(), 7, deadline());
  }

  @Test
  void anIdleSessionEnds() {
    Credential who = account();
    Session session = created(who, Duration.ofSeconds(1), HOUR);
    assertThat(find(session)).isPresent();

    soon().untilAsserted(() -> assertThat(find(session)).isEmpty());

    assertThat(store().list(who.account(), deadline())).isEmpty();
    store().touch(session, deadline());
    assertThat(find(session)).isEmpty();
  }

  @Test
  void aTouchStartsTheIdleTimeAnew() {
    Session session = created(account(), Duration.ofMinutes(1), HOUR);
    soon().until(() -> idleLeft(session).compareTo(Duration.ofSeconds(59)) < 0);

    store().touch(session, deadline());

    soon().until(() -> idleLeft(session).compareTo(Duration.ofSeconds(59)) > 0);
    assertThat(idleLeft(session)).isLessThanOrEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void noTouchLeadsPastTheAbsoluteEnd() {
    Session session = created(account(), Duration.ofMinutes(30), Duration.ofSeconds(2));

    store().touch(session, deadline());

    find(session)
        .ifPresent(live -> assertThat(live.idleLeft()).isLessThanOrEqualTo(Duration.ofSeconds(2)));
    soon()
        .untilAsserted(
            () -> {
              store().touch(session, deadline());
              assertThat(find(session)).isEmpty();
            });
    assertThat(store().list(session.account(), deadline())).isEmpty();
  }

  @Test
  void aTokenOfTheLastMomentsStaysTheOneItIs() {
    Credential who = account();
    for (int generation : new int[] {0, 3}) {
      Session session = rotated(who, generation, Duration.ofSeconds(1));

      RotationResult.Present present = present(session, generation);

      assertThat(present.step()).isEqualTo(Step.KEEP);
      assertThat(present.live().session()).isEqualTo(session);
      assertThat(present.live().user()).isEqualTo(user(who));
      assertThat(find(session).orElseThrow().session()).isEqualTo(session);
    }
  }

  @Test
  void afterThatTheNextGenerationBeginsAndNothingElseChanges() {
    Credential who = account();
    tell(changeRoles(who, Set.of("admin"), Set.of()));
    Instant created = now().minusSeconds(100);
    Session session =
        Session.builder(
                who.account(),
                SessionKind.BEARER,
                who.epoch(),
                created,
                created.plus(HOUR),
                Duration.ofMinutes(30))
            .rotation(3, created.plusSeconds(1), Optional.of("key-1"))
            .authTime(created.minusSeconds(5))
            .lastUsedAt(created)
            .amr(Set.of("pwd", "otp"))
            .scopes(Set.of("read:wards"))
            .device(Optional.of("Firefox \"\u00fc\""))
            .attributes(Map.of("theme", "dark", "empty", ""))
            .build();
    assertThat(store().create(session, deadline())).isPresent();

    RotationResult.Present present = present(session, 3);

    assertThat(present.step()).isEqualTo(Step.ADVANCE);
    Session after = present.live().session();
    assertThat(after.generation()).isEqualTo(4);
    assertThat(after.keyId()).contains("key-2");
    assertThat(after.rotatedAt()).isBetween(now().minusSeconds(20), now().plusSeconds(1));
    assertThat(after.lastUsedAt()).isEqualTo(after.rotatedAt());
    assertThat(
            after.toBuilder()
                .rotation(3, session.rotatedAt(), session.keyId())
                .lastUsedAt(session.lastUsedAt())
                .build())
        .isEqualTo(session);
    assertThat(present.live().user()).isEqualTo(user(who));
    assertThat(inMillis(find(session).orElseThrow().session())).isEqualTo(inMillis(after));
    assertThat(store().list(who.account(), deadline()))
        .extracting(TokenStoreContract::inMillis)
        .containsExactly(inMillis(after));
  }

  /** Whoever lost the answer, or is another tab, gets the very same successor. */
  @Test
  void withinTheGraceThePredecessorGetsThePresentOne() {
    Session session = rotated(account(), 0, GRACE.plus(SKEW).plusSeconds(5));
    Session next = present(session, 0).live().session();

    for (int presented : new int[] {0, 0, 1, 0, 1}) {
      RotationResult.Present again = present(session, presented);

      assertThat(again.step()).isEqualTo(Step.KEEP);
      assertThat(inMillis(again.live().session())).isEqualTo(inMillis(next));
    }
  }

  @Test
  void aPredecessorWithinTheSkewIsLateAndItsSessionLives() {
    Session session = rotated(account(), 3, GRACE.plusSeconds(30));

    assertThat(rotate(session, 2)).isEqualTo(new RotationResult.Late());
    assertThat(present(session, 3).step()).isEqualTo(Step.KEEP);

    assertThat(find(session).orElseThrow().session()).isEqualTo(session);
  }

  @Test
  void anOlderTokenIsReusedAndTheStoreEndsNothing() {
    Credential who = account();
    Session longAgo = rotated(who, 3, GRACE.plus(SKEW).plusSeconds(5));
    Session justNow = rotated(who, 3, Duration.ZERO);

    for (int times = 0; times < 2; times++) {
      assertThat(rotate(longAgo, 2)).isEqualTo(new RotationResult.Reused(true));
      assertThat(rotate(longAgo, 1)).isEqualTo(new RotationResult.Reused(false));
      assertThat(rotate(justNow, 1)).isEqualTo(new RotationResult.Reused(false));
    }

    assertThat(find(longAgo).orElseThrow().session()).isEqualTo(longAgo);
    assertThat(find(justNow).orElseThrow().session()).isEqualTo(justNow);
  }

  @Test
  void aNewerTokenThanTheStoreKnowsIsCaughtUpWith() {
    for (Duration ago : List.of(Duration.ZERO, GRACE.plus(SKEW).plusSeconds(5))) {
      Session session = rotated(account(), 3, ago);

      RotationResult.Present present = present(session, 7);

      assertThat(present.step()).isEqualTo(Step.CATCH_UP);
      Session after = present.live().session();
      assertThat(after.generation()).isEqualTo(7);
      assertThat(after.keyId()).contains("key-1");
      assertThat(after.rotatedAt()).isBetween(now().minusSeconds(20), now().plusSeconds(1));
      assertThat(inMillis(find(session).orElseThrow().session())).isEqualTo(inMillis(after));
      assertThat(present(session, 7).step()).isEqualTo(Step.KEEP);
      assertThat(present(session, 6).step()).isEqualTo(Step.KEEP);
      assertThat(rotate(session, 5)).isEqualTo(new RotationResult.Reused(false));
    }
  }

  /** As after a fail-over to a server whose clock is behind. */
  @Test
  void aGenerationThatBeginsLaterHasJustBegunUpToTheSkew() {
    Session session = rotated(account(), 3, SKEW.dividedBy(2).negated());
    for (int presented : new int[] {2, 3}) {
      assertThat(present(session, presented).live().session()).isEqualTo(session);
    }

    Session beyond = rotated(account(), 3, SKEW.plusSeconds(30).negated());
    assertThat(rotate(beyond, 2)).isEqualTo(new RotationResult.Late());
    assertThat(present(beyond, 3).step()).isEqualTo(Step.ADVANCE);
    assertThat(present(beyond, 3).live().session().rotatedAt()).isBefore(now().plusSeconds(1));
    assertThat(present(beyond, 4).step()).isEqualTo(Step.KEEP);
  }

  @Test
  void aRotationStartsTheIdleTimeAnewIfItWrites() {
    Session session = idleFor(Duration.ofMinutes(1), HOUR);
    soon().until(() -> idleLeft(session).compareTo(Duration.ofSeconds(59)) < 0);

    assertThat(rotate(session, 1)).isInstanceOf(RotationResult.Reused.class);
    assertThat(rotate(session, 0)).isInstanceOf(RotationResult.Reused.class);
    assertThat(idleLeft(session)).isLessThan(Duration.ofSeconds(59));

    assertThat(present(session, 2).live().idleLeft())
        .isBetween(Duration.ofSeconds(59), Duration.ofMinutes(1));
    soon().until(() -> idleLeft(session).compareTo(Duration.ofSeconds(59)) > 0);
    soon().until(() -> idleLeft(session).compareTo(Duration.ofSeconds(59)) < 0);
    assertThat(present(session, 2).live().idleLeft()).isLessThan(Duration.ofSeconds(59));
    assertThat(idleLeft(session)).isLessThan(Duration.ofSeconds(59));
  }

  @Test
  void noRotationLeadsPastTheAbsoluteEnd() {
    Session session = idleFor(Duration.ofMinutes(30), Duration.ofMinutes(1));

    assertThat(present(session, 2).live().idleLeft()).isLessThanOrEqualTo(Duration.ofMinutes(1));

    assertThat(idleLeft(session)).isLessThanOrEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void aSessionThatIsOverRotatesNoMore() {
    Credential who = account();
    Session idle = rotating(who, Duration.ofSeconds(1), now().plus(HOUR));
    Session ended = rotating(who, HOUR, now().plusSeconds(1));
    Session revoked = rotated(who, 2, HOUR);
    Session alive = rotated(who, 2, HOUR);
    revoke(who.account(), revoked.id());
    soon()
        .untilAsserted(
            () -> assertThat(List.of(idle, ended)).noneMatch(it -> find(it).isPresent()));

    for (Session over : List.of(idle, ended, revoked)) {
      for (int presented = 0; presented < 5; presented++) {
        assertThat(rotate(over, presented)).isEqualTo(new RotationResult.Over());
      }
      assertThat(find(over)).isEmpty();
    }
    assertThat(ids(store().list(who.account(), deadline()))).containsExactly(alive.id());
    tell(changeStatus(who, AccountStatus.DISABLED));
    assertThat(rotate(alive, 2)).isEqualTo(new RotationResult.Over());
    tell(changeStatus(who, AccountStatus.ACTIVE));
    assertThat(rotate(alive, 2)).isEqualTo(new RotationResult.Over());
  }

  @Test
  void aSessionOfAnotherEpochRotatesNoMore() {
    Credential before = account();
    Session session = rotated(before, 2, HOUR);
    tell(rehash(before));
    assertThat(present(session, 2).step()).isEqualTo(Step.ADVANCE);

    tell(Fixtures.changePassword(accounts(), present(before)).pending());

    for (int presented = 0; presented < 6; presented++) {
      assertThat(rotate(session, presented)).isEqualTo(new RotationResult.Over());
    }
    assertThat(find(session)).isEmpty();
  }

  @Test
  void nobodyRotatesAnotherAccountsSession() {
    Credential who = account();
    Credential other = account();
    Session session = rotated(who, 2, HOUR);

    for (AccountId account :
        List.of(
            other.account(),
            AccountId.random(),
            AccountId.of(new TenantId("north"), who.account().local()))) {
      assertThat(rotate(account, session.id(), 2)).isEqualTo(new RotationResult.Over());
      assertThat(rotate(account, session.id(), 7)).isEqualTo(new RotationResult.Over());
    }
    assertThat(rotate(who.account(), SessionId.random(), 2)).isEqualTo(new RotationResult.Over());

    assertThat(find(session).orElseThrow().session()).isEqualTo(session);
  }

  @Test
  void howeverManyRaceThereIsOneSuccessor() {
    Session session = rotated(account(), 2, HOUR);

    List<RotationResult.Present> racers = Concurrently.call(SIXTEEN, () -> present(session, 2));

    assertThat(racers).extracting(RotationResult.Present::step).containsOnlyOnce(Step.ADVANCE);
    assertThat(racers)
        .extracting(RotationResult.Present::step)
        .containsOnly(Step.ADVANCE, Step.KEEP);
    assertThat(racers)
        .extracting(racer -> inMillis(racer.live().session()))
        .containsOnly(inMillis(find(session).orElseThrow().session()));
    assertThat(racers).allMatch(racer -> racer.live().session().generation() == 3);
  }

  @Test
  void noTouchUndoesARotation() {
    for (int round = 0; round < SIXTEEN; round++) {
      Session session = rotated(account(), 2, HOUR);

      Concurrently.<Object>call(
          List.of(
              () -> {
                store().touch(session, deadline());
                return true;
              },
              () -> present(session, 2),
              () -> find(session)));
      store().touch(session, deadline());

      assertThat(find(session).orElseThrow().session().generation()).isEqualTo(3);
    }
  }

  @Test
  void howeverARotationRacesWithAnEndTheSessionIsOver() {
    for (int round = 0; round < SIXTEEN; round++) {
      Credential who = account();
      Session revoked = rotated(who, 2, HOUR);
      Session changed = rotated(who, 2, HOUR);
      Concurrently.<Object>call(
          List.of(
              () -> rotate(revoked, 2),
              () -> rotate(revoked, 7),
              () -> revoke(who.account(), revoked.id())));
      assertThat(find(revoked)).isEmpty();
      assertThat(rotate(revoked, 2)).isEqualTo(new RotationResult.Over());

      Concurrently.<Object>call(
          List.of(
              () -> rotate(changed, 2),
              () -> {
                tell(Fixtures.changePassword(accounts(), who).pending());
                return true;
              }));
      assertThat(find(changed)).isEmpty();
      assertThat(store().list(who.account(), deadline())).isEmpty();
    }
  }

  @Test
  void aRevokedSessionIsOverAndOthersAreNot() {
    Credential who = account();
    Session one = created(who);
    Session two = created(who);

    assertThat(revoke(who.account(), one.id())).isOne();

    assertThat(find(one)).isEmpty();
    assertThat(find(two)).isPresent();
    assertThat(ids(store().list(who.account(), deadline()))).containsExactly(two.id());
    assertThat(revoke(who.account(), one.id())).isZero();
    assertThat(revoke(who.account(), SessionId.random())).isZero();
    store().touch(one, deadline());
    assertThat(find(one)).isEmpty();
  }

  @Test
  void nobodyRevokesAnotherAccountsSession() {
    Credential who = account();
    Credential other = account();
    Session session = created(who);

    assertThat(revoke(other.account(), session.id())).isZero();
    assertThat(revokeAll(other.account())).isZero();

    assertThat(find(session)).isPresent();
  }

  @Test
  void onlyOneOfSixteenRevokesASession() {
    Credential who = account();
    Session session = created(who);

    List<Integer> revoked = Concurrently.call(SIXTEEN, () -> revoke(who.account(), session.id()));

    assertThat(revoked).containsOnlyOnce(1);
    assertThat(revoked).containsOnly(0, 1);
    assertThat(find(session)).isEmpty();
  }

  @Test
  void revokeAllEndsEverySessionOfOneAccount() {
    Credential who = account();
    Credential other = account();
    List<Session> sessions = Concurrently.call(SIXTEEN, () -> created(who));
    Session untouched = created(other);

    assertThat(revokeAll(who.account())).isEqualTo(SIXTEEN);

    sessions.forEach(session -> assertThat(find(session)).isEmpty());
    assertThat(store().list(who.account(), deadline())).isEmpty();
    assertThat(revokeAll(who.account())).isZero();
    assertThat(find(untouched)).isPresent();
    Session fresh = created(who);
    assertThat(find(fresh)).isPresent();
  }

  @Test
  void theOldestSessionsGoWhereThereAreTooMany() {
    Credential who = account();
    Credential other = account();
    Session untouched = createdAgo(other, 60);
    Session fourth = createdAgo(who, 40);
    Session second = createdAgo(who, 20);
    Session fifth = createdAgo(who, 50);
    Session third = createdAgo(who, 30);
    Session newest = session(who, who.account(), HOUR, HOUR);

    assertThat(ends(newest, upTo(3))).isEqualTo(2);

    assertThat(find(fifth)).isEmpty();
    assertThat(find(fourth)).isEmpty();
    assertThat(ids(store().list(who.account(), deadline())))
        .containsExactly(newest.id(), second.id(), third.id());
    assertThat(List.of(third, second, newest, untouched)).allMatch(it -> find(it).isPresent());
    assertThat(ends(session(who, who.account(), HOUR, HOUR), upTo(4))).isZero();
    assertThat(ends(session(other, other.account(), HOUR, HOUR), upTo(2))).isZero();
  }

  @Test
  void theSessionJustOpenedStaysWhateverItsAge() {
    Credential who = account();
    Session early = createdAgo(who, 10);
    Session opened = session(who, who.account(), HOUR, now().minusSeconds(20), now().plus(HOUR));

    assertThat(ends(opened, upTo(1))).isOne();

    assertThat(find(early)).isEmpty();
    assertThat(find(opened)).isPresent();
  }

  @Test
  void manySessionsAtOnceLeaveAsManyAsAreAllowed() {
    Credential who = account();

    Concurrently.call(4 * SIXTEEN, () -> ends(session(who, who.account(), HOUR, HOUR), upTo(3)));

    assertThat(store().list(who.account(), deadline())).hasSize(3);
  }

  @Test
  void ofLoginsAtOnceAsManyAreAcceptedAsHavePlaces() {
    SessionLimits limits = upTo(3).withWhenFull(WhenFull.REFUSE);
    for (int round = 0; round < SIXTEEN; round++) {
      Credential who = account();
      created(who);

      List<SessionCreation> creations =
          Concurrently.call(
              SIXTEEN,
              () -> store().create(session(who, who.account(), HOUR, HOUR), limits, deadline()));

      assertThat(creations).filteredOn(SessionCreation.Created.class::isInstance).hasSize(2);
      assertThat(creations)
          .filteredOn(it -> !(it instanceof SessionCreation.Created))
          .containsOnly(new SessionCreation.Full(3, Optional.empty()));
      assertThat(store().list(who.account(), deadline())).hasSize(3);
    }
  }

  @Test
  void ofADeviceKindAsManyAreAcceptedAsHavePlaces() {
    Credential who = account();
    SessionLimits limits = upTo(9).withDeviceKind("phone", 2).withWhenFull(WhenFull.REFUSE);

    List<SessionCreation> creations =
        Concurrently.call(SIXTEEN, () -> store().create(on("phone", who, 0), limits, deadline()));

    assertThat(creations).filteredOn(SessionCreation.Created.class::isInstance).hasSize(2);
    assertThat(store().create(on("desk", who, 0), limits, deadline()))
        .isInstanceOf(SessionCreation.Created.class);
    assertThat(store().list(who.account(), deadline())).hasSize(3);
  }

  @Test
  void aDeviceKindHasItsOwnLimit() {
    Credential who = account();
    SessionLimits limits = upTo(4).withDeviceKind("phone", 1).withDeviceKind("browser", 2);
    Session browser = createdAgo(who, 50);
    Session second = createdAgo(who, 40);
    Session phone = on("phone", who, 30);
    assertThat(ends(phone, limits)).isZero();

    Session next = on("phone", who, 20);
    assertThat(ends(next, limits)).isOne();
    assertThat(find(phone)).isEmpty();

    Session third = session(who, who.account(), HOUR, HOUR);
    assertThat(ends(third, limits)).isOne();
    assertThat(find(browser)).isEmpty();
    assertThat(ends(on("desk", who, 10), limits)).isZero();
    Session tablet = on("tablet", who, 0);
    assertThat(ends(tablet, limits)).isOne();
    assertThat(find(second)).isEmpty();
    assertThat(List.of(next, third, tablet)).allMatch(it -> find(it).isPresent());
  }

  @Test
  void oneOfTheDeviceKindThatGoesMakesRoomForBothLimits() {
    Credential who = account();
    SessionLimits limits = upTo(3).withDeviceKind("phone", 1);
    Session oldest = createdAgo(who, 50);
    Session phone = on("phone", who, 30);
    assertThat(ends(phone, limits)).isZero();
    Session browser = createdAgo(who, 20);

    assertThat(ends(on("phone", who, 0), limits)).isOne();

    assertThat(find(phone)).isEmpty();
    assertThat(List.of(oldest, browser)).allMatch(it -> find(it).isPresent());
  }

  @Test
  void aFullAccountThatRefusesOpensAndEndsNothing() {
    Credential who = account();
    SessionLimits limits = upTo(3).withDeviceKind("phone", 1).withWhenFull(WhenFull.REFUSE);
    Session phone = on("phone", who, 30);
    assertThat(ends(phone, limits)).isZero();
    Session browser = createdAgo(who, 20);

    Session refused = on("phone", who, 0);
    assertThat(store().create(refused, limits, deadline()))
        .isEqualTo(new SessionCreation.Full(1, Optional.of("phone")));
    assertThat(ends(session(who, who.account(), HOUR, HOUR), limits)).isZero();
    assertThat(store().create(session(who, who.account(), HOUR, HOUR), limits, deadline()))
        .isEqualTo(new SessionCreation.Full(3, Optional.empty()));

    assertThat(find(refused)).isEmpty();
    assertThat(List.of(phone, browser)).allMatch(it -> find(it).isPresent());
    assertThat(store().list(who.account(), deadline())).hasSize(3);
    revoke(who.account(), phone.id());
    assertThat(ends(refused, limits)).isZero();
    assertThat(find(refused)).isPresent();
  }

  @Test
  void sessionsThatAreOverTakeNoPlace() {
    Credential who = account();
    Session oldest = createdAgo(who, 10);
    Session over = created(who, Duration.ofSeconds(1), HOUR);
    Session revoked = created(who);
    revoke(who.account(), revoked.id());
    soon().untilAsserted(() -> assertThat(find(over)).isEmpty());
    Session opened = session(who, who.account(), HOUR, HOUR);

    assertThat(ends(opened, upTo(2).withWhenFull(WhenFull.REFUSE))).isZero();

    assertThat(find(oldest)).isPresent();
    assertThat(find(opened)).isPresent();
  }

  /** Otherwise a change of password would lock its owner out until the sessions before expire. */
  @Test
  void sessionsOfAnEarlierEpochAndApiKeysTakeNoPlace() {
    Credential before = account();
    created(before);
    created(before);
    tell(Fixtures.changePassword(accounts(), before).pending());
    Credential who = present(before);
    Session key = apiKey(who.account(), user(who).keyEpoch());
    assertThat(store().create(key, upTo(1).withWhenFull(WhenFull.REFUSE), deadline()))
        .isInstanceOf(SessionCreation.Created.class);
    Session opened = session(who, who.account(), HOUR, HOUR);

    assertThat(ends(opened, upTo(1).withWhenFull(WhenFull.REFUSE))).isZero();

    assertThat(find(opened)).isPresent();
    assertThat(find(key)).isPresent();
    assertThat(store().create(apiKey(who.account(), user(who).keyEpoch()), upTo(1), deadline()))
        .isInstanceOf(SessionCreation.Created.class);
    assertThat(find(opened)).isPresent();
  }

  @Test
  void aSessionThatIsNotStoredEndsNone() {
    Credential before = account();
    tell(Fixtures.changePassword(accounts(), before).pending());
    Session live = created(present(before));

    Session late = session(before, before.account(), HOUR, HOUR);
    assertThat(store().create(late, upTo(1), deadline())).isEqualTo(new SessionCreation.Stale());

    assertThat(find(late)).isEmpty();
    assertThat(find(live)).isPresent();
  }

  @Test
  void sessionsAreListedNewestFirst() {
    Credential who = account();
    for (int age : new int[] {30, 10, 50, 20, 40}) {
      createdAgo(who, age);
    }

    List<Session> listed = store().list(who.account(), deadline());

    assertThat(listed).hasSize(5).doesNotHaveDuplicates();
    assertThat(listed)
        .isSortedAccordingTo((one, two) -> two.createdAt().compareTo(one.createdAt()));
  }

  @Test
  void removingWhatIsOverLeavesWhatLives() {
    Credential who = account();
    Session alive = created(who);
    Session over = created(who, Duration.ofSeconds(1), HOUR);
    soon().untilAsserted(() -> assertThat(find(over)).isEmpty());

    int removed = store().removeExpired(1000, deadline());

    assertThat(removed).isNotNegative();
    assertThat(find(alive)).isPresent();
    assertThat(find(over)).isEmpty();
    assertThat(ids(store().list(who.account(), deadline()))).containsExactly(alive.id());
  }

  @Test
  void allOthersEndAndTheKeptOneStays() {
    Credential who = account();
    Credential bystander = account();
    Session first = created(who);
    Session kept = created(who);
    Session last = created(who);
    Session foreign = created(bystander);

    assertThat(revokeOthers(kept)).isEqualTo(2);
    assertThat(revokeOthers(kept)).isZero();

    assertThat(find(first)).isEmpty();
    assertThat(find(last)).isEmpty();
    assertThat(find(kept)).isPresent();
    assertThat(find(foreign)).isPresent();
  }

  @Test
  void allOthersEndAlsoIfTheKeptOneIsOver() {
    Credential who = account();
    Session kept = created(who);
    Session other = created(who);
    revoke(who.account(), kept.id());

    assertThat(revokeOthers(kept)).isOne();

    assertThat(find(kept)).isEmpty();
    assertThat(find(other)).isEmpty();
  }

  @Test
  void aSessionThatWasEndedIsListedWithItsReason() {
    Credential who = account();
    Session limited = createdAgo(who, 40);
    Session kicked = createdAgo(who, 30);
    Session other = createdAgo(who, 20);
    assertThat(store().listEnded(who.account(), deadline())).isEmpty();

    Session kept = session(who, who.account(), HOUR, HOUR);
    assertThat(ends(kept, upTo(3))).isOne();
    tell(store().revoke(who.account(), kicked.id(), EndReason.KICKED_OUT, deadline()).pending());
    revokeOthers(kept);

    List<EndedSession> ended = store().listEnded(who.account(), deadline());
    if (!keepsRecords()) {
      assertThat(ended).isEmpty();
      return;
    }
    assertThat(ended)
        .extracting(EndedSession::id, EndedSession::reason, EndedSession::createdAt)
        .containsExactlyInAnyOrder(
            tuple(limited.id(), EndReason.LIMIT, limited.createdAt()),
            tuple(kicked.id(), EndReason.KICKED_OUT, kicked.createdAt()),
            tuple(other.id(), EndReason.LOGOUT_ALL, other.createdAt()));
    assertThat(ended)
        .isSortedAccordingTo(Comparator.comparing(EndedSession::endedAt).reversed())
        .allSatisfy(
            record -> {
              assertThat(record.account()).isEqualTo(who.account());
              assertThat(record.kind()).isEqualTo(SessionKind.COOKIE);
              assertThat(Duration.between(record.endedAt(), now()).abs()).isLessThan(HOUR);
            });
    assertThat(store().listEnded(account().account(), deadline())).isEmpty();
  }

  @Test
  void anExpiredDeadlineIsAStoreExceptionAndNotAnAnswer() {
    Credential who = account();
    Session session = created(who);
    assertTimeout(() -> store().create(session(who, who.account(), HOUR, HOUR), expired()));
    assertTimeout(() -> store().find(who.account(), session.id(), expired()));
    assertTimeout(() -> store().find(who.account(), SessionId.random(), expired()));
    assertTimeout(() -> store().touch(session, expired()));
    assertTimeout(() -> store().rotate(rotation(who.account(), session.id(), 0), expired()));
    assertTimeout(() -> store().revoke(who.account(), session.id(), EndReason.LOGOUT, expired()));
    assertTimeout(
        () -> store().create(session(who, who.account(), HOUR, HOUR), upTo(1), expired()));
    assertTimeout(() -> store().revokeAll(who.account(), EndReason.LOGOUT_ALL, expired()));
    assertTimeout(() -> store().revokeOthers(session, EndReason.LOGOUT_ALL, expired()));
    assertTimeout(() -> store().list(who.account(), expired()));
    if (keepsRecords()) {
      assertTimeout(() -> store().listEnded(who.account(), expired()));
    }
    assertThat(find(session)).isPresent();
  }

  /**
   * Does what the service does after a change: it invalidates the store before it reports the
   * change.
   */
  private void tell(List<Invalidation> pending) {
    for (Invalidation told : pending) {
      if (told instanceof Invalidation.OfUser user) {
        store().fenceUser(user.account(), user.floor(), deadline());
      }
    }
  }

  /** Ends a session as the service does, and returns how many there were. */
  private int revoke(AccountId account, SessionId session) {
    return told(store().revoke(account, session, EndReason.LOGOUT, deadline()));
  }

  /** Stores a session as the service does, and returns how many it ended. */
  private int ends(Session opened, SessionLimits limits) {
    SessionCreation creation = store().create(opened, limits, deadline());
    assertThat(creation).isInstanceOf(SessionCreation.Created.class);
    SessionCreation.Created created = (SessionCreation.Created) creation;
    assertThat(created.user().account()).isEqualTo(opened.account());
    return told(created.ended());
  }

  private static SessionLimits upTo(int most) {
    return SessionLimits.defaults().withPerAccount(most);
  }

  private static Session on(String deviceKind, Credential by, int secondsAgo) {
    return session(by, by.account(), HOUR, now().minusSeconds(secondsAgo), now().plus(HOUR))
        .toBuilder()
        .attributes(SessionOptions.cookie().withDeviceKind(deviceKind).attributes())
        .build();
  }

  private int revokeAll(AccountId account) {
    return told(store().revokeAll(account, EndReason.LOGOUT_ALL, deadline()));
  }

  private int revokeOthers(Session kept) {
    return told(store().revokeOthers(kept, EndReason.LOGOUT_ALL, deadline()));
  }

  private int told(Revocation revocation) {
    tell(revocation.pending());
    return revocation.ended();
  }

  private List<Invalidation> changeRoles(Credential of, Set<String> grant, Set<String> revoke) {
    ProfileStore.Change change =
        accounts()
            .profiles()
            .changeRoles(of.account(), grant, revoke, OperationId.random(), deadline());
    return ((ProfileStore.Change.Changed) change).pending();
  }

  private List<Invalidation> changeStatus(Credential of, AccountStatus status) {
    Change changed =
        accounts()
            .credentials()
            .changeStatus(of.account(), status, OperationId.random(), deadline());
    return ((Change.Changed) changed).pending();
  }

  private static Session apiKey(AccountId account, Epoch epoch) {
    return Session.builder(account, SessionKind.API_KEY, epoch, now(), now().plus(HOUR), HOUR)
        .build();
  }

  private List<Invalidation> rehash(Credential of) {
    Change rehashed =
        accounts()
            .credentials()
            .rehash(
                of.account(),
                of.version(),
                TestSecrets.newHash(),
                OperationId.random(),
                deadline());
    return ((Change.Changed) rehashed).pending();
  }

  private Credential account() {
    return Fixtures.credential(accounts());
  }

  private Credential present(Credential of) {
    return accounts().credentials().find(of.account(), deadline()).orElseThrow();
  }

  private UserRecord user(Credential of) {
    return accounts().profiles().load(of.account(), deadline()).orElseThrow();
  }

  private Session created(Credential by) {
    return created(by, HOUR, HOUR);
  }

  private Session createdAgo(Credential by, int seconds) {
    Session session =
        session(by, by.account(), HOUR, now().minusSeconds(seconds), now().plus(HOUR));
    assertThat(store().create(session, deadline())).isPresent();
    return session;
  }

  private Session created(Credential by, Duration idle, Duration life) {
    Session session = session(by, by.account(), idle, life);
    assertThat(store().create(session, deadline())).isPresent();
    return session;
  }

  private static Session session(Credential by, AccountId account, Duration idle, Duration life) {
    return session(by, account, idle, now(), now().plus(life));
  }

  private static Session session(
      Credential by, AccountId account, Duration idle, Instant created, Instant end) {
    return session(account, by.epoch(), idle, created, end);
  }

  private static Session session(
      AccountId account, Epoch epoch, Duration idle, Instant created, Instant end) {
    return Session.builder(account, SessionKind.COOKIE, epoch, created, end, idle)
        .amr(Set.of("pwd"))
        .device(Optional.of("contract"))
        .build();
  }

  /** Of generation 2, which has begun an hour ago, and which ends like this. */
  private Session rotating(Credential by, Duration idle, Instant end) {
    return stored(by, 2, now().minus(HOUR), idle, end);
  }

  private Session idleFor(Duration idle, Duration life) {
    return rotating(account(), idle, now().plus(life));
  }

  /** A session whose present generation began so long ago, or will begin. */
  private Session rotated(Credential by, int generation, Duration ago) {
    return stored(by, generation, now().minus(ago), HOUR, now().plus(HOUR));
  }

  private Session stored(
      Credential by, int generation, Instant rotatedAt, Duration idle, Instant end) {
    Session session =
        Session.builder(by.account(), SessionKind.BEARER, by.epoch(), end.minus(HOUR), end, idle)
            .rotation(generation, rotatedAt, Optional.of("key-0"))
            .build();
    assertThat(store().create(session, deadline())).isPresent();
    return session;
  }

  /** A token that was given out under key-1; the next one is under key-2. */
  private static Rotation rotation(AccountId account, SessionId session, int generation) {
    return new Rotation(account, session, generation, "key-1", "key-2", GRACE, SKEW);
  }

  private RotationResult rotate(AccountId account, SessionId session, int generation) {
    return store().rotate(rotation(account, session, generation), deadline());
  }

  private RotationResult rotate(Session session, int generation) {
    return rotate(session.account(), session.id(), generation);
  }

  private RotationResult.Present present(Session session, int generation) {
    RotationResult result = rotate(session, generation);
    assertThat(result).isInstanceOf(RotationResult.Present.class);
    return (RotationResult.Present) result;
  }

  /** Views keep milliseconds of what the store has measured. */
  private static Session inMillis(Session session) {
    return session.toBuilder()
        .rotation(
            session.generation(),
            session.rotatedAt().truncatedTo(ChronoUnit.MILLIS),
            session.keyId())
        .lastUsedAt(session.lastUsedAt().truncatedTo(ChronoUnit.MILLIS))
        .build();
  }

  private Optional<LiveSession> find(Session session) {
    return store().find(session.account(), session.id(), deadline());
  }

  private Duration idleLeft(Session session) {
    return find(session).orElseThrow().idleLeft();
  }

  private static List<SessionId> ids(List<Session> sessions) {
    return sessions.stream().map(Session::id).toList();
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(15)).pollInterval(Duration.ofMillis(50));
  }

  private static void assertTimeout(ThrowingCallable call) {
    assertThatExceptionOfType(StoreException.class).isThrownBy(call);
  }

  /** Stores keep milliseconds. */
  private static Instant now() {
    return Instant.ofEpochMilli(InstantSource.system().millis());
  }
}
