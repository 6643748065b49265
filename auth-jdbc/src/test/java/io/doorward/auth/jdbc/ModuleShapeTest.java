package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ModuleShapeTest {
  private static final Path CLASSES =
      Path.of("target", "classes", "io", "doorward", "auth", "jdbc");

  /** More is a decision: the stores are used by the interfaces of the core. */
  @Test
  void thePublicTypesArePinned() throws IOException {
    try (Stream<Path> files = Files.list(CLASSES)) {
      assertThat(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.endsWith(".class") && !name.contains("$"))
                  .filter(name -> !name.startsWith("package-info"))
                  .map(name -> name.substring(0, name.length() - ".class".length()))
                  .filter(ModuleShapeTest::isPublic))
          .containsExactlyInAnyOrder(
              "JdbcAccountStore",
              "JdbcCredentialStore",
              "JdbcPrimaryRegistry",
              "JdbcSchema",
              "JdbcStores",
              "JdbcTokenStore",
              "PostgresPool",
              "SchemaCheck",
              "SchemaMigrator",
              "SchemaState");
    }
  }

  private static boolean isPublic(String name) {
    try {
      return Modifier.isPublic(Class.forName("io.doorward.auth.jdbc." + name).getModifiers());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
