package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/** The form of the random texts that tell two states with one number apart. */
final class RowTags {
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private RowTags() {}

  static void require(String tag) {
    if (!FORM.matcher(requireNonNull(tag, "tag")).matches()) {
      throw new IllegalArgumentException("tag must be 1 to 64 characters of A-Z a-z 0-9 _ -");
    }
  }
}
