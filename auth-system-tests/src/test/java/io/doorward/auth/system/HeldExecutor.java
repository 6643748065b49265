package io.doorward.auth.system;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** Keeps every task until the test lets it run: as late as background work can be. */
final class HeldExecutor extends AbstractExecutorService {
  private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();

  @Override
  public void execute(Runnable task) {
    held.add(task);
  }

  /** Runs what is held, on the caller's thread, and says how much it was. */
  int runAll() {
    int ran = 0;
    for (Runnable task = held.poll(); task != null; task = held.poll()) {
      task.run();
      ran++;
    }
    return ran;
  }

  @Override
  public void shutdown() {}

  @Override
  public List<Runnable> shutdownNow() {
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }
}
