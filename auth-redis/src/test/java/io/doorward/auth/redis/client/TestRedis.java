package io.doorward.auth.redis.client;

import static org.awaitility.Awaitility.await;

import io.doorward.auth.testkit.TestPorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.Jedis;
import redis.embedded.RedisServer;
import redis.embedded.RedisServerBuilder;

/**
 * A real Redis server, beyond what the test kit offers: with settings of its own, on a port of its
 * own. The shared one is the kit's.
 */
public final class TestRedis implements AutoCloseable {
  private static final class Shared {
    static final TestRedis SERVER =
        new TestRedis(io.doorward.auth.testkit.TestRedis.shared().port(), List.of());
  }

  private final int port;
  private final List<String> settings;
  private RedisServer server;

  private TestRedis(int port, List<String> settings) {
    this.port = port;
    this.settings = settings;
  }

  public static TestRedis shared() {
    return Shared.SERVER;
  }

  public static TestRedis start(String... settings) {
    return startOn(TestPorts.take(), settings);
  }

  /** Starts a server on a port that its settings or others have to know before. */
  public static TestRedis startOn(int port, String... settings) {
    TestRedis redis = new TestRedis(port, List.of(settings));
    redis.startAgain();
    return redis;
  }

  /** Starts a server that finds its keys again after {@link #restartFromDump}. */
  public static TestRedis startIn(Path directory) {
    return start("dir " + directory, "dbfilename dump.rdb");
  }

  /** Starts a cluster of one server, which has all slots. */
  public static TestRedis startCluster(Path directory) {
    TestRedis server = start("cluster-enabled yes", "cluster-config-file " + directory + "/nodes");
    try (Jedis admin = server.admin()) {
      admin.clusterAddSlotsRange(0, 16383);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> admin.clusterInfo().contains("cluster_state:ok"));
    }
    return server;
  }

  public void startAgain() {
    RedisServerBuilder builder = RedisServer.builder().port(port).setting("save \"\"");
    settings.forEach(builder::setting);
    server = builder.build();
    server.start();
  }

  public void stop() {
    server.stop();
  }

  public void restartFromDump() {
    try (Jedis admin = admin()) {
      admin.save();
    }
    stop();
    startAgain();
  }

  /** Holds the server's process where it is, as a machine that hangs does. */
  public AutoCloseable pause() {
    String pid;
    try (Jedis admin = admin()) {
      pid = admin.info("server").replaceAll("(?s).*process_id:(\\d+).*", "$1");
    }
    signal("-STOP", pid);
    return () -> signal("-CONT", pid);
  }

  private static void signal(String name, String pid) {
    try {
      if (new ProcessBuilder("kill", name, pid).start().waitFor() != 0) {
        throw new IllegalStateException("kill " + name + " failed");
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  public int port() {
    return port;
  }

  /** Returns a connection of its own for looking behind the stores' backs. */
  public Jedis admin() {
    return new Jedis("127.0.0.1", port);
  }

  public BoundedRedisClient client() {
    return BoundedRedisClient.builder("127.0.0.1", port).build();
  }

  @Override
  public void close() {
    stop();
  }

  /** Returns all keys and string values, to be searched for what must not be there. */
  public static List<byte[]> dump(Jedis admin) {
    List<byte[]> all = new ArrayList<>();
    for (byte[] key : admin.keys("*".getBytes(java.nio.charset.StandardCharsets.UTF_8))) {
      all.add(key);
      switch (admin.type(key)) {
        case "string" -> all.add(admin.get(key));
        case "zset" -> all.addAll(admin.zrange(key, 0, -1));
        default -> throw new IllegalStateException("unexpected type");
      }
    }
    return all;
  }
}
