package io.doorward.auth.event;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a listener's failure away from who told it. */
record GuardedListener(AuthListener listener) implements AuthListener {
  private static final Logger LOG = LoggerFactory.getLogger(AuthListener.class);

  @Override
  public void on(AuthEvent event) {
    try {
      listener.on(event);
    } catch (RuntimeException | Error e) {
      // An assertion of a listener must not undo what has happened, whatever it is made of.
      LOG.error("An AuthListener threw on {}", event.getClass().getSimpleName(), e);
    }
  }
}
