package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The options of a new session. Immutable and thread-safe.
 *
 * @param kind how its token will be presented: {@link SessionKind#COOKIE} or {@link
 *     SessionKind#BEARER}
 * @param remembered true for a session that outlives the browser ("remember me"), or that a program
 *     keeps for long: it lives as {@link SessionLifetimes} says of remembered ones of its kind
 * @param device a label of the device for lists of sessions; cut to 256 characters
 * @param attributes at most 16 values of the application, keys of 1 to 64 and values of at most 256
 *     characters; keys that begin with {@code doorward.} belong to the library
 */
public record SessionOptions(
    SessionKind kind, boolean remembered, Optional<String> device, Map<String, String> attributes) {
  private static final int MAX_LABEL = 256;

  /**
   * Cuts the label, copies the attributes.
   *
   * @param kind see the type
   * @param remembered see the type
   * @param device see the type
   * @param attributes see the type
   * @throws IllegalArgumentException if attributes are more or longer, or a login is to open an API
   *     key
   */
  public SessionOptions {
    requireNonNull(kind, "kind");
    requireNonNull(device, "device");
    requireNonNull(attributes, "attributes");
    if (kind == SessionKind.API_KEY) {
      throw new IllegalArgumentException("kind must be COOKIE or BEARER: a login opens no API key");
    }
    device = device.map(SessionOptions::cut);
    attributes = SessionRules.requireAttributes(attributes);
    String deviceKind = attributes.get(SessionRules.DEVICE_KIND);
    if (deviceKind != null) {
      SessionRules.requireDeviceKind(deviceKind);
    }
  }

  /**
   * Returns the options of an ordinary browser session.
   *
   * @return a cookie session, not remembered
   */
  public static SessionOptions cookie() {
    return new SessionOptions(SessionKind.COOKIE, false, Optional.empty(), Map.of());
  }

  /**
   * Returns the options of a browser session that outlives the browser.
   *
   * @return a remembered cookie session
   */
  public static SessionOptions rememberedCookie() {
    return new SessionOptions(SessionKind.COOKIE, true, Optional.empty(), Map.of());
  }

  /**
   * Returns the options of a program's session.
   *
   * @return a bearer session, not remembered
   */
  public static SessionOptions bearer() {
    return new SessionOptions(SessionKind.BEARER, false, Optional.empty(), Map.of());
  }

  /**
   * Returns the options of a session that a program keeps for long, for instance a mobile
   * application.
   *
   * @return a remembered bearer session
   */
  public static SessionOptions rememberedBearer() {
    return new SessionOptions(SessionKind.BEARER, true, Optional.empty(), Map.of());
  }

  /**
   * Returns these options for a session that also knows the identifier that its user logged in
   * with, so that pages can show it: see {@link AuthenticatedPrincipal#loginId()}. A login through
   * {@code AuthService} does this by itself.
   *
   * @param loginId kept in the attribute {@code doorward.login}, which does not count among the 16;
   *     not kept if it is longer than 256 characters
   * @return the same options with that attribute
   */
  public SessionOptions withLoginId(LoginId loginId) {
    return loginId.value().length() > SessionRules.MAX_VALUE
        ? this
        : with(SessionRules.LOGIN_ID, loginId.value());
  }

  /**
   * Returns whether the session will know the identifier that its user logged in with.
   *
   * @return true after {@link #withLoginId}, unless the identifier was too long
   */
  public boolean hasLoginId() {
    return attributes.containsKey(SessionRules.LOGIN_ID);
  }

  /**
   * Returns these options for a session that also knows the network that its user logged in from,
   * for lists of sessions: see {@link Session#network()}. A login does this by itself.
   *
   * @param client kept is its {@link ClientContext#network()}, in the attribute {@code
   *     doorward.network}, which does not count among the 16
   * @return the same options with that attribute; without it if the network is not known
   */
  public SessionOptions withNetwork(ClientContext client) {
    return client.network().map(network -> with(SessionRules.NETWORK, network)).orElse(this);
  }

  /**
   * Returns these options for a session on another kind of device than {@code browser}, which a
   * cookie session is on, or {@code app}, which a bearer session is on: see {@link SessionLimits}.
   *
   * <p>Security: where a client can choose the kind, only the limit of the account holds it.
   *
   * @param deviceKind a word of the application's, 1 to 32 characters of {@code [a-z0-9_-]}, for
   *     instance {@code phone}; kept in the attribute {@code doorward.device}, which does not count
   *     among the 16
   * @return the same options with that attribute
   * @throws IllegalArgumentException if it has another form
   */
  public SessionOptions withDeviceKind(String deviceKind) {
    return with(
        SessionRules.DEVICE_KIND,
        SessionRules.requireDeviceKind(requireNonNull(deviceKind, "deviceKind")));
  }

  private SessionOptions with(String key, String value) {
    Map<String, String> more = new HashMap<>(attributes);
    more.put(key, value);
    return new SessionOptions(kind, remembered, device, more);
  }

  /** Omits the values of the attributes: one of them may be the user's address. */
  @Override
  public String toString() {
    return "SessionOptions[kind="
        + kind
        + ", remembered="
        + remembered
        + ", attributes="
        + new TreeSet<>(attributes.keySet())
        + "]";
  }

  /** Leaves no half of a surrogate pair: that is no text, and not every store can keep it. */
  private static String cut(String label) {
    int end = Math.min(label.length(), MAX_LABEL);
    boolean isInPair =
        end < label.length() && Character.isSurrogatePair(label.charAt(end - 1), label.charAt(end));
    return label.substring(0, isInPair ? end - 1 : end);
  }
}
