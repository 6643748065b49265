package io.doorward.auth.servlet;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.TenantId;
import io.doorward.auth.event.AuthListener;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Options that the filter and the endpoints of one application share. Immutable and thread-safe.
 *
 * <p>Security: the defaults are the strict ones. There is no option for a cookie that is readable
 * by scripts or is shared with other hosts, and none for one that travels without TLS to another
 * machine.
 */
public final class WebOptions {
  private static final Logger LOG = LoggerFactory.getLogger(WebOptions.class);

  private final boolean development;
  private final String cookieName;
  private final SameSite sameSite;
  private final Set<String> allowedOrigins;
  private final ProxyHeader proxyHeader;
  private final List<AddressBlock> trustedProxies;
  private final Duration loginDeadline;
  private final Duration checkDeadline;
  private final int bodyLimit;
  private final InstantSource clock;
  private final AuthListener listener;
  private final Function<HttpServletRequest, Optional<TenantId>> tenantOf;
  private final @Nullable SitePages pages;

  private WebOptions(Builder builder) {
    development = builder.development;
    cookieName =
        development
            ? builder.cookieName.substring(OwnCookie.HOST_PREFIX.length())
            : builder.cookieName;
    sameSite = builder.sameSite;
    allowedOrigins = Set.copyOf(builder.allowedOrigins);
    proxyHeader = builder.proxyHeader;
    trustedProxies = builder.trustedProxies.stream().map(AddressBlock::parse).toList();
    loginDeadline = builder.loginDeadline;
    checkDeadline = builder.checkDeadline;
    bodyLimit = builder.bodyLimit;
    clock = builder.clock;
    listener = builder.listener;
    tenantOf = builder.tenantOf;
    pages = builder.pages;
  }

  /**
   * Returns the defaults, see {@link Builder}.
   *
   * @return the default options
   */
  public static WebOptions defaults() {
    return builder().build();
  }

  /**
   * Starts from the defaults.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  String cookieName() {
    return cookieName;
  }

  SameSite sameSite() {
    return sameSite;
  }

  Set<String> allowedOrigins() {
    return allowedOrigins;
  }

  ProxyHeader proxyHeader() {
    return proxyHeader;
  }

  List<AddressBlock> trustedProxies() {
    return trustedProxies;
  }

  Duration loginDeadline() {
    return loginDeadline;
  }

  Duration checkDeadline() {
    return checkDeadline;
  }

  int bodyLimit() {
    return bodyLimit;
  }

  InstantSource clock() {
    return clock;
  }

  AuthListener listener() {
    return listener;
  }

  /**
   * Passes every request, but in development mode only those of this machine.
   *
   * @throws RefusedRequest if it comes from elsewhere
   */
  void requireReach(ReceivedRequest request) throws RefusedRequest {
    if (development) {
      DevelopmentMode.require(request, allowedOrigins);
    }
  }

  /** The pages for people; empty if every answer is for programs. */
  Optional<SitePages> pages() {
    return Optional.ofNullable(pages);
  }

  /**
   * Returns the tenant that a request is addressed to.
   *
   * @throws RefusedRequest if it is addressed to none
   */
  TenantId tenant(ReceivedRequest request) throws RefusedRequest {
    return tenantOf
        .apply(request.container())
        .orElseThrow(() -> new RefusedRequest(Problem.UNKNOWN_TENANT));
  }

  /** Builds {@link WebOptions}. Not thread-safe. */
  public static final class Builder {
    private static final int MAX_COOKIE_NAME = 64;
    private static final int MIN_BODY = 1024;
    private static final int MAX_BODY = 1024 * 1024;

    /** A token of RFC 9110. */
    private static final Pattern COOKIE_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    /** As browsers serialise it: lower case, no default port, no path. */
    private static final Pattern WEB_ORIGIN =
        Pattern.compile("https?://([a-z0-9.-]+|\\[[0-9a-f:.]+])(:[0-9]{1,5})?");

    /** Of an embedded browser or an extension. Hosts keep their upper case (URL Standard, 3.5). */
    private static final Pattern CUSTOM_ORIGIN =
        Pattern.compile(
            "(?!(?:https?|ftp|file|wss?):)[a-z][a-z0-9+.-]*://[A-Za-z0-9._~-]+(:[0-9]{1,5})?");

