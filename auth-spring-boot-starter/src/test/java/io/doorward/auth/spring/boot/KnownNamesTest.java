package io.doorward.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/** The names that are checked are those that editors offer. */
class KnownNamesTest {
  private static final Pattern ENTRY =
      Pattern.compile(
          "\\{\\s*\"name\": \"(doorward[a-z.-]+)\",\\s*\"type\": \"([^\"]+)\""
              + "(,\\s*\"description\": \"[^\"]+)?");

  private final KnownNames known =
      KnownNames.of(DoorwardProperties.PREFIX, DoorwardProperties.class);

  @Test
  void everyPropertyOfTheMetadataIsKnownAndDescribed() throws IOException {
    List<String> undescribed =
        ENTRY
            .matcher(metadata().substring(metadata().indexOf("\"properties\"")))
            .results()
            .peek(
                entry ->
                    assertThat(isKnown(entry.group(1), entry.group(2))).as(entry.group(1)).isTrue())
            .filter(entry -> entry.group(3) == null)
            .map(entry -> entry.group(1))
            .toList();

    assertThat(undescribed).isEmpty();
    assertThat(ENTRY.matcher(metadata()).results().count()).isGreaterThan(25);
  }

  private boolean isKnown(String name, String type) {
    String asked = type.startsWith("java.util.Map") ? name + ".some" : name;
    if (type.contains("DoorwardProperties$Role>")) {
      return known.contains(ConfigurationPropertyName.of(asked + ".includes[1]"))
          && !known.contains(ConfigurationPropertyName.of(asked + ".include"));
    }
    return type.startsWith("java.util.List<io.doorward")
        ? known.contains(ConfigurationPropertyName.of(name + "[3].paths[1]"))
        : known.contains(ConfigurationPropertyName.of(asked));
  }

  /** Without brackets Spring binds nothing of it, and says nothing. */
  @Test
  void aDottedRoleIsKnownInBracketsOnly() {
    assertThat(known.contains(ConfigurationPropertyName.of("doorward.roles[shop.admin].includes")))
        .isTrue();
    assertThat(known.contains(ConfigurationPropertyName.of("doorward.roles.shop.admin.includes")))
        .isFalse();
  }

  private static String metadata() throws IOException {
    try (InputStream in =
        KnownNamesTest.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
