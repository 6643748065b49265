package io.doorward.auth.base;

import static java.util.Objects.requireNonNull;

import java.net.IDN;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A login identifier in canonical form. It is canonicalised once, before any other use, so that the
 * store, the cache and the limiter always use the same account.
 *
 * <p>To everything but its factory methods it is opaque text, compared exactly. Immutable and
 * thread-safe.
 *
 * <p>Security: it is personal data. {@link #toString()} does not show it, and Redis only ever sees
 * a keyed hash of it.
 */
public final class LoginId {
  /**
   * The longest e-mail address that mail can be sent to (RFC 5321, 4.5.3.1.3, less the brackets).
   */
  private static final int MAX_EMAIL = 254;

  private static final int MAX_LOCAL_PART = 64;
  private static final int MAX = 320;
  private static final char TENANT_SEPARATOR = ':';

  /** Sharp s and final sigma. The other two deviations are invisible joiners. */
  private static final String READ_DIFFERENTLY = "\u00df\u03c2";

  private final String value;

  private LoginId(String value) {
    this.value = value;
  }

  /**
   * Creates the login identifier of an e-mail address.
   *
   * @param address as the person typed it; null if the field was missing
   * @return its canonical form, see {@link #parseEmail}
   * @throws IllegalArgumentException if it is not an address; the message does not repeat it
   */
  public static LoginId email(@Nullable String address) {
    return parseEmail(address)
        .orElseThrow(
            () -> new IllegalArgumentException("address must be an e-mail address local@domain"));
  }

  /**
   * Reads an e-mail address that came from outside. Canonical form: surrounding white space and the
   * domain's trailing dot removed, Unicode NFKC, lower case (in no particular language), the domain
   * in its ASCII form (RFC 3490). It is normalised first and checked afterwards, so a full-width
   * {@code @} is one like any other. Not accepted: quoted local parts, address literals,
   * {@linkplain CodePoints#isInvisible invisible} characters, and in domains the four characters
   * that RFC 3490 and RFC 5891 read differently (among them the German sharp s), which would give
   * two domains one account.
   *
   * @param address as the person typed it; null if the field was missing
   * @return the identifier; empty if the text is not an address of at most 254 characters
   */
  public static Optional<LoginId> parseEmail(@Nullable String address) {
    if (address == null || address.length() > MAX) {
      return Optional.empty();
    }
    String text = fold(address.strip());
    int at = text.indexOf('@');
    if (at < 1 || at > MAX_LOCAL_PART || at != text.lastIndexOf('@')) {
      return Optional.empty();
    }
    String local = text.substring(0, at);
    String domain = text.substring(at + 1);
    if (domain.endsWith(".")) {
      domain = domain.substring(0, domain.length() - 1);
    }
    if (!isDotAtom(local)
        || domain.isEmpty()
        || !domain.codePoints().allMatch(LoginId::isOfDomain)) {
      return Optional.empty();
    }
    String ascii;
    try {
      ascii = IDN.toASCII(domain, IDN.USE_STD3_ASCII_RULES).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    String canonical = local + '@' + ascii;
    boolean ok =
        !ascii.isEmpty()
            && !ascii.startsWith(".")
            && !ascii.endsWith(".")
            && canonical.length() <= MAX_EMAIL;
    return ok ? Optional.of(new LoginId(canonical)) : Optional.empty();
  }

  /**
   * Takes text that an application's own canonicaliser made, for instance a user name or a
   * telephone number. It must map everything that means one account to one text.
   *
   * @param canonical 1 to 254 characters; no white space, no invisible, control or unassigned
   *     character, no colon
   * @return the identifier
   * @throws IllegalArgumentException if the text breaks that rule; the message does not repeat it
   */
  public static LoginId of(String canonical) {
    if (requireNonNull(canonical, "canonical").isEmpty() || canonical.length() > MAX_EMAIL) {
      throw new IllegalArgumentException(
          "canonical must have 1 to " + MAX_EMAIL + " characters, had " + canonical.length());
    }
    if (!canonical.codePoints().allMatch(c -> isPlain(c) && c != TENANT_SEPARATOR)) {
      throw new IllegalArgumentException(
          "canonical must have no white space, invisible or control character or colon");
    }
    return new LoginId(canonical);
  }

  /**
   * Takes back what {@link #value()} gave, for stores that read their own rows.
   *
   * @param stored a value of an earlier {@code LoginId}, with its tenant if it had one
   * @return the identifier
   */
  public static LoginId ofStored(String stored) {
    if (requireNonNull(stored, "stored").isEmpty()) {
      throw new IllegalArgumentException("stored must not be empty");
    }
    return new LoginId(stored);
  }

  /**
   * Puts this identifier into a tenant, so that one address may be an account in each of several.
   *
   * @param tenant 1 to 64 characters of {@code A-Z a-z 0-9 _ -}
   * @return the scoped identifier, equal to no unscoped one
   * @throws IllegalArgumentException if the tenant has another form or this identifier has one
   *     already
   */
  public LoginId inTenant(String tenant) {
    if (value.indexOf(TENANT_SEPARATOR) >= 0) {
      throw new IllegalArgumentException("tenant must be set once");
    }
    return new LoginId(Ids.requireUrlSafe("tenant", tenant, 64) + TENANT_SEPARATOR + value);
  }

  /**
   * Returns the canonical text. Personal data: for stores, not for logs.
   *
   * @return the text, with its tenant in front if it has one
   */
  public String value() {
    return value;
  }

  /** Lower-cases between two normalisations, because each may undo the other's form. */
  private static String fold(String text) {
    String lower = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    return Normalizer.normalize(lower, Normalizer.Form.NFKC);
  }

  private static boolean isOfDomain(int codePoint) {
    return isPlain(codePoint) && READ_DIFFERENTLY.indexOf(codePoint) < 0;
  }

  private static boolean isDotAtom(String local) {
    return !local.startsWith(".")
        && !local.endsWith(".")
        && !local.contains("..")
        && local.codePoints().allMatch(c -> isPlain(c) && "\"(),:;<>@[\\]".indexOf(c) < 0);
  }

  private static boolean isPlain(int codePoint) {
    int type = Character.getType(codePoint);
    return codePoint != ' '
        && type != Character.PRIVATE_USE
        && type != Character.UNASSIGNED
        && !CodePoints.isInvisible(codePoint);
  }

  /** Compares the canonical text. */
  @Override
  public boolean equals(Object other) {
    return other instanceof LoginId that && value.equals(that.value);
  }

  /** Follows {@link #equals}. */
  @Override
  public int hashCode() {
    return value.hashCode();
  }

  /** Returns a text without the identifier. */
  @Override
  public String toString() {
    return "LoginId[hidden]";
  }
}
