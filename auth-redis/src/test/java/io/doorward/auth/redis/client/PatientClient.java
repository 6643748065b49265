package io.doorward.auth.redis.client;

import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestRedisNode;
import java.time.Duration;

/** A client that a busy machine does not make time out. */
public final class PatientClient {
  private static final Duration LONG = Duration.ofSeconds(10);

  private PatientClient() {}

  public static BoundedRedisClient to(TestRedis server) {
    return patient(BoundedRedisClient.builder(server.uri()));
  }

  /** Reaches this one process, whatever the others say of it. */
  public static BoundedRedisClient to(TestRedisNode node) {
    return patient(BoundedRedisClient.builder(node.address().getHost(), node.address().getPort()));
  }

  public static BoundedRedisClient to(FaultProxy proxy) {
    return patient(BoundedRedisClient.builder(proxy.host(), proxy.port()));
  }

  private static BoundedRedisClient patient(BoundedRedisClient.Builder builder) {
    return builder.poolWait(LONG).connectTimeout(LONG).commandTimeout(LONG).build();
  }
}
