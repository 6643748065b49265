package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
