package io.doorward.auth.testkit;

/**
 * One server for tests, embedded or in a container. Not thread-safe: only its owner starts and
 * stops it.
 */
interface ServerProcess extends AutoCloseable {
  /** Where it listens; the same for its whole life. */
  String host();

  /** Where it listens; the same for its whole life. */
  int port();

  /** Starts it on its port and its data, and returns once the process runs. */
  void start();

  /** Ends it in good order. */
  void stop();

  /** Ends it as a power failure would: no farewell to its clients, nothing written. */
  void kill();

  /** Freezes it: connections stay open and nothing answers. */
  void pause();

  /** Thaws it. */
  void resume();

  /** Deletes a dump, so that the next start begins empty. Does nothing where there is none. */
  default void forgetDump() {}

  /** Ends it and deletes its data. */
  @Override
  void close();
}
