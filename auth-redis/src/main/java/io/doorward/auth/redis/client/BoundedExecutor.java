package io.doorward.auth.redis.client;

import io.doorward.auth.redis.server.IdentifiedRead;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Connection;

/**
 * Runs one command on the server that it belongs to, and bounds every wait in it. There is one for
 * each {@link Topology}. Thread-safe. Its text names the servers, without secrets.
 */
interface BoundedExecutor extends AutoCloseable {
  /** Runs a command and returns its answer. */
  <T> T executeCommand(CommandObject<T> command);

  /** Reads strings on the server that has them, in a trip that callers share. */
  IdentifiedRead.Answer read(IdentifiedRead read);

  /** Takes a connection; closing it gives it back. */
  Connection getConnection();

  /** Returns how many connections are in use, at all servers together. */
  int connectionsInUse();

  /** Cuts what is under way and closes everything. */
  @Override
  void close();
}
