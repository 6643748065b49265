package io.doorward.auth.redis.client;

import io.doorward.auth.redis.server.IdentifiedRead;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Connection;

/**
 * Runs every command on the one server that there is: the topology in which nothing is discovered.
 * Thread-safe.
 */
final class OneServer implements BoundedExecutor {
  private final Connector connector;
  private final BoundedPool pool;

  OneServer(Connector connector, BoundedPool pool) {
    this.connector = connector;
    this.pool = pool;
  }

  @Override
  public <T> T executeCommand(CommandObject<T> command) {
    return pool.lease().run(command);
  }

  @Override
  public IdentifiedRead.Answer read(IdentifiedRead read) {
    return pool.read(read);
  }

  @Override
  public Connection getConnection() {
    return pool.lease().connection();
  }

  @Override
  public int connectionsInUse() {
    return pool.connectionsInUse();
  }

  @Override
  public void close() {
    pool.close();
    connector.close();
  }

  @Override
  public String toString() {
    return pool.server().toString();
  }
}
