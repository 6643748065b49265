package io.doorward.auth.throttle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyedHashTest {
  /**
   * The bytes 0, 1, 2 and so on under the key 0 to 15, as in the vectors of the paper's authors.
   */
  @ParameterizedTest
  @CsvSource({
    "0, 726fdb47dd0e0e31",
    "2, 0d6c8009d9a94f5a",
    "4, cf2794e0277187b7",
    "6, cbc9466e58fee3ce",
    "8, 93f5f5799a932462"
  })
  void itIsSipHash(int bytes, String expected) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes; i += 2) {
      text.append((char) (i | (i + 1) << 8));
    }
    KeyedHash hash = new KeyedHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

    assertThat(hash.of(text.toString())).isEqualTo(Long.parseUnsignedLong(expected, 16));
  }

  @Test
  void textsWithEqualHashCodesAreToldApart() {
    assertThat("a~".hashCode()).isEqualTo("b_".hashCode());

    KeyedHash hash = KeyedHash.random();
    assertThat(
            IntStream.range(0, 1_024)
                .mapToObj(KeyedHashTest::twin)
                .peek(it -> assertThat(it).hasSameHashCodeAs(twin(0)))
                .map(hash::of))
        .doesNotHaveDuplicates();
  }

  @Test
  void everyProcessHasItsOwnKey() {
    assertThat(KeyedHash.random().of("a name")).isNotEqualTo(KeyedHash.random().of("a name"));
  }

  private static String twin(int number) {
    StringBuilder name = new StringBuilder();
    for (int bit = 0; bit < 10; bit++) {
      name.append((number >> bit & 1) == 0 ? "a~" : "b_");
    }
    return name.toString();
  }
}
