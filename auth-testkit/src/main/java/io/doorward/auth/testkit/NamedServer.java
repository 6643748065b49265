package io.doorward.auth.testkit;

/** A server that the user named. It is not ours to stop. */
record NamedServer(String host, int port) implements ServerProcess {
  @Override
  public void start() {
    throw notOurs();
  }

  @Override
  public void stop() {
    throw notOurs();
  }

  @Override
  public void kill() {
    throw notOurs();
  }

  @Override
  public void pause() {
    throw notOurs();
  }

  @Override
  public void resume() {
    throw notOurs();
  }

  @Override
  public void close() {}

  private static UnsupportedOperationException notOurs() {
    return new UnsupportedOperationException(
        "a server named by the environment cannot be stopped or paused: use startNew()");
  }
}
