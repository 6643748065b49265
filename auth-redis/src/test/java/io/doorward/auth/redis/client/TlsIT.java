package io.doorward.auth.redis.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.testkit.TestRedisSentinel;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;

/** Certificates are checked against the names by which servers are reached. */
@Tag("jdk")
class TlsIT {
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final String HERE = "ip:127.0.0.1";
  private static final String ELSEWHERE = "dns:elsewhere.example";

  private static BoundedRedisClient patient(BoundedRedisClient.Builder builder) {
    return builder.connectTimeout(LONG).commandTimeout(LONG).build();
  }

  private static BoundedRedisClient toServer(TlsProxy server, SSLSocketFactory trusting) {
    return patient(BoundedRedisClient.builder("127.0.0.1", server.port()).tls(trusting));
  }

  private static void isNotConnectedTo(BoundedRedisClient client) {
    assertThat(Calls.failed(client, LONG, client::ping).kind()).isEqualTo(Kind.UNREACHABLE);
  }

  @Test
  void aServerMustBeWhoItIsSaidToBe() {
    int port = TestRedis.shared().port();
    try (TlsProxy server = new TlsProxy(port, HERE);
        TlsProxy wrong = new TlsProxy(port, ELSEWHERE)) {
      try (BoundedRedisClient client = toServer(server, server.trusting())) {
        assertThat(client.ping()).isEqualTo("PONG");
      }
      try (BoundedRedisClient client = toServer(wrong, wrong.trusting())) {
        isNotConnectedTo(client);
      }
      try (BoundedRedisClient client = toServer(server, wrong.trusting())) {
        isNotConnectedTo(client);
      }
    }
  }

  @Test
  void sentinelsAndThePrimaryThatTheyNameMustBeToo() {
    TestRedisSentinel group = Groups.sentinel();
    HostAndPort plain = group.sentinels().iterator().next();
    int port = TestRedis.shared().port();
    try (TlsProxy primary = new TlsProxy(port, HERE);
        TlsProxy wrongPrimary = new TlsProxy(port, ELSEWHERE);
        TlsProxy sentinel = new TlsProxy(plain.getPort(), HERE);
        TlsProxy wrongSentinel = new TlsProxy(plain.getPort(), ELSEWHERE);
        MonitoredName monitored = new MonitoredName(group)) {
      monitored.point(primary.port());
      try (BoundedRedisClient client = bySentinel(monitored, sentinel, primary)) {
        assertThat(client.ping()).isEqualTo("PONG");
      }
      try (BoundedRedisClient client = bySentinel(monitored, wrongSentinel, primary)) {
        isNotConnectedTo(client);
      }
      monitored.point(wrongPrimary.port());
      try (BoundedRedisClient client = bySentinel(monitored, sentinel, wrongPrimary)) {
        isNotConnectedTo(client);
      }
    }
  }

  private static BoundedRedisClient bySentinel(
      MonitoredName monitored, TlsProxy sentinel, TlsProxy primary) {
    List<HostAndPort> asked = List.of(new HostAndPort("127.0.0.1", sentinel.port()));
    return patient(
        BoundedRedisClient.sentinel(monitored.name, asked)
            .sentinelTls(sentinel.trusting())
            .tls(primary.trusting()));
  }
}
