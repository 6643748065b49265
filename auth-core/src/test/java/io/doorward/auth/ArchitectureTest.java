package io.doorward.auth;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArchitectureTest {
  private static final String ROOT = "io.doorward.auth";

  /** Who may know whom inside the core. A package always knows itself. */
  private static final Map<String, Set<String>> ARROWS = new TreeMap<>();

  static {
    arrows("text");
    arrows("base", "text");
    arrows("backend", "base");
    arrows("event", "base", "backend");
    arrows("guard", "base", "event");
    arrows("key", "base", "guard");
    arrows("password", "base");
    arrows("throttle", "base", "event", "key");
    arrows("account", "base", "event", "key", "password");
    arrows("login", "base", "event", "password", "account", "session");
    arrows("session", "base", "backend", "event", "key", "guard", "password", "account");
    arrows("engine", "base", "backend", "event", "guard");
    engine("cache");
    engine("session", "engine.cache");
    engine("login", "engine.cache", "engine.session");
    engine("change", "engine.cache", "engine.session", "engine.login");
    engine("operation", "engine.cache");
  }

  private static void arrows(String name, String... known) {
    ARROWS.put(name, Set.of(known));
  }

  /** The engine may know all contracts and values; what it makes of them stays in order. */
  private static void engine(String name, String... known) {
    Set<String> all = new TreeSet<>(ARROWS.keySet());
    all.removeIf(other -> other.startsWith("engine."));
    all.addAll(Set.of(known));
    ARROWS.put("engine." + name, all);
  }

  /** A new case breaks the switches of callers: it belongs into the change log, then here. */
  private static final Map<String, List<String>> SEALED =
      Map.ofEntries(
          Map.entry("Admin$FindResult", List.of("Found", "Unknown", "Unavailable")),
          Map.entry("Admin$ImportResult", List.of("Done", "Stopped")),
          Map.entry("Admin$ListResult", List.of("Listed", "Unavailable")),
          Map.entry("Admin$AccountChangeResult", List.of("Changed", "Unknown", "Unavailable")),
          Map.entry("Operations$CacheCheckResult", List.of("Checked", "Unavailable")),
          Map.entry("Operations$CleanUpResult", List.of("Done", "Unavailable")),
          Map.entry("Operations$InvalidationBacklogResult", List.of("Known", "Unavailable")),
          Map.entry(
              "Names$LoginIdChangeResult",
              List.of("Changed", "Duplicate", "Unknown", "Unavailable")),
          Map.entry(
              "Names$NameAddResult",
              List.of("Added", "Duplicate", "Full", "Unknown", "Unavailable")),
          Map.entry(
              "Names$NameRemovalResult",
              List.of("Removed", "Last", "Absent", "Unknown", "Unavailable")),
          Map.entry(
              "Recovery$PasswordSetResult",
              List.of("Changed", "Unknown", "PasswordRefused", "Unavailable")),
          Map.entry("Operations$KeyReloadResult", List.of("Replaced", "Unchanged", "Failed")),
          Map.entry("Roles$RoleChangeResult", List.of("Changed", "Full", "Unknown", "Unavailable")),
          Map.entry(
              "Sessions$ExplainResult", List.of("Live", "Ended", "Unrecorded", "Unavailable")),
          Map.entry("Sessions$LogoutResult", List.of("Done", "Unavailable")),
          Map.entry("Sessions$SessionListResult", List.of("Listed", "Unavailable")),
          Map.entry("Sessions$WatchEnd", List.of("SessionEnded", "Unverified")),
          Map.entry(
              "AuthService$PasswordChangeResult",
              List.of(
                  "Changed",
                  "Rejected",
                  "PasswordRefused",
                  "Conflict",
                  "Throttled",
                  "Unavailable")),
          Map.entry(
              "AuthService$SignUpResult",
              List.of(
                  "Created",
                  "Duplicate",
                  "LoginIdRefused",
                  "PasswordRefused",
                  "Throttled",
                  "Unavailable")),
          Map.entry("account.CredentialCache$Lookup", List.of("Hit", "Miss", "Bypass")),
          Map.entry("account.CredentialStore$Change", List.of("Changed", "VersionConflict")),
          Map.entry("account.CredentialStore$Creation", List.of("Created", "Duplicate")),
          Map.entry(
              "account.NameStore$NameChange",
              List.of("Changed", "Taken", "Full", "Absent", "Last", "Unknown")),
          Map.entry("account.ProfileStore$Change", List.of("Changed", "Full", "Unknown")),
          Map.entry("account.Outbox$Invalidation", List.of("OfLogin", "OfUser")),
          Map.entry("account.Outbox$Outcome", List.of("Confirmed", "Later")),
          Map.entry(
              "login.Authenticator$AuthenticationResult",
              List.of("Authenticated", "NextStep", "Rejected", "Throttled", "Unavailable")),
          Map.entry(
              "login.LoginResult",
              List.of(
                  "Success",
                  "NextStep",
                  "TooManySessions",
                  "Rejected",
                  "Throttled",
                  "Unavailable")),
          Map.entry("session.AccessTokens$Verification", List.of("Genuine", "Refused")),
          Map.entry("session.SessionCreation", List.of("Created", "Full", "Stale")),
          Map.entry("engine.session.Opening", List.of("Opened", "Full", "Stale")),
          Map.entry(
              "session.CheckResult", List.of("Active", "Rejected", "Unverified", "Unavailable")),
          Map.entry("session.RefreshResult", List.of("Refreshed", "Rejected", "Unavailable")),
          Map.entry("session.SessionView$Lookup", List.of("Hit", "Miss")),
          Map.entry(
              "session.TokenStore$RotationResult", List.of("Present", "Late", "Reused", "Over")),
          Map.entry("throttle.AttemptLimiter$Decision", List.of("Admitted", "Busy", "Refused")));

  /** What a method returns that opens a session, or makes what opens one. */
  private static final Set<String> OPENING =
      Set.of(
          "com.auth0.jwt.algorithms.Algorithm",
          ROOT + ".session.AccessToken",
          ROOT + ".engine.session.SessionManager$Opened");

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void everyPackageHasItsArrows() {
    Set<String> packages =
        CORE.stream()
            .map(JavaClass::getPackageName)
            .filter(name -> !name.equals(ROOT))
            .map(name -> name.substring(ROOT.length() + 1))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(packages).containsExactlyInAnyOrderElementsOf(ARROWS.keySet());
  }

  @ParameterizedTest
  @MethodSource("packages")
  void arrowsBetweenPackagesRunOneWay(String name) {
    Set<String> known = new TreeSet<>(ARROWS.get(name));
    known.add(name);
    String[] others =
        ARROWS.keySet().stream()
            .filter(other -> !known.contains(other))
            .map(other -> ROOT + "." + other)
            .toArray(String[]::new);
    DescribedPredicate<JavaClass> strange = resideInAnyPackage(others);

    noClasses()
        .that(resideInAPackage(ROOT + "." + name))
        .should()
        .dependOnClassesThat(
            name.startsWith("engine.") ? strange : strange.or(resideInAPackage(ROOT)))
        .check(CORE);
  }

  static Stream<String> packages() {
    return ARROWS.keySet().stream().sorted();
  }

  /** What more parts need is shared ({@code EngineContext}), or is a value of its own. */
  @Test
  void noConstructorTakesMoreThanSixArguments() {
    assertThat(
            CORE.stream()
                .filter(type -> !type.isRecord() && !type.isEnum())
                .flatMap(type -> type.getConstructors().stream())
                .filter(constructor -> constructor.getRawParameterTypes().size() > 6)
                .map(JavaConstructor::getFullName))
        .isEmpty();
  }

  /** A service has no equality: records are for values, results and events. */
  @Test
  void noServiceIsARecord() {
    assertThat(
            CORE.stream()
                .filter(type -> type.getPackageName().startsWith(ROOT + ".engine."))
                .filter(JavaClass::isTopLevelClass)
                .filter(JavaClass::isRecord)
                .map(JavaClass::getName))
        .isEmpty();
  }

  @Test
  void thereAreNoCycles() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CORE);
  }

  @Test
  void theCoreKnowsNoRedisNoDatabaseAndNoServlet() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "java.sql..",
                "javax.sql..",
                "redis..",
                "org.postgresql..",
                "com.zaxxer..",
                "jakarta..",
                "javax.servlet..",
                "com.fasterxml.jackson.databind.."))
        .check(CORE);
  }

  @Test
  void hashingAndTokensStayInTheirPackages() {
    noClasses()
        .that(resideInAnyPackage(ROOT, ROOT + "..").and(not(resideInAPackage(ROOT + ".password"))))
        .should()
        .dependOnClassesThat(resideInAnyPackage("org.springframework..", "org.bouncycastle.."))
        .check(CORE);
    noClasses()
        .that(not(resideInAnyPackage(ROOT + ".key", ROOT + ".session")))
        .should()
        .dependOnClassesThat(resideInAnyPackage("com.auth0..", "com.fasterxml.."))
        .check(CORE);
  }

  /** A session is opened by a proof, so nothing that opens or signs one may just be called. */
  @Test
  void thereIsNoWayToASessionWithoutAProof() {
    assertThat(
            CORE.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .flatMap(type -> type.getMethods().stream())
                .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(method -> !method.getModifiers().contains(JavaModifier.STATIC))
                .filter(method -> OPENING.contains(method.getRawReturnType().getName()))
                .filter(method -> !method.getOwner().isRecord())
                .filter(method -> !method.getOwner().isInterface())
                .map(JavaMethod::getFullName))
        .allMatch(method -> method.contains("java.lang.invoke.MethodHandles$Lookup"))
        .hasSize(2);
  }

  /**
   * One sets the password of an account without its present one, for a host that has verified the
   * owner. A new operation belongs into the change log, then here.
   */
  @Test
  void theOperationsArePinned() {
    List<Method> operations =
        Stream.of(
                AuthService.class,
                Sessions.class,
                Admin.class,
                Names.class,
                Roles.class,
                Recovery.class,
                Operations.class)
            .flatMap(door -> Arrays.stream(door.getDeclaredMethods()))
            .filter(method -> !method.isSynthetic())
            .toList();

    assertThat(operations.stream().map(Method::getName).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(
            "builder",
            "sessions",
            "recovery",
            "admin",
            "importAccounts",
            "operations",
            "signUp",
            "login",
            "check",
            "refresh",
            "logout",
            "logoutAll",
            "logoutOthers",
            "explain",
            "watch",
            "open",
            "changePassword",
            "setPassword",
            "find",
            "list",
            "changeStatus",
            "changeLoginId",
            "addLoginId",
            "removeLoginId",
            "setExternalId",
            "clearExternalId",
            "linkIdentity",
            "unlinkIdentity",
            "invalidateCredential",
            "deleteAccount",
            "changeRoles",
            "cleanUp",
            "publicKeys",
            "reloadKeys",
            "relayInvalidations",
            "invalidationBacklog",
            "checkCaches",
            "checkAllCaches",
            "health",
            "inspect",
            "close");
    assertThat(operations)
        .filteredOn(method -> takes(method, Password.class) || takes(method, PasswordHash.class))
        .extracting(Method::getName)
        .containsExactly("setPassword");
  }

  private static boolean takes(Method method, Class<?> type) {
    return List.of(method.getParameterTypes()).contains(type);
  }

  /** More is a decision: what an application need not see belongs into the engine. */
  @Test
  void thePublicTypesAreCounted() throws IOException {
    Set<String> exported;
    try (InputStream in = Files.newInputStream(Path.of("target/classes/module-info.class"))) {
      exported =
          ModuleDescriptor.read(in).exports().stream()
              .filter(export -> !export.isQualified())
              .map(ModuleDescriptor.Exports::source)
              .collect(Collectors.toSet());
    }

    assertThat(
            CORE.stream()
                .filter(type -> exported.contains(type.getPackageName()))
                .filter(JavaClass::isTopLevelClass)
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC)))
        .hasSize(80);
  }

  /** A longer one does more than one thing. auth-redis holds its own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "auth-core",
        "auth-jdbc",
        "auth-servlet",
        "auth-micrometer",
        "auth-spring-boot-starter",
        "doorward"
      })
  void noFileHasMoreThan450Lines(String module) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
      assertThat(files.filter(Files::isRegularFile))
          .isNotEmpty()
          .allSatisfy(file -> assertThat(Files.readAllLines(file)).hasSizeLessThanOrEqualTo(450));
    }
  }

  /** Meters and the audit log find the library's events there. */
  @Test
  void everyEventIsNestedInItsTopic() {
    Set<Class<?>> topics = Set.of(AccessEvent.class, AccountEvent.class, ServiceEvent.class);

    assertThat(
            CORE.stream()
                .filter(type -> type.isAssignableTo(AuthEvent.class) && !type.isInterface())
                .map(JavaClass::reflect))
        .isNotEmpty()
        .allMatch(type -> type.isRecord() && topics.contains(type.getEnclosingClass()));
  }

  @Test
  void whatIsPublicCannotBeExtendedByAccident() {
    classes().that().arePublic().should(new ClosedShape()).check(CORE);
  }

  /** One constant is public: an immutable value that stands for every caller without tenants. */
  @Test
  void nothingIsProtectedAndNoStateIsShared() {
    fields()
        .that()
        .areStatic()
        .and()
        .doNotHaveFullName(TenantId.class.getName() + ".DEFAULT")
        .should()
        .beFinal()
        .andShould()
        .notBePublic()
        .orShould()
        .beDeclaredInClassesThat()
        .areEnums()
        .check(CORE);
    assertThat(
            CORE.stream()
                .flatMap(type -> type.getMembers().stream())
                .filter(member -> member.getOwner().isTopLevelClass())
                .filter(member -> !member.getOwner().isEnum())
                .filter(member -> member.getModifiers().contains(JavaModifier.PROTECTED)))
        .isEmpty();
  }

  @ParameterizedTest
  @MethodSource("sealedTypes")
  void theCasesOfAResultArePinned(Class<?> type, List<String> cases) {
    assertThat(Arrays.stream(type.getPermittedSubclasses()).map(Class::getSimpleName))
        .containsExactlyInAnyOrderElementsOf(cases);
    assertThat(type.getPermittedSubclasses()).allMatch(Class::isRecord);
  }

  static Stream<Arguments> sealedTypes() {
    return SEALED.entrySet().stream()
        .map(entry -> Arguments.of(type(entry.getKey()), entry.getValue()));
  }

  @Test
  void everyPublicSealedTypeIsPinned() {
    assertThat(
            CORE.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::reflect)
                .filter(Class::isSealed)
                .filter(type -> !type.isEnum())
                .map(type -> type.getName().substring(ROOT.length() + 1)))
        .containsExactlyInAnyOrderElementsOf(SEALED.keySet());
  }

  private static Class<?> type(String name) {
    try {
      return Class.forName(ROOT + "." + name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Public is: interface, record, enum, or final class. */
  private static final class ClosedShape extends ArchCondition<JavaClass> {
    ClosedShape() {
      super("be an interface, a record, an enum or a final class");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
      boolean closed =
          type.isInterface()
              || type.isEnum()
              || type.getModifiers().contains(JavaModifier.FINAL)
              || type.reflect().isSealed();
      boolean isAbstract =
          !type.isInterface() && type.getModifiers().contains(JavaModifier.ABSTRACT);
      if (!closed || isAbstract) {
        events.add(SimpleConditionEvent.violated(type, type.getName() + " is open to extension"));
      }
    }
  }
}
