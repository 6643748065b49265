package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.SIXTEEN;
import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialCache.Ticket;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests the contract of every {@link CredentialCache} that stores entries. Extend it, name the
 * cache, and run it.
 */
@Tag("contract")
public abstract class CredentialCacheContract {
  private static final Duration TTL = Duration.ofMinutes(10);

  private final LoginId login = Fixtures.login();

  /** For sub-classes. */
  protected CredentialCacheContract() {}

  /**
   * Makes a cache over a backend that remembers nothing of this test yet.
   *
   * @param ttl how long an entry is served, counted from the moment the database was read
   * @return a cache; several may be made over one backend
   */
  protected abstract CredentialCache newCache(Duration ttl);

  /**
   * Makes the backend forget everything, as a flush does.
   *
   * @param cache the cache that {@link #newCache} made last
   * @return the cache to go on with, which may be another
   */
  protected abstract CredentialCache loseEverything(CredentialCache cache);

  @Test
  void whatIsFilledIsFoundAsItWas() {
    CredentialCache cache = newCache(TTL);
    for (AccountStatus status : AccountStatus.values()) {
      LoginId each = Fixtures.login();
      Credential credential = credential(each, status, 5);
      Instant readAt = now();

      assertThat(cache.fill(miss(cache, each), credential, readAt, deadline())).isTrue();

      assertThat(cache.lookup(each, deadline())).isEqualTo(new Lookup.Hit(credential, readAt));
    }
  }

  @Test
  void whetherOnlyKnownDevicesOpenItIsKept() {
    CredentialCache cache = newCache(TTL);
    Credential open = credential(login, 5);
    Credential closed =
        new Credential(
            open.account(),
            login,
            open.status(),
            open.hash(),
            open.version(),
            open.epoch(),
            true,
            Set.of());

    assertThat(cache.fill(miss(cache, login), closed, now(), deadline())).isTrue();

    assertThat(((Lookup.Hit) cache.lookup(login, deadline())).credential()).isEqualTo(closed);
  }

  @Test
  void theNamesOfOtherFactorsAreKept() {
    CredentialCache cache = newCache(TTL);
    Credential plain = credential(login, 5);
    Set<String> factors = Set.of("totp", "passkey");
    Credential stronger =
        new Credential(
            plain.account(),
            login,
            plain.status(),
            plain.hash(),
            plain.version(),
            plain.epoch(),
            false,
            factors);

    assertThat(cache.fill(miss(cache, login), stronger, now(), deadline())).isTrue();

    assertThat(((Lookup.Hit) cache.lookup(login, deadline())).credential().factors())
        .isEqualTo(factors);
  }

  @Test
  void aPeekSeesWhatALookupWouldServeAndNothingElse() {
    CredentialCache cache = newCache(TTL);
    assertThat(cache.peek(login, deadline())).isEmpty();
    Ticket ticket = miss(cache, login);
    assertThat(cache.peek(login, deadline())).isEmpty();
    Credential credential = credential(login, AccountStatus.ACTIVE, 5);
    assertThat(cache.fill(ticket, credential, now(), deadline())).isTrue();

    assertThat(cache.peek(login, deadline())).containsExactly(credential);

    cache.fence(login, 6, deadline());
    assertThat(cache.peek(login, deadline())).isEmpty();
  }

  @Test
  void aPeekHandsOutNoTicketAndVoidsNone() {
    CredentialCache cache = newCache(TTL);
    Ticket ticket = miss(cache, login);
    cache.fence(login, 0, deadline());
    cache.peek(login, deadline());
    assertRefused(cache, ticket, 5);

    Ticket next = miss(cache, login);
    cache.peek(login, deadline());
    Credential credential = credential(login, AccountStatus.ACTIVE, 5);
    assertThat(cache.fill(next, credential, now(), deadline())).isTrue();
  }

