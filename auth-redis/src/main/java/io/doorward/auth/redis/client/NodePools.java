package io.doorward.auth.redis.client;

import io.doorward.auth.redis.server.RedisFailures.NotSentException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import redis.clients.jedis.HostAndPort;

/**
 * One pool for each node of a cluster that is used, made when it is first needed and closed when
 * the node has left. Thread-safe.
 */
final class NodePools implements AutoCloseable {
  private final Function<HostAndPort, BoundedPool> maker;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<HostAndPort, BoundedPool> pools = new HashMap<>();
  private boolean closed;

  NodePools(Function<HostAndPort, BoundedPool> maker) {
    this.maker = maker;
  }

  /**
   * Returns the pool of a node. Does not connect.
   *
   * @throws NotSentException if this is closed
   */
  BoundedPool of(HostAndPort node) {
    lock.lock();
    try {
      if (closed) {
        throw new NotSentException("the client is closed", null);
      }
      return pools.computeIfAbsent(node, maker);
    } finally {
      lock.unlock();
    }
  }

  /** Closes the pools of all other nodes. */
  void retain(Collection<HostAndPort> nodes) {
    lock.lock();
    try {
      pools
          .entrySet()
          .removeIf(
              entry -> {
                boolean left = !nodes.contains(entry.getKey());
                if (left) {
                  entry.getValue().close();
                }
                return left;
              });
    } finally {
      lock.unlock();
    }
  }

  int connectionsInUse() {
    lock.lock();
    try {
      return pools.values().stream().mapToInt(BoundedPool::connectionsInUse).sum();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      pools.values().forEach(BoundedPool::close);
      pools.clear();
    } finally {
      lock.unlock();
    }
  }
}
