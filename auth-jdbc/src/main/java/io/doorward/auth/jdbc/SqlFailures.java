package io.doorward.auth.jdbc;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Turns the driver's exceptions into a {@link StoreException}, in one place. The SQLState decides:
 * only an exception without one, or with one of class 08, means that no server answered; all others
 * are answers of a running server. Every message names the server, the step, the reason and the
 * remedy.
 *
 * <p>The server's own text is left out where it may quote a bound value. Thread-safe.
 */
final class SqlFailures {
  static final String UNIQUE_VIOLATION = "23505";
  static final String FOREIGN_KEY_VIOLATION = "23503";
  private static final String ACCESS_DENIED = "42501";

  /** A read-only transaction, and a refusal of a server that is in recovery. */
  private static final Set<String> WRONG_SERVER = Set.of("25006", "55000");

  /** The server ends a session that was idle for too long, or in one transaction for too long. */
  private static final Set<String> SESSION_ENDED = Set.of("25P03", "25P04");

  /** The driver's reports of a server whose answer it cannot use. */
  private static final Set<String> CONNECTION_REJECTED = Set.of("08004", "08P01");

  /** Characters that the encoding of the database does not have. */
  private static final Set<String> UNSTORABLE = Set.of("22P05", "22021");

  /** Texts of these states quote names of objects only. */
  private static final Set<String> WITHOUT_VALUES =
      Set.of(ACCESS_DENIED, "42P01", "42703", "42883", "42P10", "3F000", "25006", "55000");

  /** Serialisation failure, deadlock, lock time-out. */
  private static final Set<String> LOST_TO_ANOTHER = Set.of("40001", "40P01", "55P03");

  private static final int LONGEST_TEXT = 300;

  private final ServerName server;
  private final JdbcSchema schema;

  /** How far a call had come, which decides what a lost connection means. */
  enum Phase {
    /** In a transaction whose COMMIT was not sent yet: nothing was done. */
    BEFORE_COMMIT,
    /** A statement that commits by itself, or COMMIT: it may have been done. */
    MAYBE_DONE
  }

  SqlFailures(ServerName server, JdbcSchema schema) {
    this.server = server;
    this.schema = schema;
  }

  /** Returns a failure without a cause of the driver's. */
  StoreException of(String step, Kind kind, String reason) {
    return new StoreException(kind, where(step) + reason);
  }

  /** No connection could be had, and nothing says why. */
  StoreException withoutConnection(String step, String reason, SQLException failure) {
    return new StoreException(Kind.UNREACHABLE, where(step) + reason, failure);
  }

  private String where(String step) {
    return server + ", " + step + ": ";
  }

  /** No connection could be had. Nothing was bound yet, so the server's text may stay. */
  StoreException whileConnecting(String step, SQLException failure) {
    SQLException told = told(failure);
    String state = stateOf(told);
    Refusal refusal =
        isAnswer(told, state)
            ? refusalToConnect(state)
            : new Refusal(
                Kind.UNREACHABLE,
                "no connection, the server is away",
                "Start it, or correct its address");
    return exception(step, refusal, textOf(told, state), state, failure);
  }

  private StoreException exception(
      String step, Refusal refusal, String text, String state, SQLException cause) {
    return new StoreException(
        refusal.kind(),
        where(step)
            + refusal.reason()
            + (text.isEmpty() ? "" : ": \"" + text + '"')
            + suffix(state)
            + (refusal.advice().isEmpty() ? "" : ". " + refusal.advice()),
        cause);
  }

  /** Returns why a server refuses a call, and the remedy; empty if there is none. */
  private record Refusal(Kind kind, String reason, String advice) {}