  @Test
  void aTenantsIdentifierIsAnother() {
    CredentialCache cache = newCache(TTL);
    fill(cache, login, 5);

    assertThat(cache.lookup(login.inTenant(new TenantId("t")), deadline()))
        .isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void withoutATicketNothingIsFilled() {
    CredentialCache cache = newCache(TTL);
    Ticket real = miss(cache, login);
    LoginId neverAsked = Fixtures.login();

    assertRefused(cache, new Ticket(login, OperationId.random().value(), real.stamp()), 5);
    assertRefused(cache, new Ticket(login, "", real.stamp()), 5);
    assertRefused(cache, new Ticket(login, real.nonce(), OperationId.random().value()), 5);
    assertRefused(cache, new Ticket(login, real.nonce(), ""), 5);
    assertRefused(cache, new Ticket(neverAsked, real.nonce(), real.stamp()), 5);
    assertRefused(cache, new Ticket(neverAsked, "", real.stamp()), 5);
  }

  @Test
  void aTicketFillsNoOtherName() {
    CredentialCache cache = newCache(TTL);
    LoginId other = Fixtures.login();
    Ticket ticket = miss(cache, login);
    miss(cache, other);

    assertThat(cache.fill(ticket, credential(other, 5), now(), deadline())).isFalse();
    assertRefused(cache, new Ticket(other, ticket.nonce(), ticket.stamp()), 5);

    assertMiss(cache, login);
    assertMiss(cache, other);
  }

  @Test
  void aLateFillAfterAChangeIsRefused() {
    CredentialCache cache = newCache(TTL);
    Ticket before = miss(cache, login);

    cache.fence(login, 7, deadline());

    assertRefused(cache, before, 5);
    assertRefused(cache, before, 7);
    assertRefused(cache, before, 9);
    assertMiss(cache, login);
    assertRefused(cache, before, 9);
  }

  @Test
  void aFenceWithoutAFloorVoidsTicketsAndKeepsTheEntry() {
    CredentialCache cache = newCache(TTL);
    Ticket ticket = miss(cache, login);
    assertThat(cache.fill(ticket, credential(login, 5), now(), deadline())).isTrue();

    cache.fence(login, 0, deadline());

    assertRefused(cache, ticket, 9);
    assertHit(cache, login, 5);
  }

  @Test
  void nothingBelowTheFloorIsServedOrFilled() {
    CredentialCache cache = newCache(TTL);
    fill(cache, login, 5);

    cache.fence(login, 7, deadline());

    Ticket ticket = miss(cache, login);
    assertRefused(cache, ticket, 5);
    assertRefused(cache, ticket, 6);
    assertThat(cache.fill(ticket, credential(login, 7), now(), deadline())).isTrue();
    assertHit(cache, login, 7);
  }

  @Test
  void aFenceDropsAlsoWhatBearsAHigherNumber() {
    CredentialCache cache = newCache(TTL);
    fill(cache, login, 9);

    // A database that lost its last commits gives numbers out again.
    cache.fence(login, 7, deadline());

    Ticket ticket = miss(cache, login);
    assertThat(cache.fill(ticket, credential(login, 7), now(), deadline())).isTrue();
    assertHit(cache, login, 7);
  }

  @Test
  void theFloorIsNeverLowered() {
    CredentialCache cache = newCache(TTL);
    cache.fence(login, 9, deadline());
    cache.fence(login, 3, deadline());
    cache.fence(login, 0, deadline());

    Ticket ticket = miss(cache, login);
    assertRefused(cache, ticket, 8);
    assertThat(cache.fill(ticket, credential(login, 9), now(), deadline())).isTrue();
  }

  @Test
  void versionsAreComparedAsNumbers() {
    CredentialCache cache = newCache(TTL);
    cache.fence(login, 1000, deadline());

    Ticket ticket = miss(cache, login);
    assertRefused(cache, ticket, 999);
    long large = 9_007_199_254_740_000L;
    assertThat(cache.fill(ticket, credential(login, large), now(), deadline())).isTrue();
    assertHit(cache, login, large);

    cache.fence(login, large + 1, deadline());
    assertRefused(cache, miss(cache, login), large);
  }

  @Test
  void anOlderVersionNeverReplacesANewerOne() {
    CredentialCache cache = newCache(TTL);
    Ticket one = miss(cache, login);
    Ticket two = miss(cache, login);
    assertThat(cache.fill(one, credential(login, 7), now(), deadline())).isTrue();

    cache.fill(two, credential(login, 5), now(), deadline());

    assertHit(cache, login, 7);
  }

  @Test
  void whatWasLostIsAMissAndItsTicketsAreVoid() {
    CredentialCache cache = newCache(TTL);
    LoginId filled = Fixtures.login();
    fill(cache, filled, 5);
    Ticket out = miss(cache, login);

    cache = loseEverything(cache);

    assertRefused(cache, out, 5);
    assertMiss(cache, login);
    assertRefused(cache, out, 5);
    assertMiss(cache, filled);
    fill(cache, filled, 6);
    assertHit(cache, filled, 6);
  }

  @Test
  void aFenceVoidsEveryTicketOfOneMiss() {
    CredentialCache cache = newCache(TTL);
    Ticket ticket = miss(cache, login);
    List<Ticket> again = Concurrently.call(SIXTEEN, () -> miss(cache, login));

    assertThat(cache.fill(ticket, credential(login, 5), now(), deadline())).isTrue();

    assertHit(cache, login, 5);
    cache.fence(login, 6, deadline());
    again.forEach(each -> assertRefused(cache, each, 6));
  }

  @Test
  void otherNamesAreNotFenced() {
    CredentialCache cache = newCache(TTL);
    LoginId other = Fixtures.login();
    fill(cache, other, 5);
    Ticket ticket = miss(cache, login);

    cache.fence(Fixtures.login(), 9, deadline());

    assertHit(cache, other, 5);
    assertThat(cache.fill(ticket, credential(login, 5), now(), deadline())).isTrue();
  }

  @Test
  void anEntryAgesFromTheMomentTheDatabaseWasRead() {
    CredentialCache cache = newCache(Duration.ofMinutes(1));
    Ticket ticket = miss(cache, login);

    cache.fill(ticket, credential(login, 5), now().minusSeconds(90), deadline());

    assertMiss(cache, login);
  }

  @Test
  void anEntryIsNotServedForEver() {
    CredentialCache cache = newCache(Duration.ofSeconds(1));
    fill(cache, login, 5);

    await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertMiss(cache, login));
  }

