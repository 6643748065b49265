package io.doorward.auth.servlet;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.RoleModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides which requests pass. Immutable and thread-safe.
 *
 * <p>Rules are evaluated in the order in which they were added; the first whose path and method
 * match decides. Where none matches, access is refused.
 *
 * <p>A pattern is an exact path ({@code /about}) or a prefix ({@code /admin/**}, which matches
 * {@code /admin} and everything below). It is compared with the decoded path inside the
 * application, without the context path, exactly as to upper and lower case; one slash at the end
 * makes no difference. On a case-insensitive file system or behind a framework that ignores case,
 * end with a rule that refuses all other paths, not with one that permits them.
 *
 * <p>Paths that can be read in more than one way are refused before any rule.
 */
public final class AccessRules {
  /** The methods that are understood without being named. TRACE and CONNECT never are. */
  private static final Set<String> COMMON_METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  private final List<Rule> rules;
  private final Set<String> methods;

  private AccessRules(List<Rule> rules) {
    this.rules = List.copyOf(rules);
    Set<String> known = new TreeSet<>(COMMON_METHODS);
    rules.forEach(rule -> known.addAll(rule.methods()));
    this.methods = known;
  }

  /**
   * Starts with no rule, which refuses everything.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns the access that the first matching rule requires; {@link Access#DENIED} if none
   * matches.
   */
  Access decide(String method, String path) {
    return find(method, path).map(Rule::access).orElse(Access.DENIED);
  }

  /**
   * Returns the access that an error page requires. It is shown for a request of any method, so
   * where no rule is for this one, the first for the path decides.
   */
  Access decideErrorPage(String method, String path) {
    return find(method, path).or(() -> find(path)).map(Rule::access).orElse(Access.DENIED);
  }

  private Optional<Rule> find(String method, String path) {
    String plain = withoutLastSlash(path);
    return rules.stream().filter(rule -> rule.matches(method, plain)).findFirst();
  }

  private Optional<Rule> find(String path) {
    String plain = withoutLastSlash(path);
    return rules.stream().filter(rule -> rule.matchesPath(plain)).findFirst();
  }

  private static String withoutLastSlash(String path) {
    return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  /** Tells whether any rule names a path, for whatever method. */
  boolean names(String path) {
    return find(path).isPresent();
  }

  boolean knows(String method) {
    return methods.contains(method);
  }

  /** Returns the methods that are known, for the {@code Allow} header. */
  String allow() {
    return String.join(", ", methods);
  }

  /**
   * The requirement of a rule.
   *
   * @param who the kind of requirement
   * @param anyOf one of these is enough: roles with {@link Who#IN_ROLE}, permissions with {@link
   *     Who#PERMITTED_TO}; none otherwise
   */
  record Access(Who who, Set<String> anyOf) {
    static final Access PERMITTED = new Access(Who.EVERYBODY, Set.of());
    static final Access OPTIONAL = new Access(Who.LOGGED_IN_OR_NOT, Set.of());
    static final Access AUTHENTICATED = new Access(Who.LOGGED_IN, Set.of());
    static final Access DENIED = new Access(Who.NOBODY, Set.of());
  }

  enum Who {
    EVERYBODY,
    LOGGED_IN_OR_NOT,
    LOGGED_IN,
    IN_ROLE,
    PERMITTED_TO,
    NOBODY
  }

  private record Rule(List<String> patterns, Set<String> methods, Access access) {
    boolean matches(String method, String path) {
      return matchesMethod(method) && matchesPath(path);
    }

    boolean matchesPath(String path) {
      return patterns.stream().anyMatch(pattern -> covers(pattern, path));
    }

    /** A servlet answers HEAD by running its GET, so a rule for GET also guards HEAD. */
    private boolean matchesMethod(String method) {
      return methods.isEmpty()
          || methods.contains(method)
          || (method.equals("HEAD") && methods.contains("GET"));
    }

    private static boolean covers(String pattern, String path) {
      if (!pattern.endsWith(Builder.BELOW)) {
        return path.equals(pattern);
      }
      String prefix = pattern.substring(0, pattern.length() - Builder.BELOW.length());
      return path.startsWith(prefix)
          && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/');
    }
  }

  /** Collects rules in order. Not thread-safe. */
  public static final class Builder {
    private static final String BELOW = "/**";

    private final List<Rule> rules = new ArrayList<>();
    private @Nullable Path open;

    private Builder() {}

    /**
     * Begins a rule. A call that sets its requirement must finish it.
     *
     * @param patterns exact paths and prefixes; at least one
     * @return the rule, to be finished
     * @throws IllegalArgumentException if a pattern does not start with a slash, ends with one, has
     *     an asterisk elsewhere than in a final {@code /**}, or could match no request because its
     *     path would be ambiguous
     * @throws IllegalStateException if the rule before was not finished
     */
    public Path path(String... patterns) {
      requireFinished();
      if (patterns.length == 0) {
        throw new IllegalArgumentException("patterns must be at least one");
      }
      List<String> plain = new ArrayList<>();
      for (String pattern : patterns) {
        plain.add(requirePattern(pattern));
      }
      Path path = new Path(this, plain);
      open = path;
      return path;
    }

    /**
     * Makes the rules.
     *
     * @return the rules
     * @throws IllegalStateException if the last rule was not finished
     */
    public AccessRules build() {
      requireFinished();
      return new AccessRules(rules);
    }

    private Builder finish(Path path, Access access) {
      if (open != path) {
        throw new IllegalStateException("a rule must be finished once: " + path.patterns);
      }
      open = null;
      rules.add(new Rule(path.patterns, path.methods, access));
      return this;
    }

    private void requireFinished() {
      if (open != null) {
        throw new IllegalStateException("a rule must say who is admitted: " + open.patterns);
      }
    }

    private static String requirePattern(String pattern) {
      boolean below = pattern.endsWith(BELOW);
      String path = below ? pattern.substring(0, pattern.length() - BELOW.length()) : pattern;
      boolean root = below ? path.isEmpty() : path.equals("/");
      boolean ok =
          root
              || (!path.endsWith("/")
                  && path.indexOf('*') < 0
                  && CanonicalPath.plain(path).isPresent());
      if (!ok) {
        throw new IllegalArgumentException(
            "patterns must be a plain path like /about or a prefix like /admin/**: " + pattern);
      }
      return pattern;
    }
  }

  /** A rule that lacks its requirement. Not thread-safe. */
  public static final class Path {
    private static final Pattern METHOD = Pattern.compile("[A-Z][A-Z-]{0,31}");
    private static final Set<String> REFUSED_METHODS = Set.of("TRACE", "TRACK", "CONNECT");

    private final Builder builder;
    private final List<String> patterns;
    private Set<String> methods = Set.of();

    private Path(Builder builder, List<String> patterns) {
      this.builder = builder;
      this.patterns = List.copyOf(patterns);
    }

    /**
     * Restricts the rule to some methods. Without this it holds for all of them. {@code GET}
     * includes {@code HEAD}.
     *
     * @param names in upper case, as they are sent; not TRACE, TRACK or CONNECT, which are refused
     *     everywhere
     * @return this rule
     * @throws IllegalArgumentException if a name breaks that rule, or there is none
     */
    public Path methods(String... names) {
      if (names.length == 0) {
        throw new IllegalArgumentException("methods must be at least one");
      }
      for (String name : names) {
        if (!METHOD.matcher(name).matches() || REFUSED_METHODS.contains(name)) {
          throw new IllegalArgumentException(
              "methods must be upper case and not TRACE, TRACK or CONNECT: " + name);
        }
      }
      methods = Set.of(names);
      return this;
    }

    /**
     * Admits every request. The session is not checked, so the request has no principal and does
     * not depend on the backends.
     *
     * @return the builder
     */
    public Builder permitAll() {
      return builder.finish(this, Access.PERMITTED);
    }

    /**
     * Admits every request and checks its session, for a page that greets its user but is open to
     * all. A request with a live session has a principal. An outage refuses nothing here: the
     * request then has no principal, and {@link AuthFilter#loginState} tells that it is {@linkplain
     * LoginState#UNKNOWN not known} whether the user is logged in.
     *
     * @return the builder
     */
    public Builder optional() {
      return builder.finish(this, Access.OPTIONAL);
    }

    /**
     * Refuses every request. A request that no rule matches is refused too; this is for exceptions
     * from a wider rule that follows.
     *
     * @return the builder
     */
    public Builder denyAll() {
      return builder.finish(this, Access.DENIED);
    }

    /**
     * Requires a live session.
     *
     * @return the builder
     */
    public Builder authenticated() {
      return builder.finish(this, Access.AUTHENTICATED);
    }

    /**
     * Requires the given role, or one that includes it.
     *
     * @param role compared exactly
     * @return the builder
     */
    public Builder role(String role) {
      return anyRole(role);
    }

    /**
     * Requires at least one of the given roles, or one that includes it.
     *
     * @param roles compared exactly; at least one
     * @return the builder
     * @throws IllegalArgumentException if there is none, or one is blank
     */
    public Builder anyRole(String... roles) {
      if (roles.length == 0) {
        throw new IllegalArgumentException("roles must be at least one");
      }
      for (String role : roles) {
        if (requireNonNull(role, "role").isBlank()) {
          throw new IllegalArgumentException("roles must not be blank");
        }
      }
      return builder.finish(this, new Access(Who.IN_ROLE, Set.of(roles)));
    }

    /**
     * Requires the given permission. Without a role model in the service no account has it.
     *
     * @param permission compared exactly, {@code article:read} for instance; no wildcard
     * @return the builder
     * @throws IllegalArgumentException if it has another form, see {@link RoleModel}
     */
    public Builder permission(String permission) {
      return anyPermission(permission);
    }

    /**
     * Requires at least one of the given permissions.
     *
     * @param permissions compared exactly; at least one, no wildcards
     * @return the builder
     * @throws IllegalArgumentException if there is none, or one has another form
     */
    public Builder anyPermission(String... permissions) {
      if (permissions.length == 0) {
        throw new IllegalArgumentException("permissions must be at least one");
      }
      for (String permission : permissions) {
        if (!RoleModel.isPermission(permission)) {
          throw new IllegalArgumentException(
              "permissions must be like article:read, without a wildcard: " + permission);
        }
      }
      return builder.finish(this, new Access(Who.PERMITTED_TO, Set.of(permissions)));
    }
  }
}
