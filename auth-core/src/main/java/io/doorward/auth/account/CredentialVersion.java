package io.doorward.auth.account;

/**
 * Says which state of an account and its credentials was read. Numbers come from one sequence and
 * grow with every change of status, identifier or a credential; the tag is random, so that a number
 * that a database fail-over hands out twice, or an address that was deleted and created again, does
 * not look like the state that was read before.
 *
 * <p>Two states are the same only if number <em>and</em> tag are equal. Only numbers have an order.
 * Immutable and thread-safe.
 *
 * @param number from the sequence; positive
 * @param tag random text of the row's state; 1 to 64 characters of {@code A-Z a-z 0-9 _ -}
 */
public record CredentialVersion(long number, String tag) {
  /**
   * Checks both parts.
   *
   * @param number see the type
   * @param tag see the type
   * @throws IllegalArgumentException if the number is not positive or the tag has another form
   */
  public CredentialVersion {
    if (number <= 0) {
      throw new IllegalArgumentException("number must be positive: " + number);
    }
    RowTags.require(tag);
  }
}
