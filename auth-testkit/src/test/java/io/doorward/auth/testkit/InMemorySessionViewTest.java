package io.doorward.auth.testkit;

import io.doorward.auth.session.SessionView;
import java.time.InstantSource;

class InMemorySessionViewTest extends SessionViewContract {
  @Override
  protected SessionView newView() {
    return SessionView.inMemory(InstantSource.system());
  }

  @Override
  protected SessionView loseEverything(SessionView view) {
    // What is in memory is lost with the process.
    return newView();
  }
}
