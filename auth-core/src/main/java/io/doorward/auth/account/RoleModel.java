package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The meaning of roles: which other roles a role includes, and which permissions it grants. This is
 * role-based access control with a hierarchy (ANSI INCITS 359, RBAC1): a role that includes another
 * one has all of its permissions, and whatever asks for the included role admits it. Immutable and
 * thread-safe.
 *
 * <p>An account is assigned roles only; see {@link ProfileStore}. What they mean is part of the
 * application, the same on every node, and is looked up at each check. So a change of an account's
 * roles changes its permissions at the account's next request, and a new model is in force as soon
 * as a node has it.
 *
 * <p>A permission is 1 to 64 characters: parts of {@code A-Z a-z 0-9 _ - .} with colons between
 * them, {@code article:read} for instance, compared exactly. A role may also be granted a wildcard,
 * an asterisk in place of the whole last part: {@code article:*} covers every permission that
 * begins with {@code article:}, at any depth, and not {@code article} itself; {@code *} alone
 * covers all. Checks ask for permissions, never for wildcards.
 *
 * <p>Security: what is not granted is denied. A role that the model does not have is only itself:
 * it includes nothing and grants nothing. A text that is no permission is granted to nobody, not
 * even by {@code *}.
 */
public final class RoleModel {
  private static final int MAX_LENGTH = 64;
  private static final int MAX_ROLES = 256;
  private static final int MAX_PERMISSIONS = 1_024;
  private static final String ALL = "*";
  private static final String ALL_BELOW = ":*";

  private static final RoleModel NONE = new RoleModel(Map.of());

  /** What each role comes to, with all that it includes. */
  private final Map<String, Closure> closures;

  private RoleModel(Map<String, Closure> closures) {
    this.closures = Map.copyOf(closures);
  }

  /**
   * Returns the model without roles: no role includes another one, and no permission is granted.
   *
   * @return the default of a service
   */
  public static RoleModel none() {
    return NONE;
  }

  /**
   * Starts to describe the roles.
   *
   * @return a builder without roles
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns whether a text has the form of a permission, which a wildcard has not.
   *
   * @param permission the text
   * @return true if it can be asked for
   */
  public static boolean isPermission(String permission) {
    return ProfileStore.isRole(requireNonNull(permission, "permission"))
        && !permission.startsWith(":")
        && !permission.endsWith(":")
        && !permission.contains("::");
  }

