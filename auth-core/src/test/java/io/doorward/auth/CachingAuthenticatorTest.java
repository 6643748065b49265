package io.doorward.auth;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.NEXT;
import static io.doorward.auth.fixture.Fixtures.NOBODY;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.WRONG;
import static io.doorward.auth.fixture.Fixtures.attempt;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.LoginRejected;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.fixture.CountingHasher;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.Fixtures;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.HandExecutor;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Authenticated;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Rejected;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Unavailable;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.password.Password;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Composed by hand over stores in memory, as an application does it. */
class CachingAuthenticatorTest {
  private final Wire toCache = Wire.to("cache");
  private final Wire toStore = Wire.to("store");
  private final HandClock clock = new HandClock();
  private final HandExecutor background = new HandExecutor();
  private final Events events = new Events();
  private final CountingHasher hasher = CountingHasher.present();
  private final AccountStore accounts = AccountStore.inMemory(clock);
  private final CredentialCache cache =
      CredentialCache.inMemory(clock, Duration.ofMinutes(10), 100);

  private final Credential anna = Fixtures.anna(accounts, hasher.hash(RIGHT), AccountStatus.ACTIVE);

  private CachingAuthenticator.Builder builder() {
    return CachingAuthenticator.builder(toStore.end(AccountStore.class, accounts), background)
        .credentialCache(toCache.end(CredentialCache.class, cache))
        .passwordHasher(hasher)
        .listener(events)
        .clocks(clock, clock);
  }

  private static AuthenticationResult login(Authenticator authenticator, Password password) {
    return authenticator.authenticate(attempt(password), soon());
  }

  private static Source sourceOf(AuthenticationResult result) {
    return ((Authenticated) result).source();
  }

  @Test
  void theFirstLoginReadsTheDatabaseAndTheNextTheCache() {
    Authenticator authenticator = builder().build();

    assertThat(login(authenticator, RIGHT))
        .isInstanceOfSatisfying(
            Authenticated.class,
            first -> {
              assertThat(first.account()).isEqualTo(anna.account());
              assertThat(first.epoch()).isEqualTo(anna.epoch());
              assertThat(first.source()).isEqualTo(Source.DATABASE);
            });
    background.runAll();
    assertThat(sourceOf(login(authenticator, RIGHT))).isEqualTo(Source.CACHE);
  }

  @Test
  void aBlockingFillIsDoneBeforeTheAnswer() {
    Authenticator authenticator = builder().cacheFill(CacheFill.BLOCKING).build();
    login(authenticator, RIGHT);

    assertThat(sourceOf(login(authenticator, RIGHT))).isEqualTo(Source.CACHE);
  }

  @Test
  void withoutACacheEveryLoginReadsTheDatabase() {
    Authenticator authenticator =
        CachingAuthenticator.builder(accounts, background).passwordHasher(hasher).build();
    login(authenticator, RIGHT);
    background.runAll();

    assertThat(sourceOf(login(authenticator, RIGHT))).isEqualTo(Source.DATABASE);
  }

  @Test
  void theReasonOfARejectionGoesToTheListenerOnly() {
    Authenticator authenticator = builder().build();

    assertThat(login(authenticator, WRONG)).isEqualTo(new Rejected(Optional.of(anna.account())));
    assertThat(authenticator.authenticate(attempt(NOBODY, RIGHT), soon()))
        .isEqualTo(new Rejected(Optional.empty()));
    assertThat(events.of(LoginRejected.class))
        .extracting(LoginRejected::reason)
        .containsExactly(LoginRefusal.WRONG_PASSWORD, LoginRefusal.UNKNOWN_LOGIN);
  }

  @Test
  void anOldPasswordIsRejectedThoughTheCacheHasIt() {
    Authenticator authenticator = builder().verifyHits(true).build();
    login(authenticator, RIGHT);
    background.runAll();
    accounts.changePassword(
        anna.account(), anna.version(), hasher.hash(NEXT), OperationId.random(), soon());

    assertThat(login(authenticator, RIGHT)).isInstanceOf(Rejected.class);
    assertThat(login(authenticator, NEXT)).isInstanceOf(Authenticated.class);
  }

  @Test
  void aDatabaseThatIsAwayIsUnavailableAndNeverARejection() {
    Authenticator authenticator = builder().maxAttempts(1).build();
    toStore.cut();

    assertThat(login(authenticator, RIGHT)).isInstanceOf(Unavailable.class);
    assertThat(events.of(LoginRejected.class)).isEmpty();
  }

  @Test
  void theDegradationDecidesAboutALostCache() {
    toCache.cut();

    assertThat(login(builder().build(), RIGHT)).isInstanceOf(Authenticated.class);
    assertThat(
            login(
                builder().degradation(Degradation.defaults().refusingLoginsWithoutRedis()).build(),
                RIGHT))
        .isInstanceOf(Unavailable.class);
  }

  @Test
  void theFailureLimitHoldsAndEveryDeviceIsUnknown() {
    Authenticator authenticator = builder().failureLimit(2).build();
    login(authenticator, WRONG);
    login(authenticator, WRONG);
    background.runAll();

    assertThat(
            authenticator.authenticate(
                new LoginAttempt(ANNA, RIGHT, CLIENT.withKnownDevice("a-device")), soon()))
        .isInstanceOf(Rejected.class);
    assertThat(events.of(LoginRejected.class))
        .extracting(LoginRejected::reason)
        .endsWith(LoginRefusal.KNOWN_DEVICES_ONLY);
  }

  @Test
  void anOptionOutOfRangeIsRefused() {
    assertThatThrownBy(() -> builder().failureLimit(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("failureLimit must be positive: 0");
    assertThatThrownBy(() -> builder().maxAttempts(11).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxAttempts must be 1 to 10: 11");
  }
}
