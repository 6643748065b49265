package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.guard.SuppressForbidden;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult.DeviceCookie;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * Issues and verifies device cookies, by which a known device is recognised (OWASP, "Slow down
 * online guessing attacks with device cookies"). Nothing is stored: a cookie is sealed under the
 * key ring, with the device's name, the time of issue and the end inside, and bound to the
 * namespace and to the login identifier it was issued for. The name is random and says which
 * account, in which epoch, the device logged in to.
 *
 * <p>Thread-safe.
 *
 * <p>Security: a device counts as known only by a cookie that this class made, for this login
 * identifier, in this namespace, that has not ended, and while the identifier belongs to the same
 * account in the same epoch ({@link #isOf}): a changed password ends all cookies of before, another
 * hash of the same password ends none. Any other cookie, whether forged, moved or expired, makes
 * the device unknown, which is no failure. A cookie is no credential: it only gives a separate
 * budget of attempts and a place in the preferred lane. Single cookies cannot be revoked; a cookie
 * is good while its sealing key and the index key of its identifier are in the ring.
 */
public final class DeviceCookies {
  private static final String FORMAT = "device cookie 2";
  private static final int RANDOM_BYTES = 16;
  private static final int BINDING_BYTES = 16;
  private static final int NAME_BYTES = RANDOM_BYTES + BINDING_BYTES;
  private static final int PLAIN_BYTES = NAME_BYTES + 2 * Long.BYTES;
  private static final Duration MIN_LIFETIME = Duration.ofHours(1);

  /** The longest time for which browsers keep a cookie (RFC 6265bis, 5.5). */
  private static final Duration MAX_LIFETIME = Duration.ofDays(400);

  /** Accepted clock skew between nodes: a cookie may be issued this far in the future. */
  private static final Duration SKEW = Duration.ofSeconds(60);

  private static final SecureRandom RANDOM = new SecureRandom();

  private final KeyRing keys;
  private final String namespace;
  private final Duration lifetime;
  private final InstantSource clock;

  /**
   * Creates one.
   *
   * @param keys seals cookies and names login identifiers; every node needs the same
   * @param namespace keeps applications that share keys apart
   * @param lifetime how long a device is known after its last login, 1 h to 400 d; shortening it
   *     shortens also cookies that were issued before
   * @param clock the time of day
   * @throws IllegalArgumentException if {@code lifetime} is out of range
   */
  public DeviceCookies(KeyRing keys, String namespace, Duration lifetime, InstantSource clock) {
    this.keys = requireNonNull(keys, "keys");
    this.namespace = requireNonNull(namespace, "namespace");
    this.clock = requireNonNull(clock, "clock");
    if (lifetime.compareTo(MIN_LIFETIME) < 0 || lifetime.compareTo(MAX_LIFETIME) > 0) {
      throw new IllegalArgumentException("deviceCookieLifetime must be 1 h to 400 d: " + lifetime);
    }
    this.lifetime = lifetime;
  }

  /**
   * Issues a cookie for a device after a successful login.
   *
   * @param loginId the login identifier
   * @param account the account of the login identifier
   * @param epoch the present epoch of the account; the cookie ends with it
   * @return a cookie of a new device name
   */
  public DeviceCookie issue(LoginId loginId, AccountId account, Epoch epoch) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Instant end = now.plus(lifetime);
    byte[] random = new byte[RANDOM_BYTES];
    RANDOM.nextBytes(random);
    byte[] plain =
        ByteBuffer.allocate(PLAIN_BYTES)
            .put(random)
            .put(binding(account, epoch))
            .putLong(now.getEpochSecond())
            .putLong(end.getEpochSecond())
            .array();
    String boundTo = keys.loginIndex().name(namespace, loginId);
    return DeviceCookie.of(text(keys.sealer().seal(plain, FORMAT, namespace, boundTo)), end);
  }

  /**
   * Recognises the device of a client by its cookie. Check the account and the epoch of the cookie
   * with {@link #isOf}, once the credential has been read.
   *
   * @param loginId the login identifier of the attempt
   * @param client as received; a device that it already names as known is ignored
   * @return the client, with a known device exactly if its cookie is good for {@code loginId}
   */
  public ClientContext recognise(LoginId loginId, ClientContext client) {
    ClientContext stranger = client.withoutKnownDevice();
    return client
        .deviceCookie()
        .flatMap(DeviceCookies::bytes)
        .flatMap(bytes -> open(loginId, bytes))
        .map(stranger::withKnownDevice)
        .orElse(stranger);
  }

  /**
   * Returns whether a device logged in to an account in an epoch.
   *
   * @param device the name of a known device, as {@link #recognise} found it
   * @param account the account of the login identifier
   * @param epoch that account's present one
   * @return true if the account knows the device
   */
  public static boolean isOf(String device, AccountId account, Epoch epoch) {
    requireNonNull(account, "account");
    requireNonNull(epoch, "epoch");
    return bytes(requireNonNull(device, "device"))
        .filter(name -> name.length == NAME_BYTES)
        .map(name -> Arrays.copyOfRange(name, RANDOM_BYTES, NAME_BYTES))
        .filter(bound -> MessageDigest.isEqual(bound, binding(account, epoch)))
        .isPresent();
  }

  /** Both are texts that contain no space. */
  @SuppressForbidden("SHA-256")
  private static byte[] binding(AccountId account, Epoch epoch) {
    String text = account.value() + ' ' + epoch.number() + ' ' + epoch.tag();
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
      return Arrays.copyOf(digest, BINDING_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private Optional<String> open(LoginId loginId, byte[] sealed) {
    return keys.loginIndex().names(namespace, loginId).stream()
        .flatMap(boundTo -> keys.sealer().open(sealed, FORMAT, namespace, boundTo).stream())
        .findFirst()
        .flatMap(this::nameOfLive);
  }

  private Optional<String> nameOfLive(byte[] plain) {
    if (plain.length != PLAIN_BYTES) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(plain);
    byte[] name = new byte[NAME_BYTES];
    in.get(name);
    Instant issuedAt = Instant.ofEpochSecond(in.getLong());
    Instant end = Instant.ofEpochSecond(in.getLong());
    Instant now = clock.instant();
    boolean isLive =
        now.isBefore(end)
            && now.isBefore(issuedAt.plus(lifetime))
            && !issuedAt.isAfter(now.plus(SKEW));
    return isLive ? Optional.of(text(name)) : Optional.empty();
  }

  private static String text(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static Optional<byte[]> bytes(String text) {
    try {
      return Optional.of(Base64.getUrlDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Returns the lifetime. */
  @Override
  public String toString() {
    return "DeviceCookies[lifetime=" + lifetime + "]";
  }
}
