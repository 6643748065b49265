package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.TokenStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * A node's life: it counts the calls that the node makes to its backends, and ends before or after
 * one of them. From then on nothing that the node does reaches anybody, as if its process was
 * killed there.
 */
final class Mortal {
  /** No code may handle it, as none can handle a kill. */
  static final class Death extends Error {
    private static final long serialVersionUID = 1L;

    Death(String step) {
      super(step, null, false, false);
    }
  }

  private final List<String> steps = new CopyOnWriteArrayList<>();
  private final AtomicInteger next = new AtomicInteger();
  private volatile int fatal = Integer.MAX_VALUE;
  private volatile boolean diesAfter;
  private volatile boolean dead;

  /** Returns a node's settings that put all its calls under this fate. */
  Application.Setup setup() {
    return new Application.Setup()
        .stores(
            real -> wrap(AccountStore.class, "database", real),
            real -> wrap(TokenStore.class, "sessions", real),
            real -> wrap(CredentialCache.class, "cache", real));
  }

  /**
   * Returns settings that count the calls to either half of durable sessions, not those to both.
   */
  Application.Setup durableSetup() {
    return new Application.Setup()
        .stores(
            real -> wrap(AccountStore.class, "database", real),
            UnaryOperator.identity(),
            real -> wrap(CredentialCache.class, "cache", real))
        .durable(
            real -> wrap(TokenStore.class, "owner", real),
            real -> wrap(SessionView.class, "view", real));
  }

  /** Lives on, and remembers the steps from here. */
  void live() {
    die(Integer.MAX_VALUE, false);
  }

  /**
   * How a piece of work ended.
   *
   * @param death at which step its node died; empty if the work has no such step
   * @param steps what it did until then
   */
  record End(Optional<String> death, List<String> steps) {}

  /**
   * Runs something during which the node dies at a step, counted from 0, and lives on afterwards. A
   * run that had to try nothing twice may have fewer steps than the one that was counted.
   */
  End dying(int step, boolean afterwards, Runnable work) {
    die(step, afterwards);
    Optional<String> death = Optional.empty();
    try {
      work.run();
    } catch (Death e) {
      death = Optional.of(e.getMessage());
    }
    End end = new End(death, steps());
    live();
    if (death.isEmpty()) {
      assertThat(end.steps).as("nobody died").hasSizeLessThanOrEqualTo(step);
    }
    return end;
  }

  private void die(int step, boolean afterwards) {
    steps.clear();
    next.set(0);
    fatal = step;
    diesAfter = afterwards;
    dead = false;
  }

  /** The steps since {@link #live}, for instance {@code cache.fence}. */
  List<String> steps() {
    return List.copyOf(steps);
  }

  private <T> T wrap(Class<T> type, String name, T real) {
    Object wrapped =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> call(name, method, arguments, real));
    return type.cast(wrapped);
  }

  private Object call(String name, Method method, Object[] arguments, Object real)
      throws Throwable {
    if (method.getDeclaringClass() == Object.class) {
      return method.invoke(real, arguments);
    }
    String step = name + "." + method.getName();
    if (dead) {
      throw new Death(step);
    }
    int number = next.getAndIncrement();
    steps.add(step);
    if (number == fatal && !diesAfter) {
      dead = true;
      throw new Death("before " + step);
    }
    Object answer;
    try {
      answer = method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (number == fatal) {
      dead = true;
      throw new Death("after " + step);
    }
    return answer;
  }
}
