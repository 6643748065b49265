package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.Doorward;
import io.doorward.auth.Admin;
import io.doorward.auth.AuthService;
import io.doorward.auth.Names;
import io.doorward.auth.Roles;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.micrometer.AuthMetrics;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.PostgresFaults;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hands null to every parameter of what applications call, one at a time: constructors, static
 * methods, setters (what returns its own type), and the operations of {@link AuthService} and of
 * {@link Admin}. Each names the parameter at once, in a {@link NullPointerException}. Where null is
 * a value, the parameter is {@link Nullable}: so are the fields of a form, which are refused as
 * malformed.
 *
 * <p>Left out are records that only the library and its stores make: results, events and what goes
 * between the two. The compiler looks after those.
 */
class NullParametersTest {
  /** What takes values of types that only exist while a server runs. */
  private static final Set<Class<?>> NEEDS_A_SERVER = Set.of(PostgresFaults.class);

  /** Whose operations are called. */
  private static final Set<Class<?>> DOORS =
      Set.of(AuthService.class, Admin.class, Names.class, Roles.class);

  @ParameterizedTest
  @ValueSource(
      classes = {
        AuthService.class,
        JdbcStores.class,
        RedisStores.class,
        AuthFilter.class,
        AuthMetrics.class,
        Doorward.class,
        FaultProxy.class
      })
  void whatIsNullIsNamedAtOnce(Class<?> inModule) throws Exception {
    Set<String> tried = new TreeSet<>();
    Set<String> wrong = new TreeSet<>();
    try (Samples samples = new Samples()) {
      for (Executable callee : callees(ExportedTypes.of(inModule))) {
        for (Parameter parameter : callee.getParameters()) {
          if (!mayBeNull(parameter)) {
            String name = callee.toGenericString() + ": " + parameter.getName();
            tried.add(name);
            complaint(samples, callee, parameter).ifPresent(what -> wrong.add(name + " " + what));
          }
        }
      }
    }

    assertThat(tried).isNotEmpty();
    assertThat(wrong).isEmpty();
  }

  private static boolean mayBeNull(Parameter parameter) {
    return parameter.getType().isPrimitive()
        || parameter.getAnnotatedType().isAnnotationPresent(Nullable.class);
  }

  /** Returns what is wrong with the answer to a null. */
  private static Optional<String> complaint(Samples samples, Executable callee, Parameter parameter)
      throws ReflectiveOperationException {
    Object[] arguments = samples.argumentsOf(callee, parameter);
    Object receiver = isOfAnInstance(callee) ? samples.of(callee.getDeclaringClass()) : null;
    try {
      Samples.call(callee, receiver, arguments);
      return Optional.of("is taken");
    } catch (InvocationTargetException e) {
      return e.getCause() instanceof NullPointerException thrown
              && names(thrown.getMessage(), callee, parameter)
          ? Optional.empty()
          : Optional.of("gives " + e.getCause());
    }
  }

  /**
   * A message is the parameter's name or, where there is only one, what is made or set of it; or it
   * is the virtual machine's, where the parameter itself is used.
   */
  private static boolean names(@Nullable String message, Executable callee, Parameter parameter) {
    if (message == null) {
      return false;
    }
    String name = parameter.getName();
    String called = callee.getName().replaceAll(".*[.$]|^with", "");
    return message.equals(name)
        || message.endsWith("because \"" + name + "\" is null")
        || (callee.getParameterCount() == 1 && message.equalsIgnoreCase(called));
  }

  /** What is called on classes, and on the records that are handed to it, and to those. */
  private static List<Executable> callees(List<Class<?>> types) {
    Deque<Class<?>> left =
        new ArrayDeque<>(types.stream().filter(type -> !type.isRecord()).toList());
    Set<Class<?>> seen = new HashSet<>(left);
    List<Executable> callees = new ArrayList<>();
    while (!left.isEmpty()) {
      callees(left.remove())
          .filter(callee -> !NEEDS_A_SERVER.contains(callee.getDeclaringClass()))
          .peek(callees::add)
          .flatMap(callee -> Arrays.stream(callee.getParameterTypes()))
          .filter(type -> types.contains(type) && seen.add(type))
          .forEach(left::add);
    }
    return callees;
  }

  private static Stream<Executable> callees(Class<?> type) {
    if (type.isEnum()) {
      return Stream.empty();
    }
    Stream<Constructor<?>> constructors =
        Arrays.stream(type.getConstructors())
            .filter(constructor -> !Modifier.isAbstract(type.getModifiers()));
    Stream<Method> methods =
        Arrays.stream(type.getDeclaredMethods())
            .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
            .filter(method -> !isOfAnInstance(method) || isSetter(method) || DOORS.contains(type));
    return Stream.concat(constructors, methods);
  }

  private static boolean isOfAnInstance(Executable callee) {
    return callee instanceof Method && !Modifier.isStatic(callee.getModifiers());
  }

  private static boolean isSetter(Method method) {
    Class<?> type = method.getDeclaringClass();
    return Stream.of(type, type.getEnclosingClass()).anyMatch(method.getReturnType()::equals);
  }
}
