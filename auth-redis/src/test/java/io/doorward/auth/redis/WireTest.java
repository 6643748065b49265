package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WireTest {
  private static final Session SESSION =
      new Session(
          new SessionId("s"),
          new AccountId("a"),
          SessionKind.COOKIE,
          new Epoch(Long.MAX_VALUE, "tag"),
          3,
          Instant.ofEpochMilli(1_000),
          Instant.ofEpochMilli(900),
          Instant.ofEpochMilli(9_000),
          Duration.ofSeconds(5),
          Set.of("pwd", "otp"),
          Optional.of("T\u00e9l\u00e9phone"),
          Map.of("k", "v", "empty", ""));

  @Test
  void aSessionComesBackAsItWas() {
    assertThat(Wire.read(SessionCodec.write(SESSION), SessionCodec::read)).contains(SESSION);
  }

  @Test
  void nothingThatWasCutOrLengthenedIsRead() {
    byte[] whole = SessionCodec.write(SESSION);
    for (int length = 0; length < whole.length; length++) {
      assertThat(Wire.read(Arrays.copyOf(whole, length), SessionCodec::read))
          .as("%d bytes", length)
          .isEmpty();
    }
    assertThat(Wire.read(Arrays.copyOf(whole, whole.length + 1), SessionCodec::read)).isEmpty();
  }

  @Test
  void aLengthThatLiesIsRefused() {
    byte[] lie = {0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff, 'x'};
    assertThat(Wire.read(lie, Wire.Reader::text)).isEmpty();
    byte[] negative = {(byte) 0xff, 0, 0, 0, 'x'};
    assertThat(Wire.read(negative, Wire.Reader::text)).isEmpty();
  }

  @Test
  void versionsAreNineteenDigitsInTheOrderOfNumbers() {
    assertThat(FencedEntries.fixed(0)).isEqualTo("0".repeat(19));
    assertThat(FencedEntries.fixed(Long.MAX_VALUE)).isEqualTo("9223372036854775807");
    assertThat(FencedEntries.fixed(9)).isLessThan(FencedEntries.fixed(10));
    assertThatThrownBy(() -> FencedEntries.fixed(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("version must not be negative: -1");
  }
}
