package io.doorward.auth.redis;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ArchitectureTest {
  private static final String STORES = "io.doorward.auth.redis";
  private static final String CLIENT = STORES + ".client";
  private static final String SERVER = STORES + ".server";

  /** The packages that a package may know. It always knows itself. */
  private static final Map<String, List<String>> ARROWS =
      Map.of(STORES, List.of(CLIENT, SERVER), CLIENT, List.of(SERVER), SERVER, List.of());

  /** What applications see. A new type belongs into the change log, then here. */
  private static final Set<String> EXPORTED =
      Set.of(
          "PrimaryGuard",
          "RedisAttemptLimiter",
          "RedisCredentialCache",
          "RedisSessionView",
          "RedisStores",
          "RedisTokenStore",
          "client.BoundedRedisClient");

  /** Public only because two packages share them. */
  private static final Set<String> SHARED =
      Set.of("server.IdentifiedRead", "server.JedisLibrary", "server.RedisFailures");

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(STORES);

  @Test
  void everyPackageHasItsArrows() {
    assertThat(MAIN.stream().map(JavaClass::getPackageName).collect(Collectors.toSet()))
        .isEqualTo(ARROWS.keySet());
  }

  @ParameterizedTest
  @MethodSource("packages")
  void arrowsBetweenPackagesRunOneWay(String name) {
    String[] others =
        ARROWS.keySet().stream()
            .filter(other -> !other.equals(name) && !ARROWS.get(name).contains(other))
            .toArray(String[]::new);

    noClasses()
        .that(resideInAPackage(name))
        .should()
        .dependOnClassesThat(resideInAnyPackage(others))
        .allowEmptyShould(true)
        .check(MAIN);
  }

  static Stream<String> packages() {
    return ARROWS.keySet().stream().sorted();
  }

  @Test
  void noPublicTypeIsAddedUnnoticed() {
    Set<String> all = new TreeSet<>(EXPORTED);
    all.addAll(SHARED);

    assertThat(publicTypes(ARROWS.keySet())).isEqualTo(all).hasSizeLessThanOrEqualTo(10);
    assertThat(publicTypes(exportedPackages())).isEqualTo(new TreeSet<>(EXPORTED));
  }

  private static Set<String> publicTypes(Set<String> packages) {
    return MAIN.stream()
        .filter(type -> packages.contains(type.getPackageName()))
        .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
        .map(type -> type.getName().substring(STORES.length() + 1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> exportedPackages() {
    return ModuleFinder.of(Path.of("target/classes"))
        .findAll()
        .iterator()
        .next()
        .descriptor()
        .exports()
        .stream()
        .filter(each -> !each.isQualified())
        .map(ModuleDescriptor.Exports::source)
        .collect(Collectors.toSet());
  }

  @Test
  void whatIsPublicIsFinal() {
    classes()
        .that()
        .arePublic()
        .and()
        .areNotInterfaces()
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(MAIN);
  }

  @Test
  void noStateIsShared() {
    fields().that().areStatic().should().beFinal().check(MAIN);
  }

  /** Records are values, and have what they consist of. */
  @Test
  void noConstructorHasMoreThanSixArguments() {
    assertThat(
            MAIN.stream()
                .filter(type -> !type.isRecord())
                .flatMap(type -> type.getConstructors().stream())
                .filter(constructor -> constructor.getRawParameterTypes().size() > 6)
                .map(JavaConstructor::getFullName))
        .isEmpty();
  }

  @Test
  void noFileHasMoreThan450Lines() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      assertThat(files.filter(Files::isRegularFile))
          .allSatisfy(file -> assertThat(Files.readAllLines(file)).hasSizeLessThanOrEqualTo(450));
    }
  }
}
