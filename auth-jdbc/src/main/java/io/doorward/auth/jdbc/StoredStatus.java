package io.doorward.auth.jdbc;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.util.Arrays;
import java.util.Locale;

/** An account's status as the tables keep it: its name in lower case. */
final class StoredStatus {
  private StoredStatus() {}

  static String nameOf(AccountStatus status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads a status.
   *
   * @throws StoreException {@link Kind#NEWER_FORMAT} if this version does not know it. Whether the
   *     account may be used cannot be told then.
   */
  static AccountStatus of(String name) {
    return Arrays.stream(AccountStatus.values())
        .filter(status -> nameOf(status).equals(name))
        .findAny()
        .orElseThrow(
            () ->
                new StoreException(
                    Kind.NEWER_FORMAT,
                    "PostgreSQL, account: it has a status that this version of Doorward does not"
                        + " know; update this node"));
  }
}
