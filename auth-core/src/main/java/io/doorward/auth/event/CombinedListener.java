package io.doorward.auth.event;

import java.util.List;

/** Tells several listeners, each guarded: one that throws does not keep the others from hearing. */
record CombinedListener(List<AuthListener> listeners) implements AuthListener {
  CombinedListener {
    listeners = listeners.stream().map(AuthListener::guarded).toList();
  }

  @Override
  public void on(AuthEvent event) {
    listeners.forEach(listener -> listener.on(event));
  }
}
