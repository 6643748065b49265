package io.doorward.auth.base;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.text.CodePoints;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The client of an attempt: network address, user agent, device cookie. The application says which
 * address is the client's; behind a proxy that is not the peer of the connection.
 *
 * <p>Immutable and thread-safe. An unknown part is absent and has no budget.
 *
 * <p>Security: the device cookie is a secret and is never shown by {@link #toString()}.
 */
public final class ClientContext {
  private static final int MAX_TEXT = 256;
  private static final int MAX_DEVICE_NAME = 64;
  private static final int IPV6_NETWORK_BYTES = 8;

  /** What an IPv6 address that stands for an IPv4 one begins with (RFC 4291, 2.5.5.2). */
  private static final byte[] IPV4_MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

  private static final ClientContext UNKNOWN = new ClientContext(null, null, null, null);

  private final @Nullable InetAddress address;
  private final @Nullable String userAgent;
  private final @Nullable String deviceCookie;
  private final @Nullable String knownDevice;

  private ClientContext(
      @Nullable InetAddress address,
      @Nullable String userAgent,
      @Nullable String deviceCookie,
      @Nullable String knownDevice) {
    this.address = address;
    this.userAgent = userAgent;
    this.deviceCookie = deviceCookie;
    this.knownDevice = knownDevice;
  }

  /**
   * Returns a context in which nothing is known, for callers without a client (a job, a test).
   *
   * @return the empty context
   */
  public static ClientContext unknown() {
    return UNKNOWN;
  }

  /**
   * Returns a context with an address.
   *
   * @param address the client's address
   * @return the context
   */
  public static ClientContext of(InetAddress address) {
    return new ClientContext(requireNonNull(address, "address"), null, null, null);
  }

  /**
   * Adds the user agent.
   *
   * @param text the header's text; cut to 256 characters, control and invisible characters become
   *     spaces
   * @return a new context
   */
  public ClientContext withUserAgent(String text) {
    return new ClientContext(address, clean(text), deviceCookie, knownDevice);
  }

  /**
   * Adds the device cookie as the client brought it, by which a device that logged in before is
   * known again. The service verifies it before use.
   *
   * @param text the cookie's value; empty or longer than 256 characters counts as absent
   * @return a new context
   */
  public ClientContext withDeviceCookie(String text) {
    boolean isUsable = !text.isEmpty() && text.length() <= MAX_TEXT;
    return new ClientContext(address, userAgent, isUsable ? text : null, knownDevice);
  }

  /**
   * Marks the device cookie as verified. The service calls it and overrides the value of a caller;
   * limiters choose the budget by it.
   *
   * @param name the device's name, from inside the cookie; 1 to 64 characters of {@code A-Z a-z 0-9
   *     _ -}
   * @return a new context
   * @throws IllegalArgumentException if the name has another form
   */
  public ClientContext withKnownDevice(String name) {
    return new ClientContext(
        address, userAgent, deviceCookie, Ids.requireUrlSafe("knownDevice", name, MAX_DEVICE_NAME));
  }

  /**
   * Marks the device as unknown.
   *
   * @return a context without a known device
   */
  public ClientContext withoutKnownDevice() {
    return knownDevice == null ? this : new ClientContext(address, userAgent, deviceCookie, null);
  }

  /**
   * Returns the client's address.
   *
   * @return the address, if known
   */
  public Optional<InetAddress> address() {
    return Optional.ofNullable(address);
  }

  /**
   * Returns the user agent.
   *
   * @return at most 256 characters without control characters, if known
   */
  public Optional<String> userAgent() {
    return Optional.ofNullable(userAgent);
  }

  /**
   * Returns the device cookie.
   *
   * @return the cookie's value, if there was one; a secret, and not verified
   */
  public Optional<String> deviceCookie() {
    return Optional.ofNullable(deviceCookie);
  }

  /**
   * Returns the name of the device, if a verified cookie says that it logged in before under the
   * identifier that is tried.
   *
   * @return 1 to 64 characters of {@code A-Z a-z 0-9 _ -}; empty if the device is unknown
   */
  public Optional<String> knownDevice() {
    return Optional.ofNullable(knownDevice);
  }

  /**
   * Returns the network that a budget is counted for: an IPv4 address as it is, an IPv6 address cut
   * to its /64, because one subscriber commonly holds a whole /64. IPv4-mapped addresses count as
   * IPv4.
   *
   * @return the network as text, if the address is known
   */
  public Optional<String> network() {
    return Optional.ofNullable(address)
        .map(known -> known instanceof Inet6Address v6 ? network(v6) : known.getHostAddress());
  }

  /**
   * Returns the network whose budget an attempt counts in.
   *
   * @return as {@link #network}; empty for a {@linkplain #knownDevice known device}, which has its
   *     own budget and is not affected by other clients in its network
   */
  public Optional<String> countedNetwork() {
    return knownDevice == null ? network() : Optional.empty();
  }

  private static String network(Inet6Address address) {
    byte[] bytes = address.getAddress();
    if (Arrays.equals(bytes, 0, IPV4_MAPPED.length, IPV4_MAPPED, 0, IPV4_MAPPED.length)) {
      return text(Arrays.copyOfRange(bytes, IPV4_MAPPED.length, bytes.length));
    }
    return text(Arrays.copyOf(Arrays.copyOf(bytes, IPV6_NETWORK_BYTES), bytes.length)) + "/64";
  }

  private static String text(byte[] address) {
    try {
      return InetAddress.getByAddress(address).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four or sixteen bytes are an address", e);
    }
  }

  private static String clean(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .limit(MAX_TEXT)
        .map(c -> CodePoints.isInvisible(c) ? ' ' : c)
        .takeWhile(c -> out.length() + Character.charCount(c) <= MAX_TEXT)
        .forEachOrdered(out::appendCodePoint);
    return out.toString();
  }

  /** Returns what is present, without the device cookie's value. */
  @Override
  public String toString() {
    return "ClientContext[network="
        + network().orElse("unknown")
        + ", deviceCookie="
        + (deviceCookie == null ? "absent" : "present")
        + (knownDevice == null ? "" : ", device is known")
        + "]";
  }
}
