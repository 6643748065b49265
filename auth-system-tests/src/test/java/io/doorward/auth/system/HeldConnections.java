package io.doorward.auth.system;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** Counts the connections that are out of a pool, for all threads and for each. Thread-safe. */
final class HeldConnections {
  private final AtomicInteger held = new AtomicInteger();
  private final ThreadLocal<AtomicInteger> byThisThread =
      ThreadLocal.withInitial(AtomicInteger::new);

  /** Returns how many are out. */
  int held() {
    return held.get();
  }

  /** Returns how many the calling thread has. */
  int heldByThisThread() {
    return byThisThread.get().get();
  }

  /** Returns the same pool, watched. */
  DataSource watch(DataSource pool) {
    return (DataSource)
        Proxy.newProxyInstance(
            HeldConnections.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, args) -> {
              Object answer = call(method, pool, args);
              return answer instanceof Connection taken ? taken(taken) : answer;
            });
  }

  private Connection taken(Connection connection) {
    AtomicInteger byTaker = byThisThread.get();
    AtomicBoolean isOut = new AtomicBoolean(true);
    held.incrementAndGet();
    byTaker.incrementAndGet();
    return (Connection)
        Proxy.newProxyInstance(
            HeldConnections.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, args) -> {
              if (method.getName().equals("close") && isOut.getAndSet(false)) {
                held.decrementAndGet();
                byTaker.decrementAndGet();
              }
              return call(method, connection, args);
            });
  }

  private static Object call(Method method, Object on, Object[] args) throws Throwable {
    try {
      return method.invoke(on, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
