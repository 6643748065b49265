package io.doorward.auth.redis.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.redis.client.RedisAddress.Login;
import io.doorward.auth.redis.server.RedisFailures;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.HostAndPort;

class RedisAddressTest {
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          redis://cache:6379,                        cache,            6379, false, 0
          redis://cache,                             cache,            6379, false, 0
          redis://cache/,                            cache,            6379, false, 0
          redis://my_redis:6380,                     my_redis,         6380, false, 0
          redis://my_redis,                          my_redis,         6379, false, 0
          redis://shop_redis_1:6379/3,               shop_redis_1,     6379, false, 3
          rediss://a.b-c.example:1/15,               a.b-c.example,       1, true,  15
          REDISS://cache:65535/0,                    cache,           65535, true,  0
          redis://127.0.0.1:7,                       127.0.0.1,           7, false, 0
          redis://[::1]:7/2,                         ::1,                 7, false, 2
          redis://[2001:db8::7],                     2001:db8::7,      6379, false, 0
          redis://[fe80::1%25eth0]:7,                fe80::1%eth0,        7, false, 0
          redis://u:p@[::ffff:192.0.2.1]:7,          ::ffff:192.0.2.1,    7, false, 0
          redis://u_1:p@my_redis:6379/3,             my_redis,         6379, false, 3
          """)
  void everyPartOfAnAddressIsUsed(URI uri, String host, int port, boolean tls, int database) {
    RedisAddress address = RedisAddress.parse(uri);

    assertThat(address.server()).isEqualTo(new HostAndPort(host, port));
    assertThat(address.tls()).isEqualTo(tls);
    assertThat(address.database()).isEqualTo(database);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          redis://:xq7@my_redis                  |     | xq7
          redis://:xq7@cache                     |     | xq7
          redis://app:xq7@cache                  | app | xq7
          redis://app:a:b@cache                  | app | a:b
          redis://app:a%40b%3Ac%2Fd%25%23@cache  | app | a@b:c/d%#
          redis://app:a+b@cache                  | app | a+b
          redis://app:%C3%A9%E2%82%AC@my_redis   | app | é€
          redis://a%3Ab:xq7@cache                | a:b | xq7
          """)
  void userAndPasswordAreDecoded(URI uri, String user, String password) {
    assertThat(RedisAddress.parse(uri).login())
        .contains(new Login(Optional.ofNullable(user), password));
  }

  @Test
  void withoutUserInfoThereIsNoLogin() {
    assertThat(RedisAddress.parse(URI.create("redis://my_redis:6379")).login()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          http://a:xq7@cache:1              | must begin with redis:// or rediss://
          redis-sentinel://a:xq7@cache:1/xq | must begin with redis:// or rediss://
          //a:xq7@cache:1                   | must begin with redis:// or rediss://
          redis://a:xq7@cache:1/xq          | must have the number of a database as its path
          redis://a:xq7@cache:1/3/          | must have the number of a database as its path
          redis://a:xq7@cache:1/-3          | must have the number of a database as its path
          redis://a:xq7@cache:1/03          | must have the number of a database as its path
          redis://a:xq7@cache:1/3000000000  | must have the number of a database as its path
          redis://a:xq7@cache:1/%33         | must have the number of a database as its path
          redis://a:xq7@cache:1?db=3        | must have no query
          redis://a:xq7@cache:1/3?          | must have no query
          redis://a:xq7@my_redis?timeout=1s | must have no query
          redis://a:xq7@cache:1/3#xq        | must have no fragment
          redis://a:xq7#b@cache:1           | must have no fragment
          redis:xq7                         | must name a host
          redis:///3                        | must name a host
          redis://a:xq7@                    | must name a host
          redis://:xq7@:6379                | must name a host
          redis://xq7@cache:1               | must have a password behind the user
          redis://xq7:@cache:1              | must have a password before the @
          redis://@cache:1                  | must have a password behind the user
          redis://a:x@xq7@cache:1           | must have one @ at most
          redis://a:%FFxq7@cache:1          | must be percent-encoded UTF-8
          redis://a:xq7@cache:              | must have a port of 1 to 65535
          redis://a:xq7@cache:0             | must have a port of 1 to 65535
          redis://a:xq7@cache:65536         | must have a port of 1 to 65535
          redis://a:xq7@my_redis:xq7        | must have a port of 1 to 65535
          redis://a:xq7@one:1,two:2         | must have a port of 1 to 65535
          redis://a:xq7@one,two             | must name one host by letters
          redis://a:xq7@-cache              | must name one host by letters
          redis://a:xq7@c%C3%A9             | must name one host by letters
          redis://a:xq7@b&uuml;cher         | must name one host by letters
          """)
  void whatCannotBeUsedIsRefusedWithoutBeingRepeated(String uri, String rule) {
    assertThatThrownBy(() -> RedisAddress.parse(URI.create(uri)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("uri " + rule)
        .hasMessageEndingWith("(redis://user:password@host:port/database)")
        .hasMessageNotContaining("xq")
        .hasNoCause();
  }

  @Test
  void anAddressPrintsNoPassword() {
    RedisAddress address = RedisAddress.parse(URI.create("rediss://app:xq7@[::1]:1/2"));

    assertThat(address).hasToString("rediss://[::1]:1/2 Optional[Login[app]]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"redis://cache", "cache:6379", "a:xq7@cache", "one,two", "cache/3", "[a"})
  void sentinelsAndNodesAreNamedByHostAndPortAlone(String host) {
    Set<HostAndPort> servers = Set.of(new HostAndPort(host, 1));

    assertThatThrownBy(() -> BoundedRedisClient.sentinel("main", servers))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("sentinels: host must be named by letters")
        .hasMessageNotContaining("xq7");
    assertThatThrownBy(() -> BoundedRedisClient.cluster(servers))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("nodes: host must be named by letters")
        .hasMessageNotContaining("xq7");
    assertThatThrownBy(() -> BoundedRedisClient.builder(host, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("host must be named by letters")
        .hasMessageNotContaining("xq7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"my_redis", "10.0.0.7", "::1", "[::1]", "fe80::1%eth0"})
  void sentinelsAndNodesMayHaveEveryNameThatServersHave(String host) {
    Set<HostAndPort> servers = Set.of(new HostAndPort(host, 1));

    BoundedRedisClient.sentinel("main", servers).build().close();
    BoundedRedisClient.cluster(servers).build().close();
    BoundedRedisClient.builder(host, 1).build().close();
  }

  @Test
  void anIpv6AddressOfThisMachineIsNotRemoteInBracketsEither() {
    try (BoundedRedisClient near =
        BoundedRedisClient.builder(URI.create("redis://[::1]:1")).build()) {
      assertThat(near.isExposed()).isFalse();
    }
    assertThat(RedisFailures.name(new HostAndPort("::1", 1))).isEqualTo("[::1]:1");
  }
}
