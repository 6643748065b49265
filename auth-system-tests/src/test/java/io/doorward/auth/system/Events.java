package io.doorward.auth.system;

import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthListener;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Remembers everything that a node reports. */
final class Events implements AuthListener {
  private final Queue<AuthEvent> all = new ConcurrentLinkedQueue<>();

  @Override
  public void on(AuthEvent event) {
    all.add(event);
  }

  <T extends AuthEvent> List<T> of(Class<T> kind) {
    return all.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  <T extends AuthEvent> T last(Class<T> kind) {
    List<T> found = of(kind);
    if (found.isEmpty()) {
      throw new AssertionError("no " + kind.getSimpleName() + " among " + all);
    }
    return found.get(found.size() - 1);
  }

  void clear() {
    all.clear();
  }
}
