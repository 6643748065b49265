package io.doorward.auth.redis.client;

import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisMonitor;
import redis.clients.jedis.exceptions.JedisException;

/** Writes down everything that one server runs, also inside scripts, a line a command. */
public final class SeenCommands implements AutoCloseable {
  private static final String END = "until-now-and-no-further";

  private final Supplier<Jedis> connections;
  private final Jedis watcher;
  private final List<String> seen = new CopyOnWriteArrayList<>();

  /**
   * Begins to watch.
   *
   * @param connections makes connections to the server
   */
  public SeenCommands(Supplier<Jedis> connections) {
    this.connections = connections;
    this.watcher = connections.get();
    new Thread(this::listen).start();
    try (Jedis admin = connections.get()) {
      await().until(() -> admin.clientList().contains("cmd=monitor"));
    }
    seen.clear();
  }

  private void listen() {
    try {
      watcher.monitor(
          new JedisMonitor() {
            @Override
            public void onCommand(String command) {
              seen.add(command);
            }
          });
    } catch (JedisException e) {
      // The connection was closed: the test is over.
    }
  }

  /** Returns what was seen until now. Call it once. */
  public List<String> untilNow() {
    try (Jedis admin = connections.get()) {
      admin.echo(END);
    }
    await().until(() -> seen.stream().anyMatch(line -> line.contains(END)));
    return seen.stream().takeWhile(line -> !line.contains(END)).toList();
  }

  @Override
  public void close() {
    watcher.close();
  }
}
