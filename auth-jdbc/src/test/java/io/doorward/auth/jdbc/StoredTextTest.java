package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StoredTextTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "a", "\uD83D\uDE00", "a\\b", "\\u0000", "\uFFFD"})
  void ordinaryTextIsStorable(String text) {
    assertThat(StoredText.isStorable(text)).isTrue();
    assertThat(StoredText.unescape(StoredText.escape(text, true))).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\u0000", "a\uD83D", "\uD83Da", "\uDE00", "\uDE00\uD83D", "\uD83D\uD83D\uDE00"})
  void whatPostgresCannotKeepIsNotStorableButCanBeEscaped(String text) {
    assertThat(StoredText.isStorable(text)).isFalse();
    String escaped = StoredText.escape(text, true);
    assertThat(StoredText.isStorable(escaped)).isTrue();
    assertThat(StoredText.unescape(escaped)).isEqualTo(text);
  }

  @Test
  void anyTextComesBackFromItsEscapedForm() {
    SplittableRandom random = new SplittableRandom(7);
    char[] alphabet = {'\\', 'u', '0', 'a', 'd', '8', 0, '\uD83D', '\uDE00', '\u00E9'};
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder();
      int length = random.nextInt(12);
      for (int i = 0; i < length; i++) {
        text.append(alphabet[random.nextInt(alphabet.length)]);
      }
      String escaped = StoredText.escape(text.toString(), true);
      assertThat(StoredText.unescape(escaped)).isEqualTo(text.toString());
      assertThat(StoredText.isStorable(escaped)).isTrue();
      assertThat(new String(escaped.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
          .isEqualTo(escaped);
    }
  }

  @Test
  void whereOnlyAsciiIsSureEverythingElseIsEscaped() {
    String text = "caf\u00E9 \uD83D\uDE00 \\ \u0000";
    String escaped = StoredText.escape(text, false);
    assertThat(escaped).matches("\\p{ASCII}*").doesNotContain("\u0000");
    assertThat(StoredText.unescape(escaped)).isEqualTo(text);
    assertThat(StoredText.escape("plain", false)).isEqualTo("plain");
  }
}
