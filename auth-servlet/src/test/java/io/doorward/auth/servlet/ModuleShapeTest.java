package io.doorward.auth.servlet;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import jakarta.servlet.ServletRequest;
import org.junit.jupiter.api.Test;

class ModuleShapeTest {
  private final JavaClasses main =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.doorward.auth.servlet");

  @Test
  void onlyTheCoreTheServletApiJsonAndALoggerAreKnown() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.doorward.auth",
            "io.doorward.auth.account",
            "io.doorward.auth.base",
            "io.doorward.auth.event",
            "io.doorward.auth.key",
            "io.doorward.auth.login",
            "io.doorward.auth.password",
            "io.doorward.auth.servlet",
            "io.doorward.auth.session",
            "io.doorward.auth.text",
            "com.fasterxml.jackson.core",
            "jakarta.servlet..",
            "java..",
            "org.jspecify.annotations",
            "org.slf4j")
        .check(main);
  }

  @Test
  void publicClassesAreFinal() {
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
  void nothingIsKeptOnAThread() {
    noFields().should().haveRawType(ThreadLocal.class).check(main);
    noClasses().should().dependOnClassesThat().areAssignableTo(ThreadLocal.class).check(main);
  }

  @Test
  void onlyOneClassAsksTheContainerForWhatAClientSent() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(ReceivedRequest.class.getName())
        .should()
        .callMethodWhere(
            target(owner(assignableTo(ServletRequest.class)))
                .and(target(not(nameMatching("([gs]et|remove)Attribute|<init>"))))
                .and(target(owner(not(assignableTo(AuthenticatedRequest.class))))))
        .check(main);
  }
}
