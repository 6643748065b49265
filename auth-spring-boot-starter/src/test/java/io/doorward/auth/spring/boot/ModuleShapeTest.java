package io.doorward.auth.spring.boot;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ModuleShapeTest {
  private static final String IMPORTS =
      "/META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";

  private final JavaClasses main =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.doorward.auth.spring.boot");

  /** No more of the library than an application may use. */
  @Test
  void onlyWhatApplicationsCanUseIsKnown() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.doorward",
            "io.doorward.auth",
            "io.doorward.auth.account",
            "io.doorward.auth.backend",
            "io.doorward.auth.base",
            "io.doorward.auth.event",
            "io.doorward.auth.jdbc",
            "io.doorward.auth.key",
            "io.doorward.auth.login",
            "io.doorward.auth.micrometer",
            "io.doorward.auth.password",
            "io.doorward.auth.redis.client",
            "io.doorward.auth.servlet",
            "io.doorward.auth.session",
            "io.doorward.auth.spring.boot",
            "io.micrometer.core.instrument",
            "jakarta.servlet..",
            "java..",
            "javax.net.ssl",
            "javax.sql",
            "org.jspecify.annotations",
            "org.slf4j",
            "org.springframework..",
            "redis.clients.jedis")
        .check(main);
  }

  /** What applications see. A new type belongs into the change log, then here. */
  @Test
  void thePublicTypesArePinned() {
    assertThat(
            main.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getSimpleName))
        .containsExactlyInAnyOrder(
            "CurrentUser",
            "DoorwardAuthenticationProvider",
            "DoorwardAutoConfiguration",
            "DoorwardCustomizer",
            "DoorwardDataSource",
            "DoorwardHealthAutoConfiguration",
            "DoorwardLoginAutoConfiguration",
            "DoorwardMetricsAutoConfiguration",
            "DoorwardMvcAutoConfiguration",
            "DoorwardSanitizingAutoConfiguration",
            "DoorwardSecurityAutoConfiguration",
            "DoorwardWebAutoConfiguration",
            "TooManyAttemptsException",
            "WebOptionsCustomizer");
    classes()
        .that()
        .arePublic()
        .and()
        .areNotInterfaces()
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(main);
  }

  @Test
  void everyAutoConfigurationIsListed() throws IOException {
    try (InputStream in = ModuleShapeTest.class.getResourceAsStream(IMPORTS)) {
      assertThat(
              new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8).lines())
          .containsExactlyElementsOf(
              main.stream()
                  .map(JavaClass::getName)
                  .filter(name -> name.endsWith("AutoConfiguration"))
                  .sorted()
                  .toList());
    }
  }
}
