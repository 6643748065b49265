package io.doorward.auth.jdbc;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

final class ShapeTest {
  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.doorward.auth.jdbc");

  @Test
  void publicClassesAreFinal() {
    classes()
        .that()
        .arePublic()
        .and()
        .areNotInterfaces()
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(OURS);
  }

  @Test
  void thisModuleKnowsNoRedisAndNoServlet() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("redis..", "jakarta..", "io.doorward.auth.redis..", "org.flywaydb..")
        .check(OURS);
  }
}
