package io.doorward.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretSettingsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "doorward.secret",
        "DOORWARD_SECRET",
        "doorward.other-secrets.y2026",
        "doorward.otherSecrets[y2026]",
        "DOORWARD_OTHERSECRETS_Y2026",
        "doorward.jdbc.password",
        "DOORWARD_JDBC_PASSWORD",
        "doorward.jdbc.url",
        "doorward.redis-uri",
        "DOORWARD_REDISURI"
      })
  void secretsAndAddressesAreAmongThemInEverySpelling(String key) {
    assertThat(SecretSettings.contains(key)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"doorward.secret-id", "doorward.secret-file", "doorward.name", "server.port"})
  void otherSettingsAreNot(String key) {
    assertThat(SecretSettings.contains(key)).isFalse();
  }

  @Test
  void theLanguageOfTheMachineDoesNotMatter() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("tr"));
    try {
      assertThat(SecretSettings.contains("DOORWARD_REDIS_URI")).isTrue();
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void everySecretIsAPropertyThatThereIs() {
    KnownNames names = KnownNames.of("doorward", DoorwardProperties.class);
    assertThat(names.shown().stream().filter(SecretSettings::contains))
        .containsExactlyInAnyOrder(
            "doorward.secret",
            "doorward.other-secrets",
            "doorward.other-secrets.*",
            "doorward.jdbc.url",
            "doorward.jdbc.password",
            "doorward.redis-uri");
  }
}
