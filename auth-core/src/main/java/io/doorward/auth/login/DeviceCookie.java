package io.doorward.auth.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.engine.login.DeviceCookies;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A cookie that a device keeps after a login, so that it is known at the next one. {@link
 * DeviceCookies} makes it; the client brings it back in {@link
 * io.doorward.auth.base.ClientContext#withDeviceCookie}. Immutable and thread-safe.
 *
 * <p>Security: it is no credential and opens nothing; a thief gets the attempt budget of one device
 * for one login identifier. It is kept at logout and ends when the password is changed, like all
 * sessions. It is secret all the same and is never printed.
 */
public final class DeviceCookie {
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{1,256}");

  private final String value;
  private final Instant expiresAt;

  private DeviceCookie(String value, Instant expiresAt) {
    if (!FORM.matcher(requireNonNull(value, "value")).matches()) {
      throw new IllegalArgumentException(
          "device cookie must be 1 to 256 characters of A-Z a-z 0-9 _ -");
    }
    this.value = value;
    this.expiresAt = requireNonNull(expiresAt, "expiresAt");
  }

  /**
   * Wraps a value. Applications get theirs from {@link LoginResult.Success}.
   *
   * @param value 1 to 256 characters of {@code A-Z a-z 0-9 _ -}
   * @param expiresAt when the device stops being known
   * @return the cookie
   * @throws IllegalArgumentException if the value has another form
   */
  public static DeviceCookie of(String value, Instant expiresAt) {
    return new DeviceCookie(value, expiresAt);
  }

  /**
   * Returns what the client has to keep. Goes into a cookie, or into whatever a program keeps, and
   * nowhere else.
   *
   * @return the value
   */
  public String reveal() {
    return value;
  }

  /**
   * Returns when the device stops being known.
   *
   * @return the end, which is sealed inside as well
   */
  public Instant expiresAt() {
    return expiresAt;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DeviceCookie that
        && expiresAt.equals(that.expiresAt)
        && MessageDigest.isEqual(
            value.getBytes(StandardCharsets.US_ASCII),
            that.value.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  /** Returns the end, without the value. */
  @Override
  public String toString() {
    return "DeviceCookie[redacted, expiresAt=" + expiresAt + "]";
  }
}
