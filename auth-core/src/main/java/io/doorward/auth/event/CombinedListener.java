package io.doorward.auth.event;

import java.util.List;

/** Calls several listeners, each guarded: an exception of one does not affect the others. */
record CombinedListener(List<AuthListener> listeners) implements AuthListener {
  CombinedListener {
    listeners = listeners.stream().map(AuthListener::guarded).toList();
  }

  @Override
  public void on(AuthEvent event) {
    listeners.forEach(listener -> listener.on(event));
  }
}
