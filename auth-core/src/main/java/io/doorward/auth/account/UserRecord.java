package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import java.util.Set;

/**
 * The account data that every request check needs, read by one statement: its roles, and the epochs
 * whose sessions and API keys are good. Immutable and thread-safe.
 *
 * <p>Version and tag say which state was read, as in {@link CredentialVersion}: two states are the
 * same only if both are equal, because a database fail-over may hand out a number twice. Only
 * versions have an order.
 *
 * @param account whose it is
 * @param roles from the account's profile; may be empty
 * @param version grows with every change of roles or of an epoch, and whenever live sessions that a
 *     database keeps are ended; positive
 * @param tag random text of this state; 1 to 64 characters of {@code A-Z a-z 0-9 _ -}
 * @param epoch the present one; sessions of any other are over
 * @param keyEpoch the present one of API keys, which outlive a change of the password: a change of
 *     status begins the next
 */
public record UserRecord(
    AccountId account, Set<String> roles, long version, String tag, Epoch epoch, Epoch keyEpoch) {
  /**
   * Copies the roles and checks the tag.
   *
   * @param account see the type
   * @param roles see the type
   * @param version see the type
   * @param tag see the type
   * @param epoch see the type
   * @param keyEpoch see the type
   * @throws IllegalArgumentException if the tag has another form
   */
  public UserRecord {
    roles = Set.copyOf(roles);
    RowTags.require(tag);
  }

  /**
   * Returns whether both are the same state of one account: number and tag.
   *
   * @param other another record
   * @return true if nothing changed between the reads
   */
  public boolean isSameState(UserRecord other) {
    return account.equals(other.account) && version == other.version && tag.equals(other.tag);
  }
}
