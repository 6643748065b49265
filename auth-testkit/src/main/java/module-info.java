import org.jspecify.annotations.NullMarked;

/** Contracts every store must pass, fault injection, and real servers to run them against. */
@NullMarked
module io.doorward.auth.testkit {
  requires transitive io.doorward.auth.core;
  requires transitive java.sql;
  requires transitive redis.clients.jedis;
  requires transitive org.junit.jupiter.api;
  requires static transitive ch.qos.logback.classic;
  requires static transitive ch.qos.logback.core;
  requires awaitility;
  requires com.github.dockerjava.api;
  requires embedded.postgres;
  requires embedded.redis;
  requires java.logging;
  requires java.naming;
  requires static jul.to.slf4j;
  requires org.assertj.core;
  requires transitive org.junit.platform.engine;
  requires transitive org.junit.platform.launcher;
  requires org.postgresql.jdbc;
  requires org.slf4j;
  requires testcontainers;

  exports io.doorward.auth.testkit;

  opens io.doorward.auth.testkit to
      org.junit.platform.commons;

  provides ch.qos.logback.classic.spi.Configurator with
      io.doorward.auth.testkit.SecrecyLogs;
  provides org.junit.platform.launcher.LauncherSessionListener with
      io.doorward.auth.testkit.SkippedTests;
}
