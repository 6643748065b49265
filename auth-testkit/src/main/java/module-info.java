import org.jspecify.annotations.NullMarked;

/** Contracts every store must pass, fault injection, and real servers to run them against. */
@NullMarked
module io.doorward.auth.testkit {
  requires transitive io.doorward.auth.core;
  requires transitive java.sql;
  requires transitive redis.clients.jedis;
  requires transitive org.junit.jupiter.api;
  requires awaitility;
  requires com.github.dockerjava.api;
  requires embedded.postgres;
  requires embedded.redis;
  requires java.naming;
  requires org.assertj.core;
  requires org.postgresql.jdbc;
  requires org.slf4j;
  requires testcontainers;

  exports io.doorward.auth.testkit;

  opens io.doorward.auth.testkit to
      org.junit.platform.commons;
}
