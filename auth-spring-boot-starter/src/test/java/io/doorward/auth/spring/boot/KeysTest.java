package io.doorward.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.key.KeyRegistry.KeyFingerprint;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.testkit.TestSecrets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** The secrets of a rotation, as docs/howto/key-rotation.md names them. */
class KeysTest {
  private static final String OLD =
      TestSecrets.record(Base64.getEncoder().encodeToString(TestSecrets.newKey()));
  private static final String FRESH =
      TestSecrets.record(Base64.getEncoder().encodeToString(TestSecrets.newKey()));

  @Test
  void aRotationIsDoneInTheEnvironment() {
    KeyRing known = environment(Map.of("DOORWARD_SECRET", OLD, "DOORWARD_OTHERSECRETS_K2", FRESH));
    KeyRing used =
        environment(
            Map.of(
                "DOORWARD_SECRET", FRESH,
                "DOORWARD_SECRETID", "k2",
                "DOORWARD_OTHERSECRETS_MAIN", OLD));
    KeyRing over = environment(Map.of("DOORWARD_SECRET", FRESH, "DOORWARD_SECRETID", "k2"));

    assertThat(known.signingKey().id()).isEqualTo("main");
    assertThat(known.signingKey("k2")).isPresent();
    assertThat(used.signingKey().id()).isEqualTo("k2");
    assertThat(used.signingKey("main")).isPresent();
    assertThat(over.signingKey().id()).isEqualTo("k2");
    assertThat(over.signingKey("main")).isEmpty();
    assertThat(known.fingerprints())
        .extracting(KeyFingerprint::value)
        .containsExactlyInAnyOrderElementsOf(
            used.fingerprints().stream().map(KeyFingerprint::value).toList());
  }

  @Test
  void inAFileAnIdMayHaveADash() {
    KeyRing ring =
        ring(
            new MapPropertySource(
                "file",
                Map.of(
                    "doorward.secret", FRESH,
                    "doorward.secret-id", "2026-11",
                    "doorward.other-secrets.2026-05", OLD)));

    assertThat(ring.signingKey().id()).isEqualTo("2026-11");
    assertThat(ring.signingKey("2026-05")).isPresent();
  }

  /** In the environment an underline is where a name goes on. */
  @Test
  void anIdOfTheEnvironmentHasLettersAndDigitsOnly() {
    assertThatThrownBy(
            () ->
                environment(Map.of("DOORWARD_SECRET", FRESH, "DOORWARD_OTHERSECRETS_2026_05", OLD)))
        .isInstanceOf(DoorwardConfigurationException.class)
        .hasMessageContaining("doorward.other-secrets.2026.05");
  }

  private static KeyRing environment(Map<String, Object> variables) {
    return ring(new SystemEnvironmentPropertySource("systemEnvironment", variables));
  }

  private static KeyRing ring(PropertySource<?> only) {
    StandardEnvironment environment = new StandardEnvironment();
    MutablePropertySources sources = environment.getPropertySources();
    sources.remove(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
    sources.remove(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
    sources.addFirst(only);
    ConfigurationPropertySources.attach(environment);
    return Keys.of(Binder.get(environment).bindOrCreate("doorward", DoorwardProperties.class));
  }
}
