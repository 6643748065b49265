package io.doorward.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.redis.client.BoundedRedisClient;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/** Boot's settings of Redis, as our client takes them. Nothing connects. */
class SpringRedisTest {
  @Test
  void withoutSettingsItIsThePortOfThisMachine() {
    try (BoundedRedisClient client = client()) {
      assertThat(client.toString()).contains("localhost:6379");
      assertThat(client.isExposed()).isFalse();
      assertThat(client.mayFailOver()).isFalse();
    }
    assertThat(SpringRedis.namesServer(environment())).isFalse();
  }

  @Test
  void aHostWithLoginAndTimeoutsIsTaken() {
    try (BoundedRedisClient client =
        client(
            "host=cache",
            "port=6380",
            "username=shop",
            "password=hunter22",
            "database=3",
            "timeout=100ms",
            "connect-timeout=2s")) {
      assertThat(client.toString()).contains("cache:6380").doesNotContain("hunter22", "shop");
      assertThat(client.commandTimeout()).isEqualTo(Duration.ofMillis(100));
      assertThat(client.connectTimeout()).isEqualTo(Duration.ofSeconds(2));
      assertThat(client.isExposed()).isTrue();
    }
  }

  @Test
  void aUrlOverridesTheHost() {
    try (BoundedRedisClient client =
        client("host=other", "url=rediss://shop:hunter22@cache:6381/2")) {
      assertThat(client.toString()).contains("cache:6381").doesNotContain("other", "hunter22");
      assertThat(client.isExposed()).isFalse();
    }
  }

  @Test
  void sentinelsAndTheirLoginAreTaken() {
    try (BoundedRedisClient client =
        client(
            "sentinel.master=shop",
            "sentinel.nodes=one:26379,two:26380",
            "sentinel.password=hunter22",
            "password=hunter23")) {
      assertThat(client.mayFailOver()).isTrue();
      assertThat(client.toString()).contains("one:26379", "two:26380").doesNotContain("hunter");
    }
  }

  @Test
  void aClusterIsTaken() {
    try (BoundedRedisClient client =
        client("cluster.nodes[0]=one:7000", "cluster.nodes[1]=two:7001", "ssl.enabled=true")) {
      assertThat(client.isForCluster()).isTrue();
      assertThat(client.isExposed()).isFalse();
      assertThat(client.toString()).contains("one:7000", "two:7001");
    }
  }

  @Test
  void aBundleSwitchesTlsOn() {
    DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry();
    bundles.registerBundle("cache", SslBundle.systemDefault());
    SpringRedis settings = SpringRedis.of(environment("host=cache", "ssl.bundle=cache"));

    try (BoundedRedisClient client = settings.client(bundles).build()) {
      assertThat(client.isExposed()).isFalse();
    }
    assertThatThrownBy(() -> settings.client(null))
        .isInstanceOf(DoorwardConfigurationException.class)
        .hasMessageContaining("spring.data.redis.ssl.bundle");
    assertThatThrownBy(() -> settings.client(new DefaultSslBundleRegistry()))
        .isInstanceOf(NoSuchSslBundleException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"one", "one:", ":7000", "one:port", "user:secret@one", "user:secret@one:7000"})
  void anAddressWithoutAPortIsRefused(String node) {
    assertThatThrownBy(() -> client("cluster.nodes=" + node))
        .isInstanceOf(DoorwardConfigurationException.class)
        .hasMessage("spring.data.redis.cluster.nodes[0] is an address that is not host:port");
  }

  @Test
  void replicasAreRefused() {
    assertThatThrownBy(() -> client("masterreplica.nodes=one:6379"))
        .isInstanceOf(DoorwardConfigurationException.class)
        .hasMessageContaining("Doorward reads primaries only");
  }

  @Test
  void sentinelsBesideAUrlAreRefused() {
    assertThatThrownBy(() -> client("url=redis://cache", "sentinel.nodes=one:1"))
        .isInstanceOf(DoorwardConfigurationException.class)
        .hasMessageStartingWith("spring.data.redis.url names one server");
  }

  @Test
  void connectionDetailsOfOthersAreTaken() {
    DataRedisConnectionDetails details =
        new DataRedisConnectionDetails() {
          @Override
          public Standalone getStandalone() {
            return Standalone.of("container", 32768);
          }

          @Override
          public String getPassword() {
            return "hunter22";
          }

          @Override
          public SslBundle getSslBundle() {
            return SslBundle.systemDefault();
          }
        };
    try (BoundedRedisClient client =
        new ConnectionDetailsRedis(details).client().orElseThrow().build()) {
      assertThat(client.toString()).contains("container:32768").doesNotContain("hunter22");
      assertThat(client.isExposed()).isFalse();
    }
  }

  @Test
  void connectionDetailsOfSentinelsAndClustersAreTaken() {
    DataRedisConnectionDetails sentinels =
        new DataRedisConnectionDetails() {
          @Override
          public Sentinel getSentinel() {
            return new ShopSentinel();
          }
        };
    DataRedisConnectionDetails cluster =
        new DataRedisConnectionDetails() {
          @Override
          public Cluster getCluster() {
            return () -> List.of(new Node("one", 7000));
          }
        };
    try (BoundedRedisClient client =
        new ConnectionDetailsRedis(sentinels).client().orElseThrow().build()) {
      assertThat(client.mayFailOver()).isTrue();
    }
    try (BoundedRedisClient client =
        new ConnectionDetailsRedis(cluster).client().orElseThrow().build()) {
      assertThat(client.isForCluster()).isTrue();
    }
    DataRedisConnectionDetails none = new DataRedisConnectionDetails() {};
    assertThatThrownBy(() -> new ConnectionDetailsRedis(none).client())
        .isInstanceOf(DoorwardConfigurationException.class);
  }

  /** They say where the server is, and the properties how long it may take. */
  @Test
  void theTimeoutsOfThePropertiesHoldForConnectionDetailsToo() {
    DataRedisConnectionDetails details =
        new DataRedisConnectionDetails() {
          @Override
          public Standalone getStandalone() {
            return Standalone.of("container", 32768);
          }
        };
    StandardEnvironment environment = environment("timeout=100ms", "connect-timeout=2s");
    DoorwardProperties properties =
        Binder.get(environment).bindOrCreate("doorward", DoorwardProperties.class);
    try (BoundedRedisClient client =
        RedisServers.client(properties, environment, new ConnectionDetailsRedis(details), null)
            .build()) {
      assertThat(client.toString()).contains("container:32768");
      assertThat(client.commandTimeout()).isEqualTo(Duration.ofMillis(100));
      assertThat(client.connectTimeout()).isEqualTo(Duration.ofSeconds(2));
    }
  }

  private static BoundedRedisClient client(String... settings) {
    return SpringRedis.of(environment(settings)).client(null).build();
  }

  private static StandardEnvironment environment(String... settings) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      values.put(
          "spring.data.redis." + setting.substring(0, equals), setting.substring(equals + 1));
    }
    StandardEnvironment environment = new StandardEnvironment();
    environment.getPropertySources().addFirst(new MapPropertySource("test", values));
    return environment;
  }

  private static final class ShopSentinel implements DataRedisConnectionDetails.Sentinel {
    @Override
    public int getDatabase() {
      return 1;
    }

    @Override
    public String getMaster() {
      return "shop";
    }

    @Override
    public List<DataRedisConnectionDetails.Node> getNodes() {
      return List.of(new DataRedisConnectionDetails.Node("one", 26379));
    }

    @Override
    public String getUsername() {
      return "watch";
    }

    @Override
    public String getPassword() {
      return "hunter22";
    }
  }
}
