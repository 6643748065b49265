package io.doorward.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What goes into the jar beside the classes. */
class JarTest {
  @Test
  void theJarSaysHowToReportAWeakness() throws IOException {
    assertThat(text("/META-INF/SECURITY.md")).contains("## Report a weakness");
  }

  @Test
  void theJarHasTheLicense() throws IOException {
    assertThat(text("/META-INF/LICENSE")).contains("Apache License");
  }

  private static String text(String resource) throws IOException {
    try (InputStream in = AuthService.class.getResourceAsStream(resource)) {
      assertThat(in).as(resource).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
