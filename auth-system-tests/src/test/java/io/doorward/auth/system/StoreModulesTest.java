package io.doorward.auth.system;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

/** What the modules that implement the core's stores may look like and may know. */
class StoreModulesTest {
  private final JavaClasses jdbc = new ClassFileImporter().importPackages("io.doorward.auth.jdbc");
  private final JavaClasses redis =
      new ClassFileImporter().importPackages("io.doorward.auth.redis");

  @Test
  void theJdbcModuleKnowsNoRedisAndNoServlet() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.doorward.auth.redis..", "redis..", "jakarta..")
        .check(jdbc);
  }

  @Test
  void theRedisModuleKnowsNoDatabaseAndNoServlet() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.doorward.auth.jdbc..", "java.sql..", "javax.sql..", "jakarta..")
        .check(redis);
  }

  @Test
  void whatIsPublicIsFinal() {
    checkPublicIsFinal(jdbc);
    checkPublicIsFinal(redis);
  }

  private static void checkPublicIsFinal(JavaClasses module) {
    classes()
        .that()
        .arePublic()
        .and()
        .areNotInterfaces()
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(module);
  }
}
