package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.jdbc.SqlFailures.Phase;
import java.net.SocketException;
import java.sql.SQLException;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlFailuresTest {
  private static final JdbcSchema SCHEMA = JdbcSchema.of("people");

  private static StoreException translated(Phase phase, SQLException failure) {
    return SqlFailures.of("step", phase, failure, SCHEMA);
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
    "25006, REFUSED, read-only",
    "23514, REFUSED, the server refused",
    "53100, REFUSED, the server refused",
    "42P01, MISCONFIGURED, the schema people.* is missing or old: run SchemaMigrator",
    "42703, MISCONFIGURED, the schema people.* is missing or old: run SchemaMigrator",
    "42501, MISCONFIGURED, lacks a right on the schema people.*: grant",
    "28000, MISCONFIGURED, refuses the user",
    "08006, UNREACHABLE, nothing was done",
    "57P01, UNREACHABLE, nothing was done",
  })
  void aStateOfTheServerSaysWhatItMeansAndIsNamed(String state, Kind kind, String meaning) {
    assertThat(translated(state))
        .hasMessageStartingWith("PostgreSQL, step: ")
        .hasMessageContaining(meaning)
        .hasMessageEndingWith("(SQLState " + state + ")")
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
    "3D000, MISCONFIGURED, the database does not exist",
    "53300, REFUSED, no connection to spare",
    "08001, UNREACHABLE, the server is away",
  })
  void whileConnectingAStateHasAMeaningOfItsOwn(String state, Kind kind, String meaning) {
    assertThat(SqlFailures.whileConnecting("step", new SQLException("text", state)))
        .hasMessageContaining(meaning)
        .extracting(StoreException::kind)
        .isEqualTo(kind);
  }

  @Test
  void theStateIsFoundBehindWhatAPoolPutsBeforeIt() {
    SQLException met = new SQLException("text", "3D000");
    SQLException next = new SQLException("the pool's");
    next.setNextException(met);

    assertThat(SqlFailures.whileConnecting("step", next).kind()).isEqualTo(Kind.MISCONFIGURED);
    assertThat(SqlFailures.whileConnecting("step", new SQLException("the pool's", met)).kind())
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
