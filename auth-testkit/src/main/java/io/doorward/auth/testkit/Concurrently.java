package io.doorward.auth.testkit;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs calls at the same time, each on a thread of its own: {@link #call(List)} all at one moment,
 * held at a barrier until the last one is there, and {@link #begin(Callable)} one beside the test.
 * Thread-safe.
 */
public final class Concurrently {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private Concurrently() {}

  /**
   * Begins a call and returns at once. Unlike what runs in the JVM's common pool, it has a thread
   * however few processors there are and however many calls wait for something.
   *
   * @param call what to run
   * @param <T> what it returns
   * @return its result
   */
  public static <T> CompletableFuture<T> begin(Callable<? extends T> call) {
    requireNonNull(call, "call");
    CompletableFuture<T> result = new CompletableFuture<>();
    ThreadPoolExecutor thread =
        new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new SynchronousQueue<>());
    thread.execute(
        () -> {
          try {
            result.complete(call.call());
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        });
    thread.shutdown();
    return result;
  }

  /**
   * Runs one call many times at once. Blocks until all have ended, at most a minute.
   *
   * @param callers how many
   * @param call what each runs
   * @param <T> what it returns
   * @return the results, one a caller
   * @throws AssertionError if a call threw or did not end within a minute
   */
  public static <T> List<T> call(int callers, Callable<? extends T> call) {
    requireNonNull(call, "call");
    List<Callable<? extends T>> calls = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      calls.add(call);
    }
    return call(calls);
  }

  /**
   * Runs different calls at once. Blocks until all have ended, at most a minute.
   *
   * @param calls what each caller runs
   * @param <T> what they return
   * @return the results, in the order of the calls
   * @throws AssertionError if a call threw or did not end within a minute
   */
  public static <T> List<T> call(List<? extends Callable<? extends T>> calls) {
    CyclicBarrier barrier = new CyclicBarrier(calls.size());
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            calls.size(), calls.size(), 0, TimeUnit.SECONDS, new SynchronousQueue<>());
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (Callable<? extends T> call : calls) {
        futures.add(
            threads.submit(
                () -> {
                  await(barrier);
                  return call.call();
                }));
      }
      long end = System.nanoTime() + LIMIT.toNanos();
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get(end - System.nanoTime(), TimeUnit.NANOSECONDS));
      }
      return results;
    } catch (ExecutionException e) {
      throw new AssertionError("a concurrent call threw", e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("a concurrent call did not end within " + LIMIT, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while calls ran", e);
    } finally {
      threads.shutdownNow();
    }
  }

  private static void await(CyclicBarrier barrier) throws InterruptedException {
    try {
      barrier.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException("not all callers came to the barrier", e);
    }
  }
}
