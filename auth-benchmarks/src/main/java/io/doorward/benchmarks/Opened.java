package io.doorward.benchmarks;

import java.util.ArrayDeque;
import java.util.Deque;

/** Closes what was opened, the last first, each also where another one throws. */
final class Opened implements AutoCloseable {
  private final Deque<AutoCloseable> all = new ArrayDeque<>();

  <T extends AutoCloseable> T add(T resource) {
    all.push(resource);
    return resource;
  }

  /** Closes all, and throws if anything could not be closed. */
  @Override
  public void close() {
    IllegalStateException failed = new IllegalStateException("not everything could be closed");
    while (!all.isEmpty()) {
      try {
        all.pop().close();
      } catch (Exception e) {
        failed.addSuppressed(e);
      }
    }
    if (failed.getSuppressed().length > 0) {
      throw failed;
    }
  }
}
