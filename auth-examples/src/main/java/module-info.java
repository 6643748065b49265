import org.jspecify.annotations.NullMarked;

/** Runnable demonstrations. */
@NullMarked
module io.doorward.examples {
  requires embedded.postgres;
  requires embedded.redis;
  requires io.doorward;
  requires io.doorward.auth.core;
  requires io.doorward.auth.jdbc;
  requires io.doorward.auth.redis;
  requires io.doorward.auth.servlet;
  requires java.net.http;
  requires java.sql;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.provider;
  requires org.eclipse.jetty.ee10.servlet;
  requires org.eclipse.jetty.server;
  requires org.eclipse.jetty.util;
  requires org.jspecify;
}
