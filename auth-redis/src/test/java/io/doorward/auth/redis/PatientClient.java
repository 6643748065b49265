package io.doorward.auth.redis;

import io.doorward.auth.testkit.TestRedis;
import java.time.Duration;

/** A client that a busy machine does not make time out. */
final class PatientClient {
  private static final Duration LONG = Duration.ofSeconds(10);

  private PatientClient() {}

  static BoundedRedisClient to(TestRedis server) {
    return BoundedRedisClient.builder(server.uri())
        .poolWait(LONG)
        .connectTimeout(LONG)
        .commandTimeout(LONG)
        .build();
  }
}
