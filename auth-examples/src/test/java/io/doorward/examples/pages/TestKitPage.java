package io.doorward.examples.pages;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.testkit.CredentialCacheContract;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.FaultProxy.Direction;
import io.doorward.auth.testkit.SecrecyCheck;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestRedisCluster;
import io.doorward.auth.testkit.TestRedisNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import javax.sql.DataSource;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.UnifiedJedis;

/** What docs/testkit.md shows. */
final class TestKitPage {
  static List<Object> servers() {
    TestDatabase database = TestPostgres.shared().newDatabase(); // an empty database of your own
    TestDatabase old = TestPostgres.shared().newDatabaseIn("LATIN1"); // one without Unicode
    TestDatabase copy = database.copy(); // with the same tables and rows
    DataSource source = database.dataSource(); // plain connections, no pool

    TestRedis redis = TestRedis.shared();
    String namespace = redis.newNamespace(); // put it in front of every key
    UnifiedJedis client = redis.newClient(); // with the Jedis that you have, from 7.0.0 on
    return List.of(old, copy, source, namespace, client);
  }

  static void ownServer() {
    try (TestRedis redis = TestRedis.startNew()) {
      redis.pause(); // connections stay open, nothing answers
      redis.resume();
      redis.kill(); // as a crash: the data are lost
      redis.start(); // same port, empty, new identity
      redis.flushAll(); // empty, same identity
      redis.restartKeepingData(); // all keys, new identity
    }
  }

  static void refusingServer() {
    try (TestRedis redis = TestRedis.startEmbedded()) {
      redis.becomeReplica(); // writes: READONLY
      redis.becomeOrphan(); // everything: MASTERDOWN
      redis.exhaustMemory(); // writes: OOM
      redis.demandPassword(); // new connections: NOAUTH
      redis.heal();
      redis.forgetScripts(); // EVALSHA: NOSCRIPT
      redis.evictAll(); // as a server that is short of memory and may evict
      redis.restartLoading(); // LOADING, until healed; embedded servers only
      redis.heal();
    }
  }

  static void cluster(int slot, TestRedisNode to) {
    try (TestRedisCluster cluster = TestRedisCluster.startNew()) {
      RedisClusterClient client = RedisClusterClient.create(cluster.addresses());
      TestRedisNode old = cluster.primaryFor("{a}:key");
      old.pause(); // or kill()
      cluster.awaitFailover("{a}:key", old); // all others see another primary
      old.resume(); // answers first what was sent to it meanwhile
      cluster.heal(); // all nodes run, every primary has its replica
      try (TestRedisCluster.Move move = cluster.move(slot, to)) {
        move.moveKeys(1); // MOVED, ASK, TRYAGAIN: both nodes have some keys
      } // moves the rest and gives the slot away
      client.close();
    }
  }

  static void faults(TestRedis redis) {
    try (FaultProxy proxy = FaultProxy.to(redis.host(), redis.port())) {
      RedisClient client = RedisClient.create(proxy.host(), proxy.port());
      proxy.latency(ofMillis(200), ofMillis(50));
      proxy.swallow(Direction.DOWN); // the server does it, the client never learns of it
      proxy.heal();
      client.ping(); // works again
    }
  }

  static void secrecy() {
    SecrecyCheck.Report report = SecrecyCheck.scan(Path.of("module-a"), Path.of("module-b"));
    assertThat(report.findings()).isEmpty(); // file:line, never the secret
    assertThat(report.secrets()).isPositive(); // else the scan proves nothing
    assertThat(report.lines()).isPositive();
  }

  // An inner class, so that no test run takes it for a test.
  @SuppressWarnings("ClassCanBeStatic")
  class MyCredentialCacheIT extends CredentialCacheContract {
    @Override
    protected CredentialCache newCache(Duration ttl) {
      return new MyCredentialCache(TestRedis.shared().newNamespace(), ttl);
    }

    @Override
    protected CredentialCache loseEverything(CredentialCache cache) {
      // What a flush does to your backend.
      return cache;
    }
  }

  /** Stands for somebody's cache. */
  private record MyCredentialCache(String namespace, CredentialCache memory)
      implements CredentialCache {
    MyCredentialCache(String namespace, Duration ttl) {
      this(namespace, CredentialCache.inMemory(InstantSource.system(), ttl, 100));
    }

    @Override
    public Lookup lookup(LoginId loginId, Deadline deadline) {
      return memory.lookup(loginId, deadline);
    }

    @Override
    public List<Credential> peek(LoginId loginId, Deadline deadline) {
      return memory.peek(loginId, deadline);
    }

    @Override
    public boolean fill(Ticket ticket, Credential credential, Instant readAt, Deadline deadline) {
      return memory.fill(ticket, credential, readAt, deadline);
    }

    @Override
    public boolean fence(LoginId loginId, long floor, Deadline deadline) {
      return memory.fence(loginId, floor, deadline);
    }
  }
}
