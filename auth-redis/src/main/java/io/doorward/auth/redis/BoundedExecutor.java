package io.doorward.auth.redis;

import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.executors.CommandExecutor;
import redis.clients.jedis.providers.ConnectionProvider;

/**
 * Runs one command on the server that it belongs to, and bounds every wait in it. There is one for
 * each {@link Topology}. Thread-safe. Its text names the servers, without secrets.
 */
interface BoundedExecutor extends CommandExecutor, ConnectionProvider {
  /** Returns how many connections are in use, at all servers together. */
  int connectionsInUse();

  @Override
  default Connection getConnection(CommandArguments command) {
    return getConnection();
  }

  /** Cuts what is under way and closes everything. */
  @Override
  void close();
}
