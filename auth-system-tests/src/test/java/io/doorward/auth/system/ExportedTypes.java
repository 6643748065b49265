package io.doorward.auth.system;

import static java.util.stream.Collectors.toSet;

import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The public types that a module exports to everybody, nested ones included. */
final class ExportedTypes {
  private ExportedTypes() {}

  static List<Class<?>> of(Class<?> inModule) throws Exception {
    Path place = Path.of(inModule.getProtectionDomain().getCodeSource().getLocation().toURI());
    ModuleReference module = ModuleFinder.of(place).findAll().iterator().next();
    Set<String> packages =
        module.descriptor().exports().stream()
            .filter(exports -> !exports.isQualified())
            .map(ModuleDescriptor.Exports::source)
            .collect(toSet());
    List<Class<?>> types = new ArrayList<>();
    try (ModuleReader reader = module.open();
        Stream<String> files = reader.list()) {
      for (String file : files.filter(name -> name.endsWith(".class")).sorted().toList()) {
        String name = file.replace('/', '.').replaceAll("\\.class$", "");
        if (packages.contains(name.replaceAll("\\.[^.]*$", "")) && !name.endsWith("-info")) {
          types.add(Class.forName(name));
        }
      }
    }
    types.removeIf(type -> !isPublic(type));
    return types;
  }

  private static boolean isPublic(@Nullable Class<?> type) {
    return type == null
        || (Modifier.isPublic(type.getModifiers()) && isPublic(type.getEnclosingClass()));
  }
}