  private static Refusal refusalToConnect(String state) {
    return switch (state) {
      case "28P01" ->
          misconfigured(
              "the server refuses the user name or password", "Correct them, or set them there");
      case "3D000" ->
          misconfigured("the database does not exist", "Create it, or correct its name in the URL");
      case ACCESS_DENIED ->
          misconfigured(
              "the role may not connect to the database", "GRANT CONNECT ON DATABASE to the role");
      case "53300" ->
          refused(
              "the server has no connection to spare",
              "Make pools smaller, or raise max_connections or the role's or database's"
                  + " CONNECTION LIMIT");
      case "57P03" ->
          refused(
              "the server is starting, stopping or recovering", "It is tried again until it is up");
      case "08004" ->
          misconfigured(
              "the server asks for a login or an encryption that the connection does not offer",
              "Correct user, password and sslmode, or pg_hba.conf");
      case "08P01" ->
          refused(
              "the server, or a pooler before it, breaks the connection off",
              "See its log, and whether the address is PostgreSQL's");
      default ->
          switch (state.substring(0, 2)) {
            case "28" ->
                misconfigured(
                    "the server does not let the role in",
                    "Create the role with LOGIN, or correct pg_hba.conf");
            case "0A", "22", "42", "3F", "2B" -> settingRefused();
            case "53" ->
                refused("the server is short of resources", "Free memory or disk space there");
            default ->
                state.equals("55P02")
                    ? settingRefused()
                    : refused("the server refuses the connection", "See its log");
          };
    };
  }

  private static Refusal settingRefused() {
    return misconfigured(
        "the server refuses a setting that the connection brings",
        "Correct the URL's parameters, its options, or this JVM's time zone");
  }

  private static Refusal misconfigured(String reason, String advice) {
    return new Refusal(Kind.MISCONFIGURED, reason, advice);
  }

  private static Refusal refused(String reason, String advice) {
    return new Refusal(Kind.REFUSED, reason, advice);
  }

  /** A statement or COMMIT failed. */
  StoreException of(String step, Phase phase, SQLException failure) {
    String state = stateOf(failure);
    SQLException cause = withoutValues(failure, state);
    if (isConnectionLost(state)) {
      return phase == Phase.BEFORE_COMMIT
          ? new StoreException(
              Kind.UNREACHABLE,
              where(step) + "connection lost, nothing was done" + suffix(state),
              cause)
          : new StoreException(
              Kind.TIMEOUT,
              where(step) + "connection lost, the outcome is unknown" + suffix(state),
              cause);
    }
    String text = WITHOUT_VALUES.contains(state) ? textOf(told(failure), state) : "";
    return exception(step, refusal(state), text, state, cause);
  }

  private Refusal refusal(String state) {
    return switch (state) {
      case "57014" -> refused("cancelled, it took too long, nothing was done", "");
      case "25006" -> refused("the server is read-only, not a primary, nothing was done", "");
      case "55000" ->
          refused("the server cannot do this, as while it recovers, nothing was done", "");
      case "40001", "40P01", "55P03" ->
          refused("lost to another transaction, nothing was done", "");
      case "42P01", "42703", "42883", "42P10", "3F000" ->
          misconfigured(
              "the schema " + schema + " is missing or old",
              "Run SchemaMigrator, or give Flyway the location " + Migrations.FLYWAY_LOCATION);
      case ACCESS_DENIED ->
          misconfigured(
              "the database user lacks a right on the schema " + schema,
              "Grant USAGE on the schema and its sequence, and SELECT, INSERT, UPDATE and DELETE"
                  + " on its tables");
      case "22P05", "22021" ->
          misconfigured(
              "the database's encoding lacks a character of a login identifier, nothing was done",
              "Move to a database that was created WITH ENCODING 'UTF8'");
      case "26000", "42P05" ->
          misconfigured(
              "a pooler in between does not keep named statements, nothing was done",
              "Set prepareThreshold=0 in the JDBC URL");
      default ->
          state.startsWith("28")
              ? misconfigured("the server refuses the user", "")
              : refused("the server refused, nothing was done", "");
    };
  }

  /** A right is missing that only this step needs. */
  StoreException accessDenied(String step, String reason, String advice, SQLException failure) {
    String state = stateOf(failure);
    return exception(
        step,
        misconfigured(reason, advice),
        textOf(told(failure), state),
        state,
        withoutValues(failure, state));
  }

