package io.doorward;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ModuleShapeTest {
  private final JavaClasses main =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.doorward");

  /** It puts together what is public elsewhere: an application could do the same by hand. */
  @Test
  void onlyWhatApplicationsCanUseIsKnown() {
    classes()
        .that()
        .resideInAPackage("io.doorward")
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
            "io.doorward.auth.redis",
            "io.doorward.auth.redis.client",
            "io.doorward.auth.session",
            "io.doorward.auth.throttle",
            "java..",
            "javax.sql",
            "org.jspecify.annotations",
            "redis.clients.jedis")
        .check(main);
  }

  /** What applications see. A new type belongs into the change log, then here. */
  @Test
  void thePublicTypesArePinned() {
    assertThat(
            main.stream()
                .filter(type -> type.getPackageName().equals("io.doorward"))
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getName))
        .containsExactlyInAnyOrder(
            "io.doorward.Doorward", "io.doorward.Doorward$Builder", "io.doorward.Secrets");
    classes()
        .that()
        .resideInAPackage("io.doorward")
        .and()
        .arePublic()
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(main);
  }
}
