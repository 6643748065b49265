package io.doorward.auth.guard;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes the threads of the library: daemons with names. Their context class loader is the
 * library's, whichever thread needs one first: a thread of a web application that is stopped would
 * keep all its classes, and containers warn of it. Thread-safe.
 */
public final class DaemonThreads {
  private DaemonThreads() {}

  /**
   * Returns a factory whose threads all have one name.
   *
   * @param name for logs and dumps
   * @return the factory
   */
  public static ThreadFactory named(String name) {
    requireNonNull(name, "name");
    return task -> daemon(task, name);
  }

  /**
   * Returns a factory that numbers its threads.
   *
   * @param prefix of the name, for logs and dumps
   * @return the factory
   */
  public static ThreadFactory numbered(String prefix) {
    requireNonNull(prefix, "prefix");
    AtomicInteger number = new AtomicInteger();
    return task -> daemon(task, prefix + number.incrementAndGet());
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.setContextClassLoader(DaemonThreads.class.getClassLoader());
    return thread;
  }
}
