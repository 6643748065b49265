package io.doorward.auth.account;

/**
 * Names the time between two changes of an account that end its sessions: of password, factors,
 * status or login identifier. Another hash of the same password begins no epoch. A session
 * remembers the epoch in which it was proved and is good only while that is the account's present
 * one. The epoch of API keys is of the same kind, and only a change of status begins the next.
 *
 * <p>Two epochs are the same only if number <em>and</em> tag are equal, and nothing else is ever
 * compared: a database that fails over and loses its last commits hands numbers out again, so a
 * higher number does not mean a later change. Immutable and thread-safe.
 *
 * @param number from the sequence of the versions; positive
 * @param tag random text; 1 to 64 characters of {@code A-Z a-z 0-9 _ -}
 */
public record Epoch(long number, String tag) {
  /**
   * Checks both parts.
   *
   * @param number see the type
   * @param tag see the type
   * @throws IllegalArgumentException if the number is not positive or the tag has another form
   */
  public Epoch {
    if (number <= 0) {
      throw new IllegalArgumentException("number must be positive: " + number);
    }
    RowTags.require(tag);
  }

  /**
   * Returns the epoch that begins with a version. Meant for a version that a change led to which
   * ends sessions; that of a rehash begins none.
   *
   * @param version of the account after the change
   * @return an epoch of the same number and tag
   */
  public static Epoch of(CredentialVersion version) {
    return new Epoch(version.number(), version.tag());
  }
}
