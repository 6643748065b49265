package io.doorward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.key.KeyRing;
import io.doorward.auth.testkit.TestSecrets;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the builder refuses before anything is opened, and how it says so. */
class SettingsTest {
  private static final String JDBC = "jdbc:postgresql://localhost:5432/shop";
  private static final String REDIS = "redis://localhost:6379";
  private static final byte[] SECRET = TestSecrets.newKey();

  private static Doorward.Builder builder() {
    return Doorward.builder(JDBC, REDIS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgres://app:hunter22@db/shop",
        "db/shop",
        "",
        "jdbc:mysql://app:hunter22@db/shop",
        "jdbc:postgresql://app:hunter22@db/shop",
        "jdbc:postgresql://db:port/shop?password=hunter22",
        "jdbc:postgresql://db:99999/shop?password=hunter22"
      })
  void aWrongJdbcUrlIsRefusedInOneLineAndNotRepeated(String url) {
    assertThatThrownBy(() -> Doorward.builder(url, REDIS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("jdbcUrl must ")
        .hasMessageNotContaining("hunter22")
        .hasNoCause()
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:6379",
        "",
        "http://:hunter22@cache",
        "redis://:hunter22%@cache",
        "redis://:hunt er22@cache",
        "redis://:hunter22@cache:port",
        "redis://:hunter22@cache/3?ssl=true"
      })
  void aWrongRedisUriIsRefusedInOneLineAndNotRepeated(String uri) {
    assertThatThrownBy(() -> Doorward.builder(JDBC, uri))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .matches("(uri|redis) must .*")
        .doesNotContain("hunt", "\n");
  }

  @Test
  void aMissingSecretSaysWhatToCall() {
    assertThatThrownBy(builder()::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "a secret is missing: call secret(id, Secrets.fromEnvironment(\"DOORWARD_SECRET\"))");
  }

  @Test
  void aSecretThatIsTooShortIsRefused() {
    assertThatThrownBy(() -> builder().secret("2026-11", new byte[16]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("secret must be at least 32 random bytes, was 16");
  }

  @Test
  void secretAndKeysExcludeEachOther() {
    Doorward.Builder withSecret = builder().secret("2026-11", SECRET);
    assertThatThrownBy(() -> withSecret.keys(KeyRing.ephemeral()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("secret and keys exclude each other: use one of them");

    Doorward.Builder withKeys = builder().keys(KeyRing.ephemeral());
    assertThatThrownBy(() -> withKeys.secret("2026-11", SECRET))
        .hasMessage("secret and keys exclude each other: use one of them");
    assertThatThrownBy(() -> withKeys.keys(KeyRing.ephemeral()))
        .hasMessage("keys must be called once: put all keys into one ring");
  }

  @Test
  void oneIdHasOneSecret() {
    Doorward.Builder once = builder().secret("2026-11", SECRET);
    assertThatThrownBy(() -> once.secret("2026-11", TestSecrets.newKey()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2026-11");
  }

  @Test
  void theTwoKindsOfSessionsExcludeEachOther() {
    assertThatThrownBy(() -> builder().durableSessions().redisSessions())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("durableSessions and redisSessions exclude each other: use one of them");
    assertThatThrownBy(() -> builder().redisSessions().durableSessions())
        .isInstanceOf(IllegalStateException.class);
    builder().redisSessions().redisSessions();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "Shop", "my-shop", "1shop", "shop;drop", "a234567890123456789012345678901x"})
  void aNameThatCannotBeASchemaIsRefused(String name) {
    assertThatThrownBy(() -> builder().name(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("name must match [a-z_][a-z0-9_]{0,30}: " + name);
  }

  @Test
  void aUriIsTakenLikeItsText() {
    assertThatThrownBy(() -> Doorward.builder(JDBC, URI.create("http://cache")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("uri must begin with redis://");
  }
}