    private String cookieName = "__Host-doorward";
    private SameSite sameSite = SameSite.LAX;
    private List<String> allowedOrigins = List.of();
    private ProxyHeader proxyHeader = ProxyHeader.X_FORWARDED_FOR;
    private List<String> trustedProxies = List.of();
    private Duration loginDeadline = Duration.ofSeconds(5);
    private Duration checkDeadline = Duration.ofSeconds(1);
    private int bodyLimit = 16 * 1024;
    private InstantSource clock = InstantSource.system();
    private AuthListener listener = AuthListener.none();
    private Function<HttpServletRequest, Optional<TenantId>> tenantOf =
        request -> Optional.of(TenantId.DEFAULT);

    private @Nullable SitePages pages;
    private boolean development;

    private Builder() {}

    /**
     * Names the session cookie. Two applications on one host need two names. The cookie by which a
     * device is known again has the same name with {@code -device} behind it; that of a refresh
     * token has {@code -refresh} behind it and starts with {@code __Secure-}.
     *
     * @param name must not end in {@code -device} or {@code -refresh}; at most 64 characters;
     *     starts with {@code __Host-}, so that browsers insist on {@code Secure}, {@code Path=/}
     *     and no {@code Domain}; default {@code __Host-doorward}
     * @return this builder
     */
    public Builder cookieName(String name) {
      cookieName = requireNonNull(name, "name");
      return this;
    }

    /**
     * Chooses when browsers send the cookie on requests that another site caused.
     *
     * @param value default {@link SameSite#LAX}
     * @return this builder
     */
    public Builder sameSite(SameSite value) {
      sameSite = requireNonNull(value, "value");
      return this;
    }

    /**
     * Names other origins whose pages may call this application with its cookie: send requests that
     * change something, and read all answers (CORS). The application's own origin need not be
     * named, unless a proxy rewrites the {@code Host} header.
     *
     * <p>Browsers send the cookie from another site only with {@link SameSite#NONE}; a page of the
     * same site, or one that uses a bearer token, needs no more than this.
     *
     * <p>Security: an origin of another scheme than https, such as {@code capacitor://localhost},
     * names the kind of program, not the program: every app that embeds a browser can claim it.
     *
     * @param origins each as browsers write it, for instance {@code https://app.example}, {@code
     *     capacitor://localhost} or {@code chrome-extension://} and the extension's id; default
     *     none
     * @return this builder
     */
    public Builder allowedOrigins(String... origins) {
      allowedOrigins = List.of(requireNonNull(origins, "origins"));
      return this;
    }

    /**
     * Names the proxies whose forwarding headers are trusted. Without this the client's address is
     * the peer of the connection, and headers are ignored.
     *
     * @param header the one header that all of them write; default {@code X-Forwarded-For}
     * @param networks addresses ({@code 192.0.2.1}) and blocks ({@code 10.0.0.0/8}); default none
     * @return this builder
     */
    public Builder trustedProxies(ProxyHeader header, String... networks) {
      proxyHeader = requireNonNull(header, "header");
      trustedProxies = List.of(requireNonNull(networks, "networks"));
      return this;
    }

    /**
     * Bounds login, sign-up, refresh, logout and password change.
     *
     * @param value positive; default 5 s
     * @return this builder
     */
    public Builder loginDeadline(Duration value) {
      loginDeadline = requireNonNull(value, "value");
      return this;
    }

    /**
     * Bounds the check of one request.
     *
     * @param value positive; default 1 s
     * @return this builder
     */
    public Builder checkDeadline(Duration value) {
      checkDeadline = requireNonNull(value, "value");
      return this;
    }

    /**
     * Bounds the bodies that the endpoints read.
     *
     * @param bytes 1,024 to 1,048,576; default 16,384
     * @return this builder
     */
    public Builder bodyLimit(int bytes) {
      bodyLimit = bytes;
      return this;
    }

    /**
     * Sets the clock from which the {@code Max-Age} of cookies is counted.
     *
     * @param clock default the system's
     * @return this builder
     */
    public Builder clock(InstantSource clock) {
      this.clock = requireNonNull(clock, "clock");
      return this;
    }

    /**
     * Sets the listener for requests that the filter and the endpoints refuse by themselves. Pass
     * the listener of the service; its exceptions are logged and have no other effect.
     *
     * @param listener called on the thread of the request; default: none
     * @return this builder
     */
    public Builder listener(AuthListener listener) {
      this.listener = AuthListener.guarded(listener);
      return this;
    }