  @Test
  void howeverFillsAndFencesRaceNothingOldIsServedAfterwards() {
    CredentialCache cache = newCache(TTL);
    for (int round = 0; round < SIXTEEN; round++) {
      LoginId each = Fixtures.login();
      Ticket ticket = miss(cache, each);
      Concurrently.<Object>call(
          List.of(
              () -> cache.fill(ticket, credential(each, 5), now(), deadline()),
              () -> cache.fill(ticket, credential(each, 5), now(), deadline()),
              () -> {
                cache.fence(each, 6, deadline());
                return true;
              },
              () -> cache.lookup(each, deadline()),
              () -> cache.peek(each, deadline())));

      assertMiss(cache, each);
      assertRefused(cache, ticket, 5);
    }
  }

  @Test
  void anExpiredDeadlineIsAStoreExceptionAndNotAMiss() {
    CredentialCache cache = newCache(TTL);
    Ticket ticket = miss(cache, login);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> cache.lookup(login, expired()));
    assertThatExceptionOfType(StoreException.class).isThrownBy(() -> cache.peek(login, expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> cache.fill(ticket, credential(login, 5), now(), expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> cache.fence(login, 5, expired()));
  }

  private static void assertRefused(CredentialCache cache, Ticket ticket, long version) {
    assertThat(cache.fill(ticket, credential(ticket.loginId(), version), now(), deadline()))
        .isFalse();
  }

  private static void assertMiss(CredentialCache cache, LoginId login) {
    assertThat(cache.lookup(login, deadline())).isInstanceOf(Lookup.Miss.class);
  }

  private static void assertHit(CredentialCache cache, LoginId login, long version) {
    assertThat(cache.lookup(login, deadline()))
        .isInstanceOfSatisfying(
            Lookup.Hit.class,
            hit -> assertThat(hit.credential().version().number()).isEqualTo(version));
  }

  private static Ticket miss(CredentialCache cache, LoginId login) {
    Lookup lookup = cache.lookup(login, deadline());
    assertThat(lookup).isInstanceOf(Lookup.Miss.class);
    Ticket ticket = ((Lookup.Miss) lookup).ticket();
    assertThat(ticket.loginId()).isEqualTo(login);
    return ticket;
  }

  private static void fill(CredentialCache cache, LoginId login, long version) {
    assertThat(cache.fill(miss(cache, login), credential(login, version), now(), deadline()))
        .isTrue();
  }

  static Credential credential(LoginId login, long version) {
    return credential(login, AccountStatus.ACTIVE, version);
  }

  private static Credential credential(LoginId login, AccountStatus status, long version) {
    return new Credential(
        AccountId.random(),
        login,
        status,
        TestSecrets.newHash(),
        new CredentialVersion(version, OperationId.random().value()),
        new Epoch(version, OperationId.random().value()));
  }

  /** Stores keep milliseconds. */
  private static Instant now() {
    return Instant.ofEpochMilli(InstantSource.system().millis());
  }
}
