package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.testkit.SecrecyCheck;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The last test of a build: looks at what the tests of all modules have logged. Leave old runs
 * behind with {@code mvn clean}: it reads those, too.
 */
class LogSecrecyIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** They come before the test kit, or do not need it. */
  private static final List<String> WITHOUT_THE_KIT =
      List.of("auth-benchmarks", "auth-core", "auth-micrometer");

  /** Its tests of servers have no secrets, only its unit tests do. */
  private static final String THE_KIT = "auth-testkit";

  @Test
  void noSecretOfAnyTestIsInAnyLogOfAnyModule() throws IOException {
    SecrecyCheck.Report report = SecrecyCheck.scan(modules().toArray(Path[]::new));

    assertThat(report.findings()).as("log lines that hold a secret").isEmpty();
    assertThat(report.secrets()).as("secrets that were looked for").isGreaterThan(100);
    assertThat(report.lines()).as("log lines that were read").isGreaterThan(1_000);
  }

  @Test
  void everyModuleWhoseTestsRanHasItsLogsCaptured() throws IOException {
    List<String> uncaptured = new ArrayList<>();
    for (Path module : modules()) {
      String name = module.getFileName().toString();
      if (ranTests(module) && !WITHOUT_THE_KIT.contains(name)) {
        SecrecyCheck.Report report = SecrecyCheck.scan(module);
        boolean hasSecrets = report.secrets() > 0 || name.equals(THE_KIT);
        if (report.logs() == 0 || !hasSecrets) {
          uncaptured.add(name + ": " + report.logs() + " logs, " + report.secrets() + " secrets");
        }
      }
    }
    assertThat(uncaptured).isEmpty();
  }

  private static List<Path> modules() throws IOException {
    List<Path> modules = new ArrayList<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(ROOT, "{auth-*,doorward}")) {
      for (Path child : children) {
        if (Files.exists(child.resolve("pom.xml"))) {
          modules.add(child);
        }
      }
    }
    assertThat(modules).hasSizeGreaterThan(1);
    return modules;
  }

  private static boolean ranTests(Path module) {
    Path target = module.resolve("target");
    return Files.isDirectory(target.resolve("surefire-reports"))
        || Files.isDirectory(target.resolve("failsafe-reports"));
  }
}
