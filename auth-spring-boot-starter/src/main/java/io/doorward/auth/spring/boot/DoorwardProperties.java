package io.doorward.auth.spring.boot;

import io.doorward.auth.servlet.ProxyHeader;
import io.doorward.auth.servlet.SameSite;
import io.doorward.auth.session.SessionLimits.WhenFull;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties. What is null is left to the default of the library.
 *
 * @param secret Secret in base64, at least 32 random bytes (openssl rand -base64 32). Keys for
 *     signing, sealing and naming are derived from it. The same on every node.
 * @param secretFile File that holds the secret and nothing else, in place of "secret".
 * @param secretId Name of the secret, for a rotation: 1 to 32 characters of A-Z a-z 0-9 _ -.
 * @param otherSecrets Former and coming secrets by their ids, in base64, during a rotation.
 * @param name Name of the application: PostgreSQL schema, namespace in Redis, issuer and audience
 *     of access tokens. 1 to 31 characters of a-z 0-9 _ without a leading digit.
 * @param jdbc PostgreSQL of Doorward's own, where the application has no DataSource.
 * @param redisUri Redis of Doorward's own, redis://user:password@host:port/database, where
 *     spring.data.redis.* names none.
 * @param migrate Whether the tables are created and brought up to date at the start, by Doorward's
 *     own runner. Otherwise they have to be there.
 * @param sessions Where sessions live: in PostgreSQL, answered by Redis, or in Redis only.
 * @param sessionPolicy How long sessions live, and how many an account may have.
 * @param roles What roles mean, by their names; one with a character other than a-z 0-9 - or a
 *     capital letter needs brackets: doorward.roles[shop.admin].permissions. Without them no
 *     permission is granted.
 * @param auditLog Whether events are written to the log of the audit.
 * @param start What prevents the start, and how long it waits.
 * @param web Filter and endpoints.
 */
