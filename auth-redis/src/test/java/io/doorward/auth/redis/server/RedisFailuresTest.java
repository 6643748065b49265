package io.doorward.auth.redis.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisClusterOperationException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

class RedisFailuresTest {
  private static StoreException translated(JedisException e) {
    return RedisFailures.translate("token store", "find", e);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "READONLY You can't write against a read only replica.",
        "LOADING Redis is loading the dataset in memory",
        "MASTERDOWN Link with MASTER is down",
        "CLUSTERDOWN The cluster is down",
        "OOM command not allowed when used memory > 'maxmemory'.",
        "MISCONF Redis is configured to save RDB snapshots",
        "NOTPRIMARY this server is not a primary",
        "BUSY Redis is busy running a script.",
        "ERR Error running script: -READONLY You can't write against a read only replica.",
        "TRYAGAIN Multiple keys request during rehashing of slot",
        "MOVED 3999 127.0.0.1:6381",
        "ASK 3999 127.0.0.1:6381",
        "NOREPLICAS Not enough good replicas to write.",
        "ERR Script attempted to access a non local key in a cluster node script: 1, on @user:1.",
        "ERR Error running script: -OOM command not allowed when used memory > 'maxmemory'."
      })
  void whatTheServerCannotDoNowIsRefused(String answer) {
    assertThat(translated(new JedisDataException(answer)).kind()).isEqualTo(Kind.REFUSED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NOAUTH Authentication required.",
        "NOPERM this user has no permissions to run the 'evalsha' command",
        "WRONGPASS invalid username-password pair or user is disabled.",
        "ERR The user executing the script can't run this command or subcommand script: a, on @user",
        "ERR unknown command 'EVALSHA'",
        "NOIDENTITY INFO shows no run_id and master_replid",
        "WRONGTYPE Operation against a key holding the wrong kind of value"
      })
  void whatAPersonMustMendIsMisconfigured(String answer) {
    assertThat(translated(new JedisDataException(answer)).kind()).isEqualTo(Kind.MISCONFIGURED);
    assertThat(translated(new JedisAccessControlException(answer)).kind())
        .isEqualTo(Kind.MISCONFIGURED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ERR max number of clients reached | REFUSED | maxclients
          ERR max number of clients + cluster connections reached | REFUSED | maxclients
          NOAUTH Authentication required. | MISCONFIGURED | wants a login and got none (NOAUTH)
          NOAUTH HELLO must be called with the client already authenticated | MISCONFIGURED | NOAUTH
          WRONGPASS invalid username-password pair or user is disabled. | MISCONFIGURED | WRONGPASS
          ERR invalid password | MISCONFIGURED | refuses the login (WRONGPASS)
          ERR Client sent AUTH, but no password is set | MISCONFIGURED | has no password for the default
          ERR AUTH <password> called without any password configured for the default user. | MISCONFIGURED | has no password for the default
          DENIED Redis is running in protected mode because | MISCONFIGURED | protected mode
          ERR DB index is out of range | MISCONFIGURED | no database of this number
          ERR SELECT is not allowed in cluster mode | MISCONFIGURED | BoundedRedisClient.cluster
          LOADING Redis is loading the dataset in memory | REFUSED | cannot now: LOADING
          NOPERM this user has no permissions to run the 'time' command | MISCONFIGURED | run TIME (NOPERM): add +time;
          NOPERM this user has no permissions to access one of the keys used as arguments | MISCONFIGURED | key pattern
          ERR The user executing the script can't access at least one of the keys mentioned in the command arguments script: a | MISCONFIGURED | key pattern
          """)
  void aRefusalIsSaidToBeWhatItIs(String answer, Kind kind, String meaning) {
    for (JedisException refusal :
        List.of(new JedisDataException(answer), new JedisAccessControlException(answer))) {
      StoreException failure = translated(RedisFailures.at(new HostAndPort("::1", 6379), refusal));

      assertThat(failure.kind()).isEqualTo(kind);
      assertThat(failure)
          .hasMessageStartingWith("token store: find: [::1]:6379: the server")
          .hasMessageContaining(meaning)
          .hasMessageNotContaining("6.2");
    }
  }

  @Test
  void aServerThatIsFullAndHangsUpIsFull() {
    JedisException hungUp =
        new RedisFailures.NotConnectedException(
            "no connection", new JedisConnectionException("ERR max number of clients reached"));

    assertThat(translated(hungUp).kind()).isEqualTo(Kind.REFUSED);
    assertThat(translated(hungUp)).hasMessageContaining("maxclients");
  }

  @Test
  void whichServerItWasDoesNotChangeWhatItMeans() {
    HostAndPort server = new HostAndPort("cache", 1);
    JedisException refused = new JedisException("no", new ConnectException("refused"));
    JedisException lost = new JedisConnectionException("Unexpected end of stream.");

    StoreException unreachable = translated(RedisFailures.at(server, refused));
    assertThat(unreachable.kind()).isEqualTo(Kind.UNREACHABLE);
    assertThat(unreachable)
        .hasMessage(
            "token store: find: cache:1: no connection could be had in time (ConnectException)");
    assertThat(translated(RedisFailures.at(server, lost)).kind()).isEqualTo(Kind.TIMEOUT);
    assertThat(translated(RedisFailures.at(new HostAndPort("second", 2), lost)))
        .hasMessageContaining("cache:1");
  }

  @Test
  void whatWasNeverSentIsUnreachable() {
    for (Throwable cause :
        new Throwable[] {
          new ConnectException("refused"),
          new UnknownHostException("host"),
          new NoSuchElementException("no such thing")
        }) {
      assertThat(translated(new JedisException("no", cause)).kind()).isEqualTo(Kind.UNREACHABLE);
    }
    JedisConnectionException several = new JedisConnectionException("Failed");
    several.addSuppressed(new ConnectException("refused"));
    assertThat(translated(several).kind()).isEqualTo(Kind.UNREACHABLE);
  }

  @Test
  void aClientWhoseConnectionsAreAllInUseIsFull() {
    for (Exception full :
        new Exception[] {
          new RedisFailures.CrowdedException(),
          new NoSuchElementException("Timeout waiting for idle object, borrowMaxWait=PT0.25S"),
          new NoSuchElementException("Pool exhausted")
        }) {
      assertThat(translated(new JedisException("no", full)).kind()).isEqualTo(Kind.OVERLOADED);
    }
  }

  @Test
  void aLostAnswerIsATimeout() {
    assertThat(
            translated(new JedisConnectionException(new SocketTimeoutException("Read timed out")))
                .kind())
        .isEqualTo(Kind.TIMEOUT);
    assertThat(translated(new JedisConnectionException("Unexpected end of stream.")).kind())
        .isEqualTo(Kind.TIMEOUT);
  }

  @Test
  void whatAClustersClientGivesUpMayHaveHappened() {
    JedisClusterOperationException gaveUp =
        new JedisClusterOperationException("No more cluster attempts left.");
    // Only the last of several attempts; an earlier one may have reached a server.
    gaveUp.addSuppressed(new JedisConnectionException(new ConnectException("refused")));

    assertThat(translated(gaveUp).kind()).isEqualTo(Kind.TIMEOUT);
  }

  @Test
  void noTextOfTheServerOrTheDriverIsRepeated() {
    StoreException failure =
        translated(new JedisDataException("ERR value doorward:{abc}:user secret-xq7 is bad"));

    assertThat(failure).hasMessageStartingWith("token store: find: ");
    for (Throwable t = failure; t != null; t = t.getCause()) {
      assertThat(String.valueOf(t.getMessage())).doesNotContain("abc", "xq7");
    }
  }

  @Test
  void whoCouldNotSayWhichServerToUseIsQuoted() {
    StoreException failure =
        translated(
            new RedisFailures.NoServerException(Kind.UNREACHABLE, "no sentinel answered in time"));

    assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
    assertThat(failure).hasMessage("token store: find: no sentinel answered in time");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "READONLY You can't write against a read only replica.",
        "ERR Error running script: -READONLY You can't write against a read only replica.",
        "NOTPRIMARY this server is not a primary",
        "MASTERDOWN Link with MASTER is down",
        "UNBELIEVED a b c standalone"
      })
  void whatNoPrimarySaysIsAReasonToLookForAnother(String answer) {
    assertThat(RedisFailures.saysNoPrimary(new JedisDataException(answer))).isTrue();
  }

  @Test
  void otherErrorsAreNoReasonToLookForAnother() {
    assertThat(RedisFailures.saysNoPrimary(new JedisDataException("WRONGTYPE a key"))).isFalse();
    assertThat(RedisFailures.saysNoPrimary(new JedisDataException("ERR unknown"))).isFalse();
  }
}
