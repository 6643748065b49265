package io.doorward.auth.system;

import io.doorward.Doorward;
import io.doorward.auth.AuthService;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.NameStore;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.micrometer.AuthMetrics;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.throttle.AttemptLimiter;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds in the code everything that may be told to a caller, a client or an operator: cases of
 * results, problems of the endpoints, events, the reasons in all of them, findings and messages of
 * exceptions. {@link ErrorsPage} has a text for each.
 */
final class ErrorCatalogue {
  /** What stores say to the engine; an application that only uses the library never sees it. */
  static final Set<Class<?>> BETWEEN_STORES_AND_ENGINE =
      Set.of(
          AttemptLimiter.Decision.class,
          CredentialCache.Lookup.class,
          CredentialStore.Change.class,
          CredentialStore.Creation.class,
          NameStore.NameChange.class,
          Outbox.Invalidation.class,
          Outbox.Outcome.class,
          ProfileStore.Change.class,
          SessionView.Lookup.class,
          TokenStore.RotationResult.class);

  /** What says where or how much, and not what went wrong. */
  static final Set<Class<?>> NO_REASONS =
      Set.of(
          AccessEvent.Source.class,
          AccessEvent.Step.class,
          AccountEvent.AccountName.class,
          AuthEvent.Part.class,
          Finding.Severity.class,
          ServiceEvent.CachedValue.class);

  /** Codes that the code puts together, by the expression that does it. */
  static final Map<String, List<String>> COMPUTED_CODES =
      Map.of(
          "codeOf(state)",
          List.of("postgresql.row_security", "postgresql.schema", "postgresql.triggers"),
          "backend.name().toLowerCase(Locale.ROOT) + \".access\"",
          List.of("postgresql.access", "redis.access"),
          "found.code()",
          List.of());

  private static final Pattern FINDING =
      Pattern.compile("Finding\\s*\\.(note|warning|refusal)\\(\\s*([^,]+),");
  private static final Path ROOT = Path.of("..");

  /** Modules whose main code no application runs in production. */
  private static final Set<String> NOT_THE_LIBRARY =
      Set.of("auth-benchmarks", "auth-consumers", "auth-examples", "auth-testkit");

  private ErrorCatalogue() {}

  /** The sealed types that callers of the library get, each with its cases. */
  static List<Class<?>> results() throws Exception {
    List<Class<?>> results = new ArrayList<>();
    for (Class<?> inModule : List.of(AuthService.class, JdbcStores.class, RedisStores.class)) {
      results.addAll(ExportedTypes.of(inModule));
    }
    for (Class<?> inModule : List.of(AuthFilter.class, AuthMetrics.class, Doorward.class)) {
      results.addAll(ExportedTypes.of(inModule));
    }
    results.removeIf(type -> !type.isSealed() || BETWEEN_STORES_AND_ENGINE.contains(type));
    return results;
  }

  static List<Class<?>> events() {
    return Stream.of(AccessEvent.class, AccountEvent.class, ServiceEvent.class)
        .flatMap(topic -> Arrays.stream(topic.getDeclaredClasses()))
        .filter(AuthEvent.class::isAssignableFrom)
        .<Class<?>>map(type -> type)
        .toList();
  }

  /** The enums that results and events have among their components. */
  static Set<Class<?>> reasons() throws Exception {
    Set<Class<?>> values = new LinkedHashSet<>(events());
    for (Class<?> result : results()) {
      values.addAll(Arrays.asList(result.getPermittedSubclasses()));
      values.addAll(Arrays.asList(result.getDeclaredClasses()));
    }
    Set<Class<?>> reasons = new LinkedHashSet<>();
    for (Class<?> value : values) {
      if (value.isRecord()) {
        for (RecordComponent component : value.getRecordComponents()) {
          collectEnums(component.getGenericType(), reasons);
        }
      }
    }
    return reasons;
  }

  private static void collectEnums(Type type, Collection<Class<?>> enums) {
    if (type instanceof ParameterizedType generic) {
      Arrays.stream(generic.getActualTypeArguments()).forEach(it -> collectEnums(it, enums));
    } else if (type instanceof Class<?> plain
        && plain.isEnum()
        && plain.getName().startsWith("io.doorward.")) {
      enums.add(plain);
    }
  }

  /** The codes of the endpoints and the filter, each with its status. */
  static Map<String, Integer> problems() throws ReflectiveOperationException {
    Class<?> type = Class.forName("io.doorward.auth.servlet.Problem");
    Method code = type.getDeclaredMethod("code");
    Method status = type.getDeclaredMethod("status");
    code.setAccessible(true);
    status.setAccessible(true);
    Map<String, Integer> problems = new TreeMap<>();
    for (Object problem : type.getEnumConstants()) {
      problems.put((String) code.invoke(problem), (Integer) status.invoke(problem));
    }
    return problems;
  }

  /** The codes of findings, each with the severities that it may have. */
  static Map<String, Set<String>> findings() throws IOException {
    Map<String, Set<String>> findings = new TreeMap<>();
    for (Path file : mainSources()) {
      Matcher call = FINDING.matcher(Files.readString(file));
      while (call.find()) {
        for (String code : codes(call.group(2).strip(), file)) {
          findings
              .computeIfAbsent(code, it -> new TreeSet<>())
              .add(call.group(1).toLowerCase(Locale.ROOT));
        }
      }
    }
    return findings;
  }

  private static List<String> codes(String argument, Path file) {
    if (argument.matches("\"[a-z_.]+\"")) {
      return List.of(argument.substring(1, argument.length() - 1));
    }
    List<String> computed = COMPUTED_CODES.get(argument);
    if (computed == null) {
      throw new AssertionError(
          file
              + " puts the code of a finding together: "
              + argument
              + ". Say in ErrorCatalogue of"
              + " which codes it is one");
    }
    return computed;
  }

  /** The messages of exceptions for misuse and misconfiguration; what varies is "...". */
  static Set<String> messages() throws IOException {
    Set<String> messages = new TreeSet<>();
    for (Path file : mainSources()) {
      messages.addAll(ThrownMessages.in(Files.readString(file), "IllegalStateException"));
    }
    return messages;
  }

  private static List<Path> mainSources() throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path module : modules.sorted().toList()) {
        Path sources = module.resolve("src/main/java");
        if (Files.isDirectory(sources)
            && !NOT_THE_LIBRARY.contains(module.getFileName().toString())) {
          try (Stream<Path> all = Files.walk(sources)) {
            all.filter(file -> file.toString().endsWith(".java")).sorted().forEach(files::add);
          }
        }
      }
    }
    return files;
  }
}
