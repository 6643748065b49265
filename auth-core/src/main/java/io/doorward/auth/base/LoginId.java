package io.doorward.auth.base;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.text.CodePoints;
import java.net.IDN;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A login identifier in canonical form, and the tenant that it is looked up in. It is canonicalised
 * once, before any other use, so that the store, the cache and the limiter always use the same
 * account.
 *
 * <p>Two are equal if tenant and value are. The {@linkplain #kind() kind} follows from the value,
 * so a user name is never equal to an address or a telephone number, and one field of a login form
 * is enough for all three. To everything but its factory methods the value is opaque text, compared
 * exactly. Immutable and thread-safe.
 *
 * <p>Security: it is personal data. {@link #toString()} does not show it, and Redis only ever sees
 * a keyed hash of it, and sealed sessions that contain it.
 */
public final class LoginId {
  /** What a login identifier is. */
  public enum Kind {
    /** An e-mail address: the value contains {@code @}. */
    EMAIL,
    /** A telephone number in the form of E.164: {@code +} and 7 to 15 digits. */
    PHONE,
    /** A user name: everything else. */
    NAME
  }

  /**
   * The longest e-mail address that mail can be sent to (RFC 5321, 4.5.3.1.3, less the brackets).
   */
  private static final int MAX_EMAIL = 254;

  private static final int MAX_LOCAL_PART = 64;
  private static final int MAX = 320;
  private static final char AT = '@';
  private static final char PLUS = '+';

  /** ITU-T E.164: no more than 15 digits, the first of the country code is not 0. */
  private static final Pattern E164 = Pattern.compile("\\+[1-9][0-9]{6,14}");

  /** A number that people write with its trunk prefix, which is not part of it. */
  private static final String TRUNK_PREFIX = "(0)";

  private static final int MAX_TYPED_PHONE = 64;

  /** Sharp s and final sigma. The other two deviations are invisible joiners. */
  private static final String READ_DIFFERENTLY = "\u00df\u03c2";

  private final TenantId tenant;
  private final String value;

  private LoginId(TenantId tenant, String value) {
    this.tenant = requireNonNull(tenant, "tenant");
    this.value = value;
  }

  private static LoginId inDefaultTenant(String value) {
    return new LoginId(TenantId.DEFAULT, value);
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
    int at = text.indexOf(AT);
    if (at < 1 || at > MAX_LOCAL_PART || at != text.lastIndexOf(AT)) {
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
    String canonical = local + AT + ascii;
    boolean ok =
        !ascii.isEmpty()
            && !ascii.startsWith(".")
            && !ascii.endsWith(".")
            && canonical.length() <= MAX_EMAIL;
    return ok ? Optional.of(inDefaultTenant(canonical)) : Optional.empty();
  }

  /**
   * Creates the login identifier of a telephone number.
   *
   * @param number as the person typed it; null if the field was missing
   * @return its canonical form, see {@link #parsePhone}
   * @throws IllegalArgumentException if it is not a number; the message does not repeat it
   */
  public static LoginId phone(@Nullable String number) {
    return parsePhone(number)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "number must be an international telephone number: + and 7 to 15 digits"));
  }

  /**
   * Reads a telephone number that came from outside. Canonical form: ITU-T E.164, that is {@code +}
   * and digits only. Spaces, dashes, dots, slashes and round brackets between the digits are
   * removed. Not accepted: national numbers, because their country is unknown, and a trunk prefix
   * in brackets, {@code (0)}. It is not checked whether the country code exists.
   *
   * @param number as the person typed it; null if the field was missing
   * @return the identifier; empty if the text is not such a number
   */
  public static Optional<LoginId> parsePhone(@Nullable String number) {
    if (number == null || number.length() > MAX_TYPED_PHONE) {
      return Optional.empty();
    }
    String text = Normalizer.normalize(number.strip(), Normalizer.Form.NFKC);
    if (text.contains(TRUNK_PREFIX)) {
      return Optional.empty();
    }
    StringBuilder digits = new StringBuilder();
    text.codePoints().filter(c -> !isBetweenDigits(c)).forEach(digits::appendCodePoint);
    return E164.matcher(digits).matches()
        ? Optional.of(inDefaultTenant(digits.toString()))
        : Optional.empty();
  }

  private static boolean isBetweenDigits(int codePoint) {
    return Character.getType(codePoint) == Character.DASH_PUNCTUATION
        || " ./()".indexOf(codePoint) >= 0;
  }

  /**
   * Takes a user name that an application's own canonicaliser made. It must map everything that
   * means one account to one text. A name never looks like an address or a telephone number, so no
   * user can take those of another one as a name.
   *
   * @param canonical as for {@link #of}; without {@code @}, and with no {@code +} at its start
   * @return the identifier, of the kind {@link Kind#NAME}
   * @throws IllegalArgumentException if the text breaks that rule; the message does not repeat it
   */
  public static LoginId name(String canonical) {
    LoginId name = of(canonical);
    if (canonical.indexOf(AT) >= 0 || canonical.charAt(0) == PLUS) {
      throw new IllegalArgumentException("canonical must have no @, and no + at its start");
    }
    return name;
  }

  /**
   * Takes text that an application's own canonicaliser made, of any {@linkplain #kind() kind}. It
   * must map everything that means one account to one text. For what users choose by themselves
   * take {@link #name}.
   *
   * @param canonical 1 to 254 characters; no white space, no invisible, control or unassigned
   *     character
   * @return the identifier
   * @throws IllegalArgumentException if the text breaks that rule; the message does not repeat it
   */
  public static LoginId of(String canonical) {
    if (requireNonNull(canonical, "canonical").isEmpty() || canonical.length() > MAX_EMAIL) {
      throw new IllegalArgumentException(
          "canonical must have 1 to " + MAX_EMAIL + " characters, had " + canonical.length());
    }
    if (!canonical.codePoints().allMatch(LoginId::isPlain)) {
      throw new IllegalArgumentException(
          "canonical must have no white space, invisible or control character");
    }
    return inDefaultTenant(canonical);
  }

  /**
   * Takes back what {@link #tenant()} and {@link #value()} gave, for stores that read their own
   * rows.
   *
   * @param tenant of an earlier {@code LoginId}
   * @param stored the value of that one
   * @return the identifier
   */
  public static LoginId ofStored(TenantId tenant, String stored) {
    if (requireNonNull(stored, "stored").isEmpty()) {
      throw new IllegalArgumentException("stored must not be empty");
    }
    return new LoginId(tenant, stored);
  }

  /**
   * Returns the same value in a tenant, so that one address may be an account in each of several.
   *
   * @param other the tenant; the factory methods take the default one
   * @return the identifier there
   */
  public LoginId inTenant(TenantId other) {
    return new LoginId(requireNonNull(other, "other"), value);
  }

  /**
   * Returns the tenant that the identifier is looked up in.
   *
   * @return the default tenant if no other was chosen
   */
  public TenantId tenant() {
    return tenant;
  }

  /**
   * Returns what the identifier is, which its value tells.
   *
   * @return the kind
   */
  public Kind kind() {
    if (value.indexOf(AT) >= 0) {
      return Kind.EMAIL;
    }
    return E164.matcher(value).matches() ? Kind.PHONE : Kind.NAME;
  }

  /**
   * Returns the canonical text. Personal data: for stores, not for logs.
   *
   * @return the text, without the tenant
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

  /** Compares tenant and value. */
  @Override
  public boolean equals(Object other) {
    return other instanceof LoginId that && value.equals(that.value) && tenant.equals(that.tenant);
  }

  /** Follows {@link #equals}. */
  @Override
  public int hashCode() {
    return 31 * tenant.hashCode() + value.hashCode();
  }

  /** Returns a text without the identifier. */
  @Override
  public String toString() {
    return "LoginId[hidden]";
  }
}
