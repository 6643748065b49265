package io.doorward.auth.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which code points show nothing. */
class CodePointsTest {
  /** So many code points have the property Default_Ignorable_Code_Point, by Unicode's own count. */
  private static final int DEFAULT_IGNORABLE = 4174;

  private static final Set<Integer> IS_SPACE_OR_CONTROL =
      Set.of(
          (int) Character.CONTROL,
          (int) Character.SURROGATE,
          (int) Character.SPACE_SEPARATOR,
          (int) Character.LINE_SEPARATOR,
          (int) Character.PARAGRAPH_SEPARATOR);

  private static final Set<Integer> BLANK =
      Set.of(0x2800, 0x1107F, 0x13441, 0x13442, 0x16FE4, 0x1D159);

  private static final List<List<Integer>> DRAWN_FORMAT =
      List.of(
          List.of(0x600, 0x605),
          List.of(0x6DD, 0x6DD),
          List.of(0x70F, 0x70F),
          List.of(0x890, 0x891),
          List.of(0x8E2, 0x8E2),
          List.of(0xFFF9, 0xFFFB),
          List.of(0x110BD, 0x110CD),
          List.of(0x13430, 0x1343F));

  @ParameterizedTest
  @ValueSource(
      ints = {
        0x00, 0x09, 0x7F, 0x85, 0xA0, 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x1680, 0x17B4, 0x17B5,
        0x180B, 0x180E, 0x180F, 0x2003, 0x200B, 0x200D, 0x202E, 0x2028, 0x2060, 0x2065, 0x2800,
        0x3000, 0x3164, 0xD800, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0, 0xFFF8, 0xFFFB, 0x1107F,
        0x13441, 0x16FE4, 0x1BCA0, 0x1D159, 0x1D173, 0x1D17A, 0xE0000, 0xE0001, 0xE0100, 0xE01EF,
        0xE0FFF
      })
  void whatShowsNothingIsInvisible(int codePoint) {
    assertThat(CodePoints.isInvisible(codePoint)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        ' ', 'a', '0', '~', 0xAC, 0xAE, 0xE9, 0x34E, 0x350, 0x115E, 0x1161, 0x3163, 0x3165, 0x2801,
        0xFE10, 0xFFA1, 0xFFFD, 0x1D15A, 0x1F600, 0xE1000
      })
  void whatShowsSomethingIsNot(int codePoint) {
    assertThat(CodePoints.isInvisible(codePoint)).isFalse();
  }

  @Test
  void everyDefaultIgnorableCodePointIsCounted() {
    long counted =
        IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
            .filter(CodePoints::isInvisible)
            .filter(c -> !IS_SPACE_OR_CONTROL.contains(Character.getType(c)))
            .filter(c -> !BLANK.contains(c) && !isDrawnFormat(c))
            .count();
    assertThat(counted).isEqualTo(DEFAULT_IGNORABLE);
  }

  /** Format characters that are drawn: signs of numbers, annotations, joints of hieroglyphs. */
  private static boolean isDrawnFormat(int c) {
    return Character.getType(c) == Character.FORMAT
        && DRAWN_FORMAT.stream().anyMatch(range -> c >= range.get(0) && c <= range.get(1));
  }
}
