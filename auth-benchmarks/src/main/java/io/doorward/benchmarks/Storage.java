package io.doorward.benchmarks;

import io.doorward.benchmarks.Sizes.Size;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/** Measures the room that sessions and accounts take, on servers that hold nothing else. */
final class Storage {
  private static final int BATCH = 1_000;

  /** Tables with their indexes. */
  private static final String SCHEMA_SIZE =
      """
      SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relkind = 'r'
      """;

  private final Servers servers;
  private final PrintStream progress;
  private final List<Size> sizes = new ArrayList<>();

  private Storage(Servers servers, PrintStream progress) {
    this.servers = servers;
    this.progress = progress;
  }

  static Sizes measure(Servers servers, PrintStream progress) throws Exception {
    try (Opened opened = new Opened();
        UnifiedJedis redis = servers.redisClient(1)) {
      Storage storage = new Storage(servers, progress);
      storage.inRedis(redis, opened);
      storage.inPostgres(redis, opened);
      storage.ofPeers(redis, opened);
      return new Sizes("storage", "Room that sessions and accounts take", storage.sizes);
    }
  }

  private void inRedis(UnifiedJedis redis, Opened opened) {
    progress.println("storage: Doorward, sessions in Redis");
    Service.open(servers, opened, Service.Setup.of("doorward", servers.users())).tokens();
    redis(
        redis,
        "Doorward: session, with index and user record",
        List.of("doorward:*:session:*", "doorward:*:sessions", "doorward:*:user"));
    redis(redis, "Doorward: cached credential", List.of("doorward:*:credential"));
  }

  private void inPostgres(UnifiedJedis redis, Opened opened) throws SQLException {
    progress.println("storage: Doorward, durable sessions");
    Service.Setup setup = Service.Setup.of("durables", servers.users()).durably();
    Service.open(servers, opened, setup.forUsers(0));
    long empty = schemaSize(setup.name());
    Service service = Service.open(servers, opened, setup);
    long withAccounts = schemaSize(setup.name());
    service.tokens();
    long withSessions = schemaSize(setup.name());
    postgres("Doorward: account, with password and profile", withAccounts - empty);
    postgres("Doorward: durable session", withSessions - withAccounts);
    redis(
        redis,
        "Doorward: view of a durable session, with user record",
        List.of("durables:*:view:*", "durables:*:user"));
  }

  private void ofPeers(UnifiedJedis redis, Opened opened) {
    progress.println("storage: Spring Session and Sa-Token");
    Spring.open(Spring.sessions(servers, opened), servers.users());
    redis(redis, "Spring Session: session, without index", List.of("spring:session:*"));
    SaToken.tokens(servers, opened);
    redis(redis, "Sa-Token: token and session of its user", List.of("satoken:*"));
  }

  private void redis(UnifiedJedis redis, String what, List<String> patterns) {
    long bytes = patterns.stream().mapToLong(pattern -> memoryUsage(redis, pattern)).sum();
    sizes.add(new Size("Redis", what, servers.users(), (double) bytes / servers.users()));
  }

  private void postgres(String what, long bytes) {
    sizes.add(new Size("PostgreSQL", what, servers.users(), (double) bytes / servers.users()));
  }

  /** What {@code MEMORY USAGE} says of all keys of a pattern, added up. */
  private static long memoryUsage(UnifiedJedis redis, String pattern) {
    ScanParams page = new ScanParams().match(pattern).count(BATCH);
    String cursor = ScanParams.SCAN_POINTER_START;
    long bytes = 0;
    do {
      ScanResult<String> keys = redis.scan(cursor, page);
      bytes += memoryUsage(redis, keys.getResult());
      cursor = keys.getCursor();
    } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
    return bytes;
  }

  private static long memoryUsage(UnifiedJedis redis, List<String> keys) {
    List<Response<Long>> answers = new ArrayList<>();
    try (AbstractPipeline pipeline = redis.pipelined()) {
      keys.forEach(key -> answers.add(pipeline.memoryUsage(key, 0)));
      pipeline.sync();
    }
    // A key that has expired since has none.
    return answers.stream().map(Response::get).mapToLong(it -> it == null ? 0 : it).sum();
  }

  private long schemaSize(String schema) throws SQLException {
    try (Connection connection = servers.database().dataSource().getConnection();
        PreparedStatement statement = connection.prepareStatement(SCHEMA_SIZE)) {
      statement.setString(1, schema);
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        return result.getLong(1);
      }
    }
  }
}