  /** The deadline came first and the connection was cut. */
  StoreException cut(String step, SQLException failure) {
    return new StoreException(
        Kind.TIMEOUT,
        where(step) + "no answer before the deadline",
        withoutValues(failure, stateOf(failure)));
  }

  /** Tells whether a transaction lost to another one, so that the next try may succeed. */
  static boolean isLostToAnother(StoreException failure) {
    return failure.getCause() instanceof SQLException cause
        && LOST_TO_ANOTHER.contains(stateOf(cause));
  }

  /** Tells whether a server has answered that it is no primary. */
  static boolean isOfWrongServer(SQLException failure) {
    return WRONG_SERVER.contains(stateOf(failure));
  }

  /** Tells whether the session is over, so that the connection is of no use any more. */
  static boolean isConnectionLost(SQLException failure) {
    return isConnectionLost(stateOf(failure));
  }

  private static boolean isConnectionLost(String state) {
    return state.isEmpty()
        || state.startsWith("08")
        || state.startsWith("57P")
        || SESSION_ENDED.contains(state);
  }

  static boolean isUniqueViolation(SQLException failure) {
    return stateOf(failure).equals(UNIQUE_VIOLATION);
  }

  static boolean isForeignKeyViolation(SQLException failure) {
    return stateOf(failure).equals(FOREIGN_KEY_VIOLATION);
  }

  static boolean isAccessDenied(SQLException failure) {
    return stateOf(failure).equals(ACCESS_DENIED);
  }

  /** Tells whether a text has a character that the encoding of the database does not have. */
  static boolean isUnstorable(SQLException failure) {
    return UNSTORABLE.contains(stateOf(failure));
  }

  /**
   * Tells whether a failure has the reason why there was no connection: a pool's own exception has
   * none.
   */
  static boolean saysWhy(SQLException failure) {
    return !stateOf(failure).isEmpty();
  }

  private static boolean isAnswer(SQLException failure, String state) {
    boolean standard = state.length() == 5 && !state.startsWith("HY") && !state.equals("99999");
    return serverMessage(failure) != null
        || CONNECTION_REJECTED.contains(state)
        || (standard && !state.startsWith("08"));
  }

  private static @Nullable ServerErrorMessage serverMessage(SQLException failure) {
    return failure instanceof PSQLException driver ? driver.getServerErrorMessage() : null;
  }

  /**
   * Returns the driver's message, which is the server's if the server answered; empty if there is
   * none.
   */
  private static String textOf(SQLException failure, String state) {
    if (!(failure instanceof PSQLException)) {
      return "";
    }
    ServerErrorMessage message = serverMessage(failure);
    if (message != null) {
      return message.getMessage() == null ? "" : oneLine(message.getMessage());
    }
    return state.startsWith("08") ? oneLine(failure.getMessage() + socketsWord(failure)) : "";
  }

  private static String socketsWord(SQLException failure) {
    return failure.getCause() instanceof IOException io ? " (" + io + ")" : "";
  }

  private static String oneLine(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return line.length() <= LONGEST_TEXT ? line : line.substring(0, LONGEST_TEXT) + "...";
  }

  private static String stateOf(SQLException failure) {
    @Nullable String state = told(failure).getSQLState();
    return state == null ? "" : state;
  }

  /**
   * Returns the exception that has an SQLState: a pool chains its last failure behind its own
   * exception.
   */
  private static SQLException told(SQLException failure) {
    @Nullable SQLException stated = null;
    @Nullable SQLException at = failure;
    while (at != null) {
      if (at instanceof PSQLException) {
        return at;
      }
      if (stated == null && at.getSQLState() != null) {
        stated = at;
      }
      at =
          at.getNextException() == null && at.getCause() instanceof SQLException cause
              ? cause
              : at.getNextException();
    }
    return stated == null ? failure : stated;
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
