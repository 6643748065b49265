package io.doorward;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What was opened for one service, to be closed in the reverse order. Not thread-safe: it is filled
 * before the service is there, and the service closes it once.
 */
final class Opened {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  /** Takes over the duty to close something. */
  <T extends AutoCloseable> T add(T opened) {
    open.push(opened);
    return opened;
  }

  /** Closes all, each also where another one fails. */
  void close() {
    @Nullable AutoCloseable last = open.poll();
    if (last == null) {
      return;
    }
    try {
      last.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("could not be closed: " + last, e);
    } finally {
      close();
    }
  }
}
