package io.doorward.auth.session;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.StoreException;
import java.util.Arrays;
import java.util.Locale;

/** How the holder of a session presents its token. */
public enum SessionKind {
  /**
   * A browser: one token in a cookie, good to the session's absolute end; idle time is kept on the
   * server.
   */
  COOKIE,
  /**
   * A program: a short token in the {@code Authorization} header (RFC 6750), and a refresh token
   * that gets the next one.
   */
  BEARER,
  /**
   * A program that has a key of its account in place of a login. Nothing opens such a session yet.
   * No access token is issued or accepted for one.
   */
  API_KEY;

  private final String text = name().toLowerCase(Locale.ROOT);

  /**
   * Returns the name under which stores keep it.
   *
   * @return lower-case letters and underscores
   */
  public String text() {
    return text;
  }

  /**
   * Returns the epoch of an account in which its sessions of this kind are good.
   *
   * @param user the account's present record
   * @return the epoch of its API keys for {@link #API_KEY}, else that of the account
   */
  public Epoch epochOf(UserRecord user) {
    return this == API_KEY ? user.keyEpoch() : user.epoch();
  }

  /**
   * Returns the kind of a name that a store kept.
   *
   * @param backend the server that kept it, for the message
   * @param text what {@link #text} returned, maybe of a newer version of this library
   * @return the kind
   * @throws StoreException of kind {@link StoreException.Kind#NEWER_FORMAT} if this version does
   *     not know it: the session is neither usable nor absent
   */
  public static SessionKind ofStored(String backend, String text) {
    return Arrays.stream(values())
        .filter(kind -> kind.text.equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new StoreException(
                    StoreException.Kind.NEWER_FORMAT,
                    backend
                        + ": read a session: a newer version stored it, and this one does not know"
                        + " its kind"));
  }
}