@ConfigurationProperties(DoorwardProperties.PREFIX)
record DoorwardProperties(
    @Nullable String secret,
    @Nullable Path secretFile,
    @DefaultValue("main") String secretId,
    @DefaultValue Map<String, String> otherSecrets,
    @DefaultValue("doorward") String name,
    @DefaultValue Jdbc jdbc,
    @Nullable String redisUri,
    @DefaultValue("false") boolean migrate,
    @DefaultValue("durable") Sessions sessions,
    @DefaultValue Policy sessionPolicy,
    @DefaultValue Map<String, Role> roles,
    @DefaultValue("true") boolean auditLog,
    @DefaultValue Start start,
    @DefaultValue Web web) {
  private static final Pattern ENDPOINTS = Pattern.compile("(/[A-Za-z0-9._~-]+)+");

  static final String PREFIX = "doorward";

  /** Where sessions live. */
  enum Sessions {
    DURABLE,
    REDIS
  }

  /** What a rule asks of a request. */
  enum Access {
    PERMIT_ALL,
    OPTIONAL,
    AUTHENTICATED,
    DENY_ALL
  }

  /**
   * PostgreSQL of Doorward's own.
   *
   * @param url JDBC URL of the primary, jdbc:postgresql://host:port/database.
   * @param user Role that logs in.
   * @param password Password of the role.
   */
  record Jdbc(@Nullable String url, @Nullable String user, @Nullable String password) {
    /** Shows nothing: each may be or hold a secret. */
    @Override
    public String toString() {
      return "Jdbc[redacted]";
    }
  }

  /**
   * How long sessions live, and how many an account may have.
   *
   * @param cookie Cookie sessions.
   * @param bearer Bearer sessions.
   * @param bearerTokenLifetime How long one access token of a bearer session is good.
   * @param refreshGrace How long a refresh token that was replaced still gets its successor, up to
   *     1 min.
   * @param jitterPercent By how much ends are cut short at random, 0 to 10.
   * @param maxSessions How many live sessions an account may have, 1 to 1000.
   * @param maxPerDeviceKind How many of them on devices of one kind: browser, app, or a word of the
   *     application's.
   * @param whenFull What happens to a login that would open one more.
   */
  record Policy(
      @DefaultValue Lifetimes cookie,
      @DefaultValue Lifetimes bearer,
      @Nullable Duration bearerTokenLifetime,
      @Nullable Duration refreshGrace,
      @Nullable Integer jitterPercent,
      @Nullable Integer maxSessions,
      @DefaultValue Map<String, Integer> maxPerDeviceKind,
      @Nullable WhenFull whenFull) {}

  /**
   * How long sessions of one kind live.
   *
   * @param idleTimeout Without a request.
   * @param absoluteLifetime At most.
   * @param rememberedIdleTimeout Without a request, where the login asked to be remembered.
   * @param rememberedLifetime At most, where the login asked to be remembered.
   */
  record Lifetimes(
      @Nullable Duration idleTimeout,
      @Nullable Duration absoluteLifetime,
      @Nullable Duration rememberedIdleTimeout,
      @Nullable Duration rememberedLifetime) {}

  /**
   * What a role means.
   *
   * @param includes Other roles, whose permissions it has as well.
   * @param permissions Permissions (article:read) and wildcards (article:*, or * for all).
   */
  record Role(@DefaultValue List<String> includes, @DefaultValue List<String> permissions) {}

  /**
   * How the start treats servers and settings.
   *
   * @param patience How long the start waits for the answer of each server, up to 1 min.
   * @param requireServers Whether a server that does not answer in that time prevents the start.
   * @param tolerated Codes of findings that only warn, for instance redis.eviction.
   */
  record Start(
      @Nullable Duration patience,
      @DefaultValue("false") boolean requireServers,
      @DefaultValue Set<String> tolerated) {}

  /**
   * Filter and endpoints.
   *
   * @param endpoints Sign-up, login, logout and password change over JSON.
   * @param rules Rules in their order; the first whose path and method match decides.
   * @param permit Paths that are open to everybody, after the rules: /about, /assets/**.
   * @param otherwise What a path asks that no rule names.
   * @param cookie The session cookie.
   * @param allowedOrigins Other origins whose pages may call the application with its cookie.
   * @param trustedProxies Addresses and blocks of proxies whose forwarding header is trusted.
   * @param proxyHeader The one header that all trusted proxies write.
   * @param limits Bounds of the requests that Doorward answers.
   * @param pages Pages for people, in place of problems in JSON.
   * @param development Whether cookies travel over plain http on localhost; other machines are
   *     refused.
   */
  record Web(
      @DefaultValue Endpoints endpoints,
      @DefaultValue List<Rule> rules,
      @DefaultValue List<String> permit,
      @DefaultValue("authenticated") Access otherwise,
      @DefaultValue Cookie cookie,
      @DefaultValue List<String> allowedOrigins,
      @DefaultValue List<String> trustedProxies,
      @Nullable ProxyHeader proxyHeader,
      @DefaultValue Limits limits,
      @DefaultValue Pages pages,
      @DefaultValue("false") boolean development) {}

  /**
   * The endpoints.
   *
   * @param enabled Whether there are endpoints.
   * @param path Path in front of signup, login, logout, sessions and the other endpoints.
   */
  record Endpoints(@DefaultValue("true") boolean enabled, @DefaultValue("/auth") String path) {}

  /**
   * A rule.
   *
   * @param paths Exact paths (/about) and prefixes (/admin/**).
   * @param methods Methods in upper case; all where there is none.
   * @param roles One of these, or a role that includes it, is needed. In place of "access".
   * @param permissions One of these is needed. In place of "roles" and "access".
   * @param access What is needed, where it is neither a role nor a permission.
   */
  record Rule(
      @DefaultValue List<String> paths,
      @DefaultValue List<String> methods,
      @DefaultValue List<String> roles,
      @DefaultValue List<String> permissions,
      @Nullable Access access) {
    /** Says which of the requirements there are. */
    private List<String> requirements() {
      List<String> all = new ArrayList<>();
      if (!roles.isEmpty()) {
        all.add("roles");
      }
      if (!permissions.isEmpty()) {
        all.add("permissions");
      }
      if (access != null) {
        all.add("access");
      }
      return all;
    }
  }

  /**
   * The session cookie.
   *
   * @param name Name, which starts with __Host-.
   * @param sameSite When browsers send it on requests that another site caused.
   */
  record Cookie(@Nullable String name, @Nullable SameSite sameSite) {}

  /**
   * Bounds of requests.
   *
   * @param loginDeadline Bounds login, sign-up, logout and password change.
   * @param checkDeadline Bounds the check of one request.
   * @param bodyLimit Bytes of a body that the endpoints read, 1024 to 1048576.
   */
  record Limits(
      @Nullable Duration loginDeadline,
      @Nullable Duration checkDeadline,
      @Nullable Integer bodyLimit) {}

  /**
   * Pages for people.
   *
   * @param login Path of the page with the login form, open to everybody.
   * @param afterLogin Path that a login by a form leads to if its visitor came from nowhere.
   * @param afterLogout Path that a logout by a form leads to if the form does not say.
   * @param errors Whether refused visits get the application's error pages. With a login page they
   *     do.
   */
  record Pages(
      @Nullable String login,
      @Nullable String afterLogin,
      @Nullable String afterLogout,
      @DefaultValue("false") boolean errors) {}

  /**
   * Refuses what contradicts itself.
   *
   * @throws DoorwardConfigurationException if two properties do
   */
  void requireConsistent() {
    refuse(
        secret != null && secretFile != null,
        "doorward.secret and doorward.secret-file are both set",
        "Keep one of them.");
    refuse(
        jdbc.url() == null && (jdbc.user() != null || jdbc.password() != null),
        "doorward.jdbc.user or doorward.jdbc.password is set without doorward.jdbc.url",
        "Set doorward.jdbc.url, or remove them.");
    refuse(
        web.proxyHeader() != null && web.trustedProxies().isEmpty(),
        "doorward.web.proxy-header is set without doorward.web.trusted-proxies",
        "Name the proxies whose header is trusted, or remove it.");
    refuse(
        web.pages().login() == null
            && (web.pages().afterLogin() != null || web.pages().afterLogout() != null),
        "doorward.web.pages.after-login or after-logout is set without doorward.web.pages.login",
        "Set doorward.web.pages.login, or remove them.");
    refuse(
        !ENDPOINTS.matcher(web.endpoints().path()).matches(),
        "doorward.web.endpoints.path is no path of plain names",
        "Write it like /auth or /api/auth, without a slash at its end.");
    for (int i = 0; i < web.rules().size(); i++) {
      Rule rule = web.rules().get(i);
      String name = "doorward.web.rules[" + i + "]";
      refuse(rule.paths().isEmpty(), name + " has no paths", "Set " + name + ".paths.");
      List<String> requirements = rule.requirements();
      refuse(
          requirements.size() != 1,
          name
              + (requirements.isEmpty()
                  ? " has neither roles nor permissions nor access"
                  : " has " + String.join(" and ", requirements)),
          "Set one of " + name + ".roles, " + name + ".permissions and " + name + ".access.");
    }
  }

  private static void refuse(boolean wrong, String what, String advice) {
    if (wrong) {
      throw new DoorwardConfigurationException(what, advice);
    }
  }

  /** Shows neither secrets nor addresses, which may hold some. */
  @Override
  public String toString() {
    return "DoorwardProperties[name=" + name + ", sessions=" + sessions + ", web=" + web + "]";
  }
}
