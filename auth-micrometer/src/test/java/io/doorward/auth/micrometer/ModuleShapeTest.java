package io.doorward.auth.micrometer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ModuleShapeTest {
  private final JavaClasses main =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.doorward.auth.micrometer");

  @Test
  void onlyEventsAndMetersAreKnown() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.doorward.auth.backend",
            "io.doorward.auth.base",
            "io.doorward.auth.event",
            "io.doorward.auth.micrometer",
            "io.micrometer.core.instrument",
            "java..",
            "org.jspecify.annotations")
        .check(main);
  }

  @Test
  void whatIsPublicIsFinal() {
    classes().that().arePublic().should().haveModifier(JavaModifier.FINAL).check(main);
  }
}
