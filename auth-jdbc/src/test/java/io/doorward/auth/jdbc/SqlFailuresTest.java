package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.jdbc.SqlFailures.Phase;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.postgresql.util.ServerErrorMessage;

class SqlFailuresTest {
  private static final SqlFailures FAILURES =
      new SqlFailures(ServerName.of(server()), JdbcSchema.of("people"));

  private static PGSimpleDataSource server() {
    PGSimpleDataSource server = new PGSimpleDataSource();
    server.setURL("jdbc:postgresql://db.example:6543/app?user=reader&password=quiet");
    return server;
  }

  private static StoreException translated(Phase phase, SQLException failure) {
    return FAILURES.of("step", phase, failure);
  }

  private static StoreException translated(String state) {
    return translated(Phase.BEFORE_COMMIT, new SQLException("text", state));
  }

  @ParameterizedTest
  @CsvSource({
    "40001, REFUSED, lost to another transaction",
    "40P01, REFUSED, lost to another transaction",
    "55P03, REFUSED, lost to another transaction",
    "57014, REFUSED, it took too long",
    "25006, REFUSED, 'read-only, not a primary'",
    "55000, REFUSED, while it recovers",
    "23514, REFUSED, the server refused",
    "53100, REFUSED, the server refused",
    "42P01, MISCONFIGURED, the schema people.* is missing or old",
    "42703, MISCONFIGURED, the schema people.* is missing or old",
    "42501, MISCONFIGURED, lacks a right on the schema people.*",
    "28000, MISCONFIGURED, refuses the user",
    "08006, UNREACHABLE, nothing was done",
    "57P01, UNREACHABLE, nothing was done",
    "25P03, UNREACHABLE, nothing was done",
    "25P04, UNREACHABLE, nothing was done",
  })
  void aStateOfTheServerSaysWhatItMeansAndIsNamed(String state, Kind kind, String meaning) {
    assertThat(translated(state))
        .hasMessageStartingWith("PostgreSQL at db.example:6543 (database app, role reader), step: ")
        .hasMessageContaining(meaning)
        .hasMessageContaining("(SQLState " + state + ")")
        .hasMessageNotContaining("quiet")
        .extracting(StoreException::kind)
        .isEqualTo(kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {"08006", "57P01"})
  void aConnectionThatIsLostAtTheCommitLeavesTheOutcomeUnknown(String state) {
    StoreException failure = translated(Phase.MAYBE_DONE, new SQLException("text", state));

    assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
    assertThat(failure).hasMessageContaining("the outcome is unknown");
  }

  @Test
  void aFailureWithoutAStateIsALostConnection() {
    assertThat(translated(Phase.BEFORE_COMMIT, new SQLException("text")).kind())
        .isEqualTo(Kind.UNREACHABLE);
    assertThat(translated(Phase.MAYBE_DONE, new SQLException("text")).kind())
        .isEqualTo(Kind.TIMEOUT);
  }

  @ParameterizedTest
  @CsvSource({
    "28P01, MISCONFIGURED, refuses the user name or password",
    "28000, MISCONFIGURED, does not let the role in",
    "3D000, MISCONFIGURED, the database does not exist",
    "42501, MISCONFIGURED, GRANT CONNECT ON DATABASE",
    "22023, MISCONFIGURED, time zone",
    "55P02, MISCONFIGURED, refuses a setting",
    "08004, MISCONFIGURED, sslmode",
    "53300, REFUSED, max_connections",
    "53200, REFUSED, short of resources",
    "57P03, REFUSED, 'starting, stopping or recovering'",
    "08P01, REFUSED, a pooler before it",
    "XX000, REFUSED, refuses the connection",
    "25006, REFUSED, refuses the connection",
    "08001, UNREACHABLE, the server is away",
    "08006, UNREACHABLE, the server is away",
  })
  void whileConnectingAStateHasAMeaningOfItsOwn(String state, Kind kind, String meaning) {
    assertThat(FAILURES.whileConnecting("step", new SQLException("text", state)))
        .hasMessageStartingWith("PostgreSQL at db.example:6543 (database app, role reader), step: ")
        .hasMessageContaining(meaning)
        .hasMessageContaining("(SQLState " + state + ")")
        .extracting(StoreException::kind)
        .isEqualTo(kind);
  }

  @Test
  void whatTheServerSaysWhileConnectingIsQuotedInOneLine() {
    PSQLException refusal =
        new PSQLException(
            new ServerErrorMessage("SFATAL\0C22023\0Mno zone\nlike \"Moon\"\0"), false);

    assertThat(FAILURES.whileConnecting("step", new SQLException("the pool's", refusal)))
        .hasMessageContaining(": \"no zone like \"Moon\"\" (SQLState 22023). Correct");
  }

  @Test
  void whyASocketFailedIsSaid() {
    PSQLException away =
        new PSQLException(
            "The connection attempt failed.",
            PSQLState.CONNECTION_UNABLE_TO_CONNECT,
            new SocketTimeoutException("Connect timed out"));

    assertThat(FAILURES.whileConnecting("step", away))
        .hasMessageContaining("The connection attempt failed. (java.net.SocketTimeoutException")
        .hasMessageContaining("Connect timed out");
  }

  @Test
  void aWrapperThatIsNoDriverIsNotQuoted() {
    SQLException wrapper = new SQLException("No driver for jdbc:x?password=quiet", "08001");

    assertThat(FAILURES.whileConnecting("step", wrapper)).hasMessageNotContaining("quiet");
  }

  @Test
  void theStateIsFoundBehindWhatAPoolPutsBeforeIt() {
    SQLException met = new SQLException("text", "3D000");
    SQLException next = new SQLException("the pool's");
    next.setNextException(met);

    assertThat(FAILURES.whileConnecting("step", next).kind()).isEqualTo(Kind.MISCONFIGURED);
    assertThat(FAILURES.whileConnecting("step", new SQLException("the pool's", met)).kind())
        .isEqualTo(Kind.MISCONFIGURED);
  }

  @Test
  void valuesThatTheServerQuotesAreLeftOutAndTheSocketsFailureStays() {
    SQLException failure = new SQLException("Key (login_id)=(alice@example.org) exists", "08006");
    failure.initCause(new SocketException("Connection reset"));

    assertThat(Throwables.getStackTrace(translated(Phase.MAYBE_DONE, failure)))
        .contains("Connection reset")
        .doesNotContain("alice");
  }
}
