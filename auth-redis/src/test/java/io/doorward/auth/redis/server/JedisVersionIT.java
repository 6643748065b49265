package io.doorward.auth.redis.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs beside the contracts wherever they run on another Jedis than the build's. */
@Tag("contract")
class JedisVersionIT {
  @Test
  void theContractsRunOnTheJedisThatIsMeant() {
    assertThat(JedisLibrary.version()).contains(System.getProperty("doorward.jedis"));
  }
}
