package io.doorward.auth.engine.login;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult.DeviceCookie;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeviceCookiesTest {
  private static final Duration LIFETIME = Duration.ofDays(180);

  private final HandClock clock = new HandClock();
  private final byte[] first = secret();
  private final byte[] second = secret();
  private final DeviceCookies devices = over(KeyRing.ofSecret("1", first));
  private final AccountId account = AccountId.random();
  private final Epoch epoch = new Epoch(7, "tag");
  private final DeviceCookie cookie = devices.issue(ANNA, account, epoch);

  private static byte[] secret() {
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    return secret;
  }

  private DeviceCookies over(KeyRing keys) {
    return new DeviceCookies(keys, "shop", LIFETIME, clock);
  }

  private static Optional<String> device(DeviceCookies devices, LoginId loginId, String cookie) {
    return devices.recognise(loginId, CLIENT.withDeviceCookie(cookie)).knownDevice();
  }

  private Optional<String> device(String cookie) {
    return device(devices, ANNA, cookie);
  }

  @Test
  void aDeviceIsKnownByItsCookieAndEachCookieNamesAnother() {
    assertThat(device(cookie.reveal())).isPresent();
    assertThat(device(devices.issue(ANNA, account, epoch).reveal()))
        .isPresent()
        .isNotEqualTo(device(cookie.reveal()));
    assertThat(cookie.expiresAt()).isEqualTo(clock.instant().plus(LIFETIME));
    assertThat(cookie.reveal()).hasSizeLessThan(200);
  }

  @Test
  void withoutACookieTheClientIsAStranger() {
    assertThat(devices.recognise(ANNA, CLIENT).knownDevice()).isEmpty();
  }

  @Test
  void whatTheCallerClaimsIsNotBelieved() {
    ClientContext claiming = CLIENT.withKnownDevice("claimed");

    assertThat(devices.recognise(ANNA, claiming).knownDevice()).isEmpty();
    assertThat(devices.recognise(ANNA, claiming.withDeviceCookie("forged")).knownDevice())
        .isEmpty();
  }

  @Test
  void aForgedCookieIsAStrangers() {
    String genuine = cookie.reveal();
    for (int i = 0; i < genuine.length() - 1; i++) {
      char other = genuine.charAt(i) == 'A' ? 'B' : 'A';
      assertThat(device(genuine.substring(0, i) + other + genuine.substring(i + 1)))
          .as("character %s changed", i)
          .isEmpty();
    }
    assertThat(device(genuine.substring(1))).isEmpty();
    assertThat(device("not base64 !")).isEmpty();
    assertThat(device("AAAA")).isEmpty();
  }

  @Test
  void aCookieIsGoodForItsLoginIdentifierOnly() {
    assertThat(device(devices, NOBODY, cookie.reveal())).isEmpty();
    assertThat(device(devices, ANNA.inTenant(new TenantId("t")), cookie.reveal())).isEmpty();
  }

  @Test
  void aDeviceIsOfItsAccountAndEpochOnly() {
    String device = device(cookie.reveal()).orElseThrow();

    assertThat(DeviceCookies.isOf(device, account, epoch)).isTrue();
    assertThat(DeviceCookies.isOf(device, account, new Epoch(7, "other"))).isFalse();
    assertThat(DeviceCookies.isOf(device, account, new Epoch(8, "tag"))).isFalse();
    assertThat(DeviceCookies.isOf(device, AccountId.random(), epoch)).isFalse();
    assertThat(DeviceCookies.isOf("device-1", account, epoch)).isFalse();
    assertThat(DeviceCookies.isOf("", account, epoch)).isFalse();
  }

  @Test
  void aCookieIsGoodInItsNamespaceOnly() {
    DeviceCookies other = new DeviceCookies(KeyRing.ofSecret("1", first), "bank", LIFETIME, clock);

    assertThat(device(other, ANNA, cookie.reveal())).isEmpty();
  }

  @Test
  void aCookieEnds() {
    clock.advance(LIFETIME.minusSeconds(1));
    assertThat(device(cookie.reveal())).isPresent();

    clock.advance(Duration.ofSeconds(1));
    assertThat(device(cookie.reveal())).isEmpty();
  }

  @Test
  void aShorterLifetimeShortensAlsoWhatWasIssuedBefore() {
    DeviceCookies shorter =
        new DeviceCookies(KeyRing.ofSecret("1", first), "shop", Duration.ofDays(1), clock);
    assertThat(device(shorter, ANNA, cookie.reveal())).isPresent();

    clock.advance(Duration.ofDays(1));

    assertThat(device(shorter, ANNA, cookie.reveal())).isEmpty();
    assertThat(device(cookie.reveal())).isPresent();
  }

  @Test
  void aLongerLifetimeDoesNotLengthenWhatWasIssuedBefore() {
    DeviceCookies longer =
        new DeviceCookies(KeyRing.ofSecret("1", first), "shop", Duration.ofDays(400), clock);

    clock.advance(LIFETIME);

    assertThat(device(longer, ANNA, cookie.reveal())).isEmpty();
  }

  @Test
  void aCookieFromTheFutureIsAStrangersButClocksMayDiffer() {
    String now = cookie.reveal();
    clock.advance(Duration.ofSeconds(50));
    String soon = devices.issue(ANNA, account, epoch).reveal();
    clock.advance(Duration.ofSeconds(-50));
    assertThat(device(soon)).isPresent();

    clock.advance(Duration.ofMinutes(-2));
    assertThat(device(now)).isEmpty();
  }

  @Test
  void anOlderKeyIsGoodWhileItIsInTheRing() {
    KeyRing rotated = KeyRing.builder().secret("2", second).secret("1", first).build();
    DeviceCookies rotating = over(rotated);

    assertThat(device(rotating, ANNA, cookie.reveal())).isPresent();
    assertThat(device(over(KeyRing.ofSecret("2", second)), ANNA, cookie.reveal())).isEmpty();
    assertThat(
            device(
                over(KeyRing.ofSecret("2", second)),
                ANNA,
                rotating.issue(ANNA, account, epoch).reveal()))
        .isPresent();
  }

  @Test
  void theValueIsNeverPrinted() {
    assertThat(cookie).hasToString("DeviceCookie[redacted, expiresAt=" + cookie.expiresAt() + "]");
    assertThat(devices).hasToString("DeviceCookies[lifetime=PT4320H]");
    assertThat(CLIENT.withDeviceCookie(cookie.reveal()).toString()).doesNotContain(cookie.reveal());
    assertThat(cookie)
        .isEqualTo(DeviceCookie.of(cookie.reveal(), cookie.expiresAt()))
        .hasSameHashCodeAs(DeviceCookie.of(cookie.reveal(), cookie.expiresAt()))
        .isNotEqualTo(DeviceCookie.of(cookie.reveal(), Instant.EPOCH))
        .isNotEqualTo(DeviceCookie.of("other", cookie.expiresAt()))
        .doesNotHaveSameHashCodeAs(DeviceCookie.of("other", cookie.expiresAt()));
  }

  @Test
  void numbersAndFormsOutOfRangeAreRefused() {
    for (Duration right : new Duration[] {Duration.ofHours(1), Duration.ofDays(400)}) {
      assertThat(new DeviceCookies(KeyRing.ephemeral(), "shop", right, clock)).isNotNull();
    }
    for (Duration wrong : new Duration[] {Duration.ofMinutes(59), Duration.ofDays(401)}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new DeviceCookies(KeyRing.ephemeral(), "shop", wrong, clock))
          .withMessageContaining("deviceCookieLifetime must be 1 h to 400 d");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeviceCookie.of("a;b", Instant.EPOCH))
        .withMessageContaining("device cookie must be");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CLIENT.withKnownDevice("a b"))
        .withMessageContaining("knownDevice must be");
  }
}
