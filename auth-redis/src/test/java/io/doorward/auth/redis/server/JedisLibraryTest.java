package io.doorward.auth.redis.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JedisLibraryTest {
  @Test
  void aJedisThatIsTooOldIsRefusedWithWhatToDo() {
    assertThatThrownBy(() -> JedisLibrary.requireSupported(Optional.of("6.2.0")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Jedis 6.2.0 is on the class path, and 7.0.0 or later is needed: declare"
                + " redis.clients:jedis in that version, with Spring Boot by the property"
                + " jedis.version");
  }

  @ParameterizedTest
  @ValueSource(strings = {"7.0.0-beta1", "7.0.0", "7.4.1", "8.0.2", "8.1.0-SNAPSHOT", "10.0.0"})
  void everyJedisFromSevenOnIsTaken(String version) {
    assertThatCode(() -> JedisLibrary.requireSupported(Optional.of(version)))
        .doesNotThrowAnyException();
  }

  @Test
  void aJedisThatSaysNoVersionIsTaken() {
    assertThatCode(() -> JedisLibrary.requireSupported(Optional.empty()))
        .doesNotThrowAnyException();
    assertThatCode(() -> JedisLibrary.requireSupported(Optional.of("${project.version}")))
        .doesNotThrowAnyException();
  }

  @Test
  void theVersionOnTheClassPathIsFound() {
    assertThat(JedisLibrary.version()).contains(System.getProperty("doorward.jedis"));
  }
}
