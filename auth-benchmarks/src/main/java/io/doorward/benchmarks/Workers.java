package io.doorward.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Threads that repeat an operation in a closed loop: each begins the next when one is done. */
final class Workers implements AutoCloseable {
  private final int count;
  private final ExecutorService threads;

  @SuppressForbidden("owned, as many as are measured, and closed with a bounded wait")
  Workers(int count) {
    this.count = count;
    this.threads = Executors.newFixedThreadPool(count);
  }

  /** Repeats it on all threads for a while, and at least once on each. */
  Work repeat(Running contender, Duration slice) throws Exception {
    CyclicBarrier start = new CyclicBarrier(count);
    List<Future<Work>> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int firstTurn = contender.nextTurn() + i;
      parts.add(
          threads.submit(
              () -> {
                start.await(10, TimeUnit.SECONDS);
                return loop(contender.operation(), slice, firstTurn);
              }));
    }
    Work all = new Work(0, 0, 0);
    for (Future<Work> part : parts) {
      all = all.plus(resultOf(part));
    }
    contender.hadTurns(all.mostOfOneThread() * count);
    return all;
  }

  /** Runs a task on all threads, and waits until it has ended on all. */
  void once(Task task) throws Exception {
    List<Future<Work>> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parts.add(
          threads.submit(
              () -> {
                task.run();
                return new Work(0, 0, 0);
              }));
    }
    for (Future<Work> part : parts) {
      resultOf(part);
    }
  }

  private Work loop(Operation operation, Duration slice, int firstTurn) throws Exception {
    int done = 0;
    long begin = System.nanoTime();
    long elapsed;
    do {
      operation.run(firstTurn + done * count);
      done++;
      elapsed = System.nanoTime() - begin;
    } while (elapsed < slice.toNanos());
    return new Work(done, done, done * 1e9 / elapsed);
  }

  private static Work resultOf(Future<Work> part) throws Exception {
    try {
      return part.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("an operation does not end: look at what it waits for");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What each thread does. */
  @FunctionalInterface
  interface Task {
    void run() throws Exception;
  }

  /**
   * What was done.
   *
   * @param mostOfOneThread of the operations
   * @param perSecond the sum of the rates of all threads, so that one that ends later than the
   *     others does not count for less
   */
  record Work(long operations, int mostOfOneThread, double perSecond) {
    Work plus(Work other) {
      return new Work(
          operations + other.operations,
          Math.max(mostOfOneThread, other.mostOfOneThread),
          perSecond + other.perSecond);
    }
  }
}
