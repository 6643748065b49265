package io.doorward.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.session.SessionLifetimes;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionLimits.WhenFull;
import io.doorward.auth.session.SessionPolicy;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class SessionSettingsTest {
  private static SessionPolicy policy(Map<String, String> properties) {
    return SessionSettings.policy(
        new Binder(new MapConfigurationPropertySource(properties))
            .bindOrCreate(DoorwardProperties.PREFIX, DoorwardProperties.class)
            .sessionPolicy());
  }

  @Test
  void withoutPropertiesThePolicyIsTheLibrarys() {
    assertThat(policy(Map.of())).isEqualTo(SessionPolicy.defaults());
  }

  @Test
  void eachPropertyChangesItsValue() {
    String prefix = "doorward.session-policy.";
    SessionPolicy policy =
        policy(
            Map.ofEntries(
                Map.entry(prefix + "cookie.idle-timeout", "1h"),
                Map.entry(prefix + "cookie.absolute-lifetime", "2h"),
                Map.entry(prefix + "cookie.remembered-idle-timeout", "3h"),
                Map.entry(prefix + "cookie.remembered-lifetime", "4h"),
                Map.entry(prefix + "bearer.idle-timeout", "5h"),
                Map.entry(prefix + "bearer.absolute-lifetime", "6h"),
                Map.entry(prefix + "bearer.remembered-idle-timeout", "7h"),
                Map.entry(prefix + "bearer.remembered-lifetime", "8h"),
                Map.entry(prefix + "bearer-token-lifetime", "9m"),
                Map.entry(prefix + "refresh-grace", "10s"),
                Map.entry(prefix + "jitter-percent", "1"),
                Map.entry(prefix + "max-sessions", "4"),
                Map.entry(prefix + "max-per-device-kind.phone", "1"),
                Map.entry(prefix + "max-per-device-kind.smart-tv", "2"),
                Map.entry(prefix + "when-full", "refuse")));

    assertThat(policy)
        .isEqualTo(
            new SessionPolicy(
                lifetimes(1, 2, 3, 4),
                lifetimes(5, 6, 7, 8),
                Duration.ofMinutes(9),
                Duration.ofSeconds(10),
                new SessionLimits(4, Map.of("phone", 1, "smart-tv", 2), WhenFull.REFUSE),
                1));
  }

  private static SessionLifetimes lifetimes(int idle, int absolute, int remembered, int most) {
    return new SessionLifetimes(
        Duration.ofHours(idle),
        Duration.ofHours(absolute),
        Duration.ofHours(remembered),
        Duration.ofHours(most));
  }

  @Test
  void whatIsOutOfRangeIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> policy(Map.of("doorward.session-policy.max-sessions", "0")))
        .withMessage("perAccount must be positive: 0");
  }
}