  /**
   * Returns whether assigned roles are, or include, a role.
   *
   * @param assigned the roles of an account
   * @param role compared exactly
   * @return true if it is among them, or one of them includes it
   */
  public boolean hasRole(Set<String> assigned, String role) {
    requireNonNull(role, "role");
    if (assigned.contains(role)) {
      return true;
    }
    for (String each : assigned) {
      Closure closure = closures.get(each);
      if (closure != null && closure.roles.contains(role)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns whether assigned roles grant a permission.
   *
   * @param assigned the roles of an account
   * @param permission compared exactly
   * @return true if one of them, or one that they include, is granted it or a wildcard that covers
   *     it; false for every text that is no permission
   */
  public boolean hasPermission(Set<String> assigned, String permission) {
    requireNonNull(assigned, "assigned");
    if (!isPermission(permission)) {
      return false;
    }
    for (String each : assigned) {
      Closure closure = closures.get(each);
      if (closure != null && closure.covers(permission)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns assigned roles with all that they include.
   *
   * @param assigned the roles of an account
   * @return at least these
   */
  public Set<String> effectiveRoles(Set<String> assigned) {
    Set<String> all = new HashSet<>(assigned);
    for (String each : assigned) {
      Closure closure = closures.get(each);
      if (closure != null) {
        all.addAll(closure.roles);
      }
    }
    return Set.copyOf(all);
  }

  /**
   * Returns what assigned roles are granted, for instance to be shown. To check one permission, ask
   * {@link #hasPermission}, which knows what wildcards cover.
   *
   * @param assigned the roles of an account
   * @return permissions and wildcards, as they are written in the model
   */
  public Set<String> permissions(Set<String> assigned) {
    Set<String> all = new HashSet<>();
    for (String each : assigned) {
      Closure closure = closures.get(each);
      if (closure != null) {
        all.addAll(closure.permissions);
      }
    }
    return Set.copyOf(all);
  }

  /** Returns whether both say the same of every role. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RoleModel model && closures.equals(model.closures);
  }

  @Override
  public int hashCode() {
    return closures.hashCode();
  }

  /** Returns how many roles there are. */
  @Override
  public String toString() {
    return "RoleModel[" + closures.size() + " roles]";
  }

  /**
   * A role with all that it includes.
   *
   * @param roles the included roles and itself
   * @param permissions as they are written
   * @param prefixes what the permissions begin with that its wildcards cover
   */
  private record Closure(Set<String> roles, Set<String> permissions, List<String> prefixes) {
    static Closure of(Set<String> roles, Set<String> permissions) {
      List<String> prefixes = new ArrayList<>();
      for (String each : new TreeSet<>(permissions)) {
        if (each.endsWith(ALL)) {
          prefixes.add(each.substring(0, each.length() - ALL.length()));
        }
      }
      return new Closure(Set.copyOf(roles), Set.copyOf(permissions), List.copyOf(prefixes));
    }

    boolean covers(String permission) {
      if (permissions.contains(permission)) {
        return true;
      }
      for (int i = 0; i < prefixes.size(); i++) {
        if (permission.startsWith(prefixes.get(i))) {
          return true;
        }
      }
      return false;
    }
  }

  /** Collects roles. {@link #includes} and {@link #grants} add to the last one. Not thread-safe. */
  public static final class Builder {
    private final Map<String, Declared> roles = new LinkedHashMap<>();
    private final Set<String> permissions = new HashSet<>();
    private @Nullable Declared last;

    private Builder() {}

    /** A role as it was described. */
    private record Declared(Set<String> includes, Set<String> permissions) {}

    /**
     * Begins a role, which includes and grants nothing yet.
     *
     * @param name as an account is assigned it: 1 to 64 characters of {@code A-Z a-z 0-9 _ - . :}
     * @return this
     * @throws IllegalArgumentException if it has another form, was begun before, or there are 256
     *     roles already
     */
    public Builder role(String name) {
      requireRole("role", name);
      if (roles.containsKey(name)) {
        throw new IllegalArgumentException("role must be described once: " + name);
      }
      if (roles.size() == MAX_ROLES) {
        throw new IllegalArgumentException("roles must be at most " + MAX_ROLES + ": " + name);
      }
      last = new Declared(new LinkedHashSet<>(), new LinkedHashSet<>());
      roles.put(name, last);
      return this;
    }

    /**
     * Lets the role include others: it is granted what they are, and is admitted where they are.
     *
     * @param names roles of this model, which may be begun later
     * @return this
     * @throws IllegalArgumentException if a name has another form
     * @throws IllegalStateException before the first {@link #role}
     */
    public Builder includes(String... names) {
      requireNonNull(names, "names");
      Declared role = requireLast("includes");
      for (String name : names) {
        requireRole("includes", name);
        role.includes.add(name);
      }
      return this;
    }

    /**
     * Grants the role permissions.
     *
     * @param granted permissions and wildcards, see {@link RoleModel}
     * @return this
     * @throws IllegalArgumentException if one has another form, or the model has more than 1,024
     *     different ones
     * @throws IllegalStateException before the first {@link #role}
     */
    public Builder grants(String... granted) {
      requireNonNull(granted, "granted");
      Declared role = requireLast("grants");
      for (String each : granted) {
        requireGrant(each);
        permissions.add(each);
        if (permissions.size() > MAX_PERMISSIONS) {
          throw new IllegalArgumentException(
              "permissions must be at most " + MAX_PERMISSIONS + ": " + each);
        }
        role.permissions.add(each);
      }
      return this;
    }

    /**
     * Makes the model.
     *
     * @return the model
     * @throws IllegalArgumentException if a role includes one that the model does not have, or
     *     itself, directly or by way of others; the message names them
     */
    public RoleModel build() {
      Map<String, Closure> closures = new HashMap<>();
      for (String name : roles.keySet()) {
        close(name, new LinkedHashSet<>(), closures);
      }
      return closures.isEmpty() ? NONE : new RoleModel(closures);
    }

    /**
     * Computes what a role comes to, after all that it includes.
     *
     * @param name of the role
     * @param path the roles that lead to it, the outermost first
     * @param closures receives the role and all that it includes
     */
    private Closure close(String name, Set<String> path, Map<String, Closure> closures) {
      Closure known = closures.get(name);
      if (known != null) {
        return known;
      }
      if (!path.add(name)) {
        throw new IllegalArgumentException(
            "includes must not lead in a circle: " + circle(path, name));
      }
      Declared declared = requireNonNull(roles.get(name));
      Set<String> all = new HashSet<>(Set.of(name));
      Set<String> granted = new HashSet<>(declared.permissions);
      for (String included : declared.includes) {
        if (!roles.containsKey(included)) {
          throw new IllegalArgumentException(
              "includes must name roles of the model: "
                  + name
                  + " includes "
                  + included
                  + ", which has no role(\""
                  + included
                  + "\")");
        }
        Closure inner = close(included, path, closures);
        all.addAll(inner.roles);
        granted.addAll(inner.permissions);
      }
      path.remove(name);
      Closure closure = Closure.of(all, granted);
      closures.put(name, closure);
      return closure;
    }

    private static String circle(Set<String> path, String name) {
      List<String> steps = new ArrayList<>(path);
      List<String> circle = new ArrayList<>(steps.subList(steps.indexOf(name), steps.size()));
      circle.add(name);
      return String.join(" -> ", circle);
    }

    private Declared requireLast(String call) {
      if (last == null) {
        throw new IllegalStateException(call + " must follow role(...)");
      }
      return last;
    }

    private static void requireRole(String what, String name) {
      if (!ProfileStore.isRole(requireNonNull(name, what))) {
        throw new IllegalArgumentException(
            what + " must be 1 to 64 characters of A-Z a-z 0-9 _ - . :, was \"" + name + '"');
      }
    }

    private static void requireGrant(String granted) {
      requireNonNull(granted, "grants");
      boolean ok =
          granted.equals(ALL)
              || (granted.endsWith(ALL_BELOW)
                  ? granted.length() <= MAX_LENGTH
                      && isPermission(granted.substring(0, granted.length() - ALL_BELOW.length()))
                  : isPermission(granted));
      if (!ok) {
        throw new IllegalArgumentException(
            "grants must be like article:read, article:* or *: 1 to 64 characters, parts of"
                + " A-Z a-z 0-9 _ - . with colons between them, was \""
                + granted
                + '"');
      }
    }
  }
}
