package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.BreakerPolicy;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.ProxiedCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Scripts of the stores on the nodes of a cluster. */
class ClusterScriptsIT {
  private static final Duration LONG = Duration.ofSeconds(30);

  @Test
  void scriptsThatNodesHaveForgottenAreSentWhole() throws IOException {
    try (ProxiedCluster cluster = new ProxiedCluster();
        BoundedRedisClient client =
            BoundedRedisClient.cluster(cluster.addresses())
                .connectTimeout(LONG)
                .commandTimeout(LONG)
                .poolWait(LONG)
                .build()) {
      Scripts scripts =
          new Scripts(
              client,
              Backend.of("Redis", BreakerPolicy.defaults(), deadline -> List.of()),
              "test",
              null);
      for (int i = 0; i < 2; i++) {
        for (String key : List.of(ProxiedCluster.keyOf(0), ProxiedCluster.keyOf(1))) {
          String own = "{" + key + "}:entry";
          assertThat(
                  scripts
                      .call(RedisScript.ENTRY_LOOKUP)
                      .keys(own)
                      .arg("x".repeat(16))
                      .arg(1_000)
                      .run(Deadline.after(LONG)))
              .isNotNull();
        }
        for (int node = 0; node < 2; node++) {
          try (Jedis admin = cluster.admin(node)) {
            admin.scriptFlush();
          }
        }
      }
    }
  }
}
