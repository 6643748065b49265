package io.doorward.auth.redis.client;

import io.doorward.auth.redis.server.IdentifiedRead;
import java.net.Socket;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Connection;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.providers.ConnectionProvider;

/**
 * Has Jedis run its commands by a {@link BoundedExecutor}. The one constructor of {@code
 * UnifiedJedis} that all versions from {@link JedisLibrary#NEEDED} on have takes what gives out
 * connections, and runs each command on the one that it is given for it. That one is here no
 * connection: it hands the command on. Thread-safe.
 */
final class CommandConnections implements ConnectionProvider {
  private final BoundedExecutor executor;
  private final Connection forCommands;

  CommandConnections(BoundedExecutor executor) {
    this.executor = executor;
    this.forCommands = new HandsOn(executor);
  }

  @Override
  public Connection getConnection(CommandArguments command) {
    return forCommands;
  }

  /** Returns a real connection, for what is more than a command. */
  @Override
  public Connection getConnection() {
    return executor.getConnection();
  }

  @Override
  public void close() {
    executor.close();
  }

  /** Never connects and has no state, so one serves all callers. */
  private static final class HandsOn extends Connection {
    private final BoundedExecutor executor;

    HandsOn(BoundedExecutor executor) {
      super((JedisSocketFactory) HandsOn::noSocket);
      this.executor = executor;
    }

    private static Socket noSocket() {
      throw new IllegalStateException("it hands commands on and is no connection");
    }

    @Override
    public <T> T executeCommand(CommandObject<T> command) {
      return command instanceof IdentifiedRead read
          ? command.getBuilder().build(executor.read(read))
          : executor.executeCommand(command);
    }

    /** Nothing to give back: the executor has done so after the command. */
    @Override
    public void close() {}
  }
}
