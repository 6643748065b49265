package io.doorward.auth.text;

import java.util.Arrays;

/**
 * Tells which code points of Unicode show nothing. Two texts that differ in such code points only
 * look the same, so identifiers and paths have none of them.
 *
 * <p>Stateless and thread-safe.
 */
public final class CodePoints {
  /**
   * The first and last ones of all that have the property Default_Ignorable_Code_Point (Unicode
   * 17.0, DerivedCoreProperties): they are not drawn where a font does not know them. Sorted.
   */
  private static final int[] DEFAULT_IGNORABLE = {
    0x00AD, 0x00AD, 0x034F, 0x034F, 0x061C, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180F,
    0x200B, 0x200F, 0x202A, 0x202E, 0x2060, 0x206F, 0x3164, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFEFF,
    0xFFA0, 0xFFA0, 0xFFF0, 0xFFF8, 0x1BCA0, 0x1BCA3, 0x1D173, 0x1D17A, 0xE0000, 0xE0FFF,
  };

  /**
   * Letters, marks and symbols whose glyph is empty though their properties do not say so: a
   * joiner, Braille without dots, a filler, two blank hieroglyphs, a note without a head. Sorted.
   */
  private static final int[] BLANK = {0x2800, 0x1107F, 0x13441, 0x13442, 0x16FE4, 0x1D159};

  private CodePoints() {}

  /**
   * Returns whether a code point shows nothing, or nothing but empty room. The space, U+0020,
   * counts as seen.
   *
   * @param codePoint any
   * @return true for control and format characters, unpaired surrogates, separators other than the
   *     space, default-ignorable code points (Unicode) and those whose glyph is empty
   */
  public static boolean isInvisible(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      case Character.SPACE_SEPARATOR -> codePoint != ' ';
      default -> isDefaultIgnorable(codePoint) || Arrays.binarySearch(BLANK, codePoint) >= 0;
    };
  }

  private static boolean isDefaultIgnorable(int codePoint) {
    int at = Arrays.binarySearch(DEFAULT_IGNORABLE, codePoint);
    // Between the first and the last one of a range the place to insert at is odd.
    return at >= 0 || (-at - 1) % 2 == 1;
  }
}