    /**
     * Sets how the tenant of a request is found, for instance by the name of the host. It is called
     * for every request whose session is checked, and for sign-ups and logins, on the thread of the
     * request; it must be fast, thread-safe and give one request one answer. An exception of it
     * stops the request with 500. A logout does not call it: it ends the session that its token
     * names, in whatever tenant that is.
     *
     * <p>Security: clients choose what they send, so compare it with the tenants that there are; a
     * sign-up makes an account in whatever tenant this returns. A client that names another tenant
     * than its own gains nothing: a token of one tenant is refused in every other.
     *
     * @param ofRequest returns the tenant; empty if the request is addressed to none, which is
     *     answered with 404; default: always {@link TenantId#DEFAULT}
     * @return this builder
     */
    public Builder tenant(Function<HttpServletRequest, Optional<TenantId>> ofRequest) {
      tenantOf = requireNonNull(ofRequest, "ofRequest");
      return this;
    }

    /**
     * Gives people pages where programs get problems in JSON.
     *
     * @param pages the login page and the answer to refused visits; default: none, so that every
     *     answer is JSON
     * @return this builder
     */
    public Builder pages(SitePages pages) {
      this.pages = requireNonNull(pages, "pages");
      return this;
    }

    /**
     * Switches to development mode, for an application on {@code http://localhost}: the cookies
     * have no {@code Secure} and no {@code __Host-} in their names, which programs, and some
     * browsers, do not take over plain http. A warning in the log says so at every start.
     *
     * <p>Security: every request that does not come from this machine itself is refused with 403
     * {@code development_mode}: by its peer, by its {@code Host} ({@code localhost}, {@code
     * 127.0.0.1} or {@code [::1]}), by its {@code Origin}, if that is neither of this machine nor
     * allowed, or because a proxy forwarded it.
     *
     * @return this builder
     */
    public Builder development() {
      development = true;
      return this;
    }

    /**
     * Checks everything.
     *
     * @return the options
     * @throws IllegalArgumentException if an option breaks the rule that its setter names
     */
    public WebOptions build() {
      requireCookieName();
      for (String origin : allowedOrigins) {
        requireOrigin(origin);
      }
      requirePositive("loginDeadline", loginDeadline);
      requirePositive("checkDeadline", checkDeadline);
      if (bodyLimit < MIN_BODY || bodyLimit > MAX_BODY) {
        throw new IllegalArgumentException(
            "bodyLimit must be " + MIN_BODY + " to " + MAX_BODY + ": " + bodyLimit);
      }
      if (development) {
        requireDevelopment();
      }
      return new WebOptions(this);
    }

    private void requireDevelopment() {
      if (sameSite == SameSite.NONE) {
        throw new IllegalArgumentException(
            "sameSite must be LAX or STRICT in development mode: browsers take NONE with TLS only");
      }
      LOG.warn(
          "Development mode: cookies travel without TLS, and only requests of this machine to"
              + " localhost are served. Remove development() from the web options elsewhere");
    }

    private static void requireOrigin(String origin) {
      boolean web =
          WEB_ORIGIN.matcher(origin).matches()
              && !(origin.startsWith("https:") && origin.endsWith(":443"))
              && !(origin.startsWith("http:") && origin.endsWith(":80"));
      if (!web && !CUSTOM_ORIGIN.matcher(origin).matches()) {
        throw new IllegalArgumentException(
            "allowedOrigins must be scheme://host or scheme://host:port without a default port,"
                + " http and https in lower case: "
                + origin);
      }
    }

    private void requireCookieName() {
      boolean ok =
          cookieName.startsWith(OwnCookie.HOST_PREFIX)
              && cookieName.length() > OwnCookie.HOST_PREFIX.length()
              && cookieName.length() <= MAX_COOKIE_NAME
              && COOKIE_NAME.matcher(cookieName).matches();
      if (!ok) {
        throw new IllegalArgumentException(
            "cookieName must be a token of at most "
                + MAX_COOKIE_NAME
                + " characters that starts with "
                + OwnCookie.HOST_PREFIX
                + ": "
                + cookieName);
      }
      for (String suffix : List.of(DeviceCookieHeader.SUFFIX, RefreshCookie.SUFFIX)) {
        if (cookieName.endsWith(suffix)) {
          throw new IllegalArgumentException(
              "cookieName must not end in "
                  + suffix
                  + ", which names another cookie of a login: "
                  + cookieName);
        }
      }
    }

    private static void requirePositive(String what, Duration value) {
      if (value.isNegative() || value.isZero()) {
        throw new IllegalArgumentException(what + " must be positive: " + value);
      }
    }
  }
}
