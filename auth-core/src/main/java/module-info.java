import org.jspecify.annotations.NullMarked;

/**
 * The contracts of Doorward and, not exported, its engine. Knows no Redis, no JDBC and no servlet.
 */
@NullMarked
@SuppressWarnings("module") // The modules with an export of their own are built after this one.
module io.doorward.auth.core {
  requires transitive org.jspecify;
  requires org.slf4j;
  requires transitive com.auth0.jwt;
  requires com.fasterxml.jackson.core;
  requires com.github.benmanes.caffeine;
  requires io.github.resilience4j.circuitbreaker;
  // Spring's encoders log through commons-logging and do not say so; jcl-over-slf4j stands in.
  requires org.apache.commons.logging;
  requires spring.security.crypto;
  requires org.bouncycastle.provider;

  exports io.doorward.auth;
  exports io.doorward.auth.account;
  exports io.doorward.auth.backend;
  exports io.doorward.auth.base;
  exports io.doorward.auth.event;
  exports io.doorward.auth.guard to
      io.doorward.auth.jdbc,
      io.doorward.auth.redis;
  exports io.doorward.auth.key;
  exports io.doorward.auth.login;
  exports io.doorward.auth.password;
  exports io.doorward.auth.session;
  exports io.doorward.auth.text to
      io.doorward.auth.servlet;
  exports io.doorward.auth.throttle;
}
