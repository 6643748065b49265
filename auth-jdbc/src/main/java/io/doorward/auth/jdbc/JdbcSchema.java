package io.doorward.auth.jdbc;

import static java.util.Objects.requireNonNull;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where Doorward's tables live: a PostgreSQL schema and a prefix for every name in it, so that they
 * never meet an application's own {@code users} table. Immutable and thread-safe.
 *
 * <p>Statements name every table with its schema, so a connection's search path plays no part.
 *
 * <p>Security: both parts become SQL text. They are checked here, and nothing else that comes from
 * outside ever does.
 *
 * @param schema of the tables; default {@code doorward}
 * @param prefix put before each table's name; default empty
 */
public record JdbcSchema(String schema, String prefix) {
  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,30}");
  private static final Pattern TABLE = Pattern.compile("\\{([a-z_]+)}");
  private static final JdbcSchema DEFAULTS = new JdbcSchema("doorward", "");

  /**
   * Checks both names.
   *
   * @param schema see the type
   * @param prefix see the type
   * @throws IllegalArgumentException if {@code schema} is not 1 to 31 characters of {@code a-z 0-9
   *     _} without a leading digit, or {@code prefix} neither that nor empty
   */
  public JdbcSchema {
    requireName("schema", schema);
    requireNonNull(prefix, "prefix");
    if (!prefix.isEmpty()) {
      requireName("prefix", prefix);
    }
  }

  /**
   * Returns the default place: the schema {@code doorward}, no prefix.
   *
   * @return the default
   */
  public static JdbcSchema defaults() {
    return DEFAULTS;
  }

  /**
   * Returns a place in another schema, without a prefix.
   *
   * @param schema the schema
   * @return the place
   * @throws IllegalArgumentException if the name is not a valid one, see the constructor
   */
  public static JdbcSchema of(String schema) {
    return new JdbcSchema(schema, "");
  }

  /**
   * Returns the same schema with another prefix, for a schema that is shared with other tables.
   *
   * @param other for instance {@code doorward_}
   * @return the place
   * @throws IllegalArgumentException if the name is not a valid one, see the constructor
   */
  public JdbcSchema withPrefix(String other) {
    return new JdbcSchema(schema, other);
  }

  /** Puts the tables' full names in place of {@code {table}}. */
  String sql(String template) {
    return TABLE
        .matcher(template)
        .replaceAll(match -> Matcher.quoteReplacement(qualified(match.group(1))));
  }

  /** Returns the quoted full name of one of our tables. */
  String qualified(String table) {
    return '"' + schema + "\".\"" + prefix + table + '"';
  }

  private static void requireName(String what, String name) {
    if (!NAME.matcher(requireNonNull(name, what)).matches()) {
      throw new IllegalArgumentException(what + " must match " + NAME.pattern() + ": " + name);
    }
  }

  /** Returns both names, for messages. */
  @Override
  public String toString() {
    return schema + '.' + prefix + '*';
  }
}
