package io.doorward.auth.jdbc;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.io.IOException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Turns what the driver throws into a {@link StoreException}, in one place. The SQLState decides.
 * The server's own text is left out, because it may quote a bound value.
 */
final class SqlFailures {
  static final String UNIQUE_VIOLATION = "23505";
  static final String FOREIGN_KEY_VIOLATION = "23503";

  /** How far a call had come, and so what a lost connection means. */
  enum Phase {
    /** In a transaction whose COMMIT was not sent yet: nothing was done. */
    BEFORE_COMMIT,
    /** A statement that commits by itself, or COMMIT: it may have been done. */
    MAYBE_DONE
  }

  private SqlFailures() {}

  /** No connection could be had. Nothing was bound yet, so the driver's text may stay. */
  static StoreException whileConnecting(String step, SQLException failure) {
    String state = stateOf(failure);
    String where = "PostgreSQL, " + step + ": ";
    if (state.startsWith("28")) {
      return new StoreException(
          Kind.MISCONFIGURED,
          where + "the server refuses the user name or password" + suffix(state),
          failure);
    }
    if (state.equals("3D000")) {
      return new StoreException(
          Kind.MISCONFIGURED, where + "the database does not exist" + suffix(state), failure);
    }
    if (state.startsWith("53")) {
      return new StoreException(
          Kind.REFUSED, where + "the server has no connection to spare" + suffix(state), failure);
    }
    return new StoreException(
        Kind.UNREACHABLE,
        where
            + "no connection: the server is away, or a pool that is no HikariCP is exhausted"
            + suffix(state),
        failure);
  }

  /** A statement or COMMIT failed. */
  static StoreException of(String step, Phase phase, SQLException failure, JdbcSchema schema) {
    String state = stateOf(failure);
    String where = "PostgreSQL, " + step + ": ";
    SQLException cause = withoutValues(failure, state);
    if (state.startsWith("08") || state.startsWith("57P") || state.isEmpty()) {
      return phase == Phase.BEFORE_COMMIT
          ? new StoreException(
              Kind.UNREACHABLE, where + "connection lost, nothing was done" + suffix(state), cause)
          : new StoreException(
              Kind.TIMEOUT,
              where + "connection lost, the outcome is unknown" + suffix(state),
              cause);
    }
    String class2 = state.length() < 2 ? state : state.substring(0, 2);
    return switch (state) {
      case "57014" ->
          new StoreException(
              Kind.REFUSED,
              where + "cancelled, it took too long, nothing was done" + suffix(state),
              cause);
      case "25006" ->
          new StoreException(
              Kind.REFUSED,
              where + "the server is read-only, not a primary" + suffix(state),
              cause);
      case "40001", "40P01", "55P03" ->
          new StoreException(
              Kind.REFUSED,
              where + "lost to another transaction, nothing was done" + suffix(state),
              cause);
      case "42P01", "42703", "42883", "42P10", "3F000" ->
          new StoreException(
              Kind.MISCONFIGURED,
              where
                  + "the schema "
                  + schema
                  + " is missing or old: run SchemaMigrator, or give Flyway the location "
                  + Migrations.FLYWAY_LOCATION
                  + suffix(state),
              cause);
      case "42501" ->
          new StoreException(
              Kind.MISCONFIGURED,
              where
                  + "the database user lacks a right on the schema "
                  + schema
                  + ": grant USAGE on the schema and its sequence, and SELECT, INSERT, UPDATE and"
                  + " DELETE on its tables"
                  + suffix(state),
              cause);
      default ->
          class2.equals("28")
              ? new StoreException(
                  Kind.MISCONFIGURED, where + "the server refuses the user" + suffix(state), cause)
              : new StoreException(
                  Kind.REFUSED,
                  where + "the server refused, nothing was done" + suffix(state),
                  cause);
    };
  }

  /** The deadline came first and the connection was cut. */
  static StoreException cut(String step, SQLException failure) {
    return new StoreException(
        Kind.TIMEOUT,
        "PostgreSQL, " + step + ": no answer before the deadline",
        withoutValues(failure, stateOf(failure)));
  }

  static boolean isUniqueViolation(SQLException failure) {
    return stateOf(failure).equals(UNIQUE_VIOLATION);
  }

  static boolean isForeignKeyViolation(SQLException failure) {
    return stateOf(failure).equals(FOREIGN_KEY_VIOLATION);
  }

  private static String stateOf(SQLException failure) {
    @Nullable SQLException at = failure;
    while (at != null) {
      if (at.getSQLState() != null) {
        return at.getSQLState();
      }
      // A pool puts what it last met behind its own exception.
      at =
          at.getNextException() == null && at.getCause() instanceof SQLException cause
              ? cause
              : at.getNextException();
    }
    return "";
  }

  private static SQLException withoutValues(SQLException failure, String state) {
    SQLException copy =
        new SQLException(failure.getClass().getName() + ", its text is withheld", state);
    copy.setStackTrace(failure.getStackTrace());
    if (failure.getCause() instanceof IOException io) {
      copy.initCause(io);
    }
    return copy;
  }

  private static String suffix(String state) {
    return state.isEmpty() ? "" : " (SQLState " + state + ")";
  }
}
