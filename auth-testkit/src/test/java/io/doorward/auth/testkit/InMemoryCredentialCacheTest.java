package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.LoginId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class InMemoryCredentialCacheTest extends CredentialCacheContract {
  @Override
  protected CredentialCache newCache(Duration ttl) {
    return CredentialCache.inMemory(InstantSource.system(), ttl, 1000);
  }

  @Override
  protected CredentialCache loseEverything(CredentialCache cache) {
    // What is in memory is lost with the process.
    return newCache(Duration.ofMinutes(10));
  }

  @Test
  void anEntryLivesAsLongAsItsTtlAndNoLonger() {
    MutableClock clock = MutableClock.now();
    CredentialCache cache = CredentialCache.inMemory(clock, Duration.ofMinutes(10), 1000);
    LoginId login = Fixtures.login();
    fill(cache, login, clock.instant());

    clock.advance(Duration.ofMinutes(10).minusMillis(1));
    assertThat(cache.lookup(login, Fixtures.deadline())).isInstanceOf(Lookup.Hit.class);
    clock.advance(Duration.ofMillis(1));
    assertThat(cache.lookup(login, Fixtures.deadline())).isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void theNameThatWasUsedLongestAgoGivesWayToANewOne() {
    CredentialCache cache =
        CredentialCache.inMemory(InstantSource.system(), Duration.ofMinutes(10), 2);
    LoginId first = Fixtures.login();
    LoginId second = Fixtures.login();
    fill(cache, first, Instant.now());
    fill(cache, second, Instant.now());
    assertThat(cache.peek(first, Fixtures.deadline())).as("both have room").hasSize(1);
    assertThat(cache.peek(second, Fixtures.deadline())).hasSize(1);

    fill(cache, Fixtures.login(), Instant.now());

    assertThat(cache.peek(first, Fixtures.deadline())).isEmpty();
    assertThat(cache.peek(second, Fixtures.deadline())).hasSize(1);
  }

  @Test
  void aCacheWithoutRoomIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> CredentialCache.inMemory(InstantSource.system(), Duration.ofMinutes(10), 0))
        .withMessage("maxNames must be positive: 0");
  }

  private static void fill(CredentialCache cache, LoginId login, Instant readAt) {
    Lookup.Miss miss = (Lookup.Miss) cache.lookup(login, Fixtures.deadline());
    assertThat(cache.fill(miss.ticket(), credential(login, 5), readAt, Fixtures.deadline()))
        .isTrue();
  }
}
