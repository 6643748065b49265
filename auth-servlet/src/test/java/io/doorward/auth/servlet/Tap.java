package io.doorward.auth.servlet;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands in front of something real: writes down what it is asked and lets every call through,
 * unless a test has something happen to it on the way. Thread-safe.
 *
 * @param <T> an interface
 */
final class Tap<T> {
  private static final Around NOTHING = (call, through) -> through.proceed();

  private final T real;
  private final T front;
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private volatile Around around = NOTHING;

  private Tap(Class<T> type, T real) {
    this.real = real;
    this.front =
        type.cast(
            Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> call(method, arguments)));
  }

  static <T> Tap<T> on(Class<T> type, T real) {
    return new Tap<>(type, real);
  }

  /** Returns what is behind, for a look that nobody writes down. */
  T real() {
    return real;
  }

  /** Returns what everybody else gets. */
  T front() {
    return front;
  }

  /** Returns all calls of some methods, in order. */
  List<Call> calls(String... methods) {
    Set<String> wanted = Set.of(methods);
    return calls.stream().filter(call -> wanted.contains(call.method())).toList();
  }

  /** Returns all calls, in order. */
  List<Call> calls() {
    return List.copyOf(calls);
  }

  void forget() {
    calls.clear();
  }

  /** From now on something happens around every call. */
  void around(Around what) {
    around = what;
  }

  /** From now on some methods, or all if none is named, fail as those of a store that is away. */
  void fail(String... methods) {
    Set<String> failing = Set.of(methods);
    around(
        (call, through) -> {
          if (failing.isEmpty() || failing.contains(call.method())) {
            throw new StoreException(StoreException.Kind.UNREACHABLE, "the test broke it");
          }
          return through.proceed();
        });
  }

  /** From now on every call goes through. */
  void heal() {
    around = NOTHING;
  }

  private Object call(Method method, Object[] arguments) throws Throwable {
    if (method.getDeclaringClass() == Object.class) {
      return method.invoke(real, arguments);
    }
    Call call = Call.of(method.getName(), arguments == null ? new Object[0] : arguments);
    calls.add(call);
    return around.call(
        call,
        () -> {
          try {
            return method.invoke(real, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  /**
   * One call.
   *
   * @param left what was left of the deadline when it came
   */
  record Call(String method, List<Object> arguments, Optional<Duration> left) {
    static Call of(String method, Object[] arguments) {
      return new Call(
          method,
          List.of(arguments),
          List.of(arguments).stream()
              .filter(Deadline.class::isInstance)
              .map(argument -> ((Deadline) argument).remaining())
              .findFirst());
    }

    <A> A argument(int index, Class<A> type) {
      return type.cast(arguments.get(index));
    }
  }

  /** What happens to a call on the way. */
  interface Around {
    Object call(Call call, Through through) throws Throwable;
  }

  /** The rest of the way. */
  interface Through {
    Object proceed() throws Throwable;
  }
}
