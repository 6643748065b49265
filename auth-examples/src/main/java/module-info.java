/** Runnable demonstrations. */
module io.doorward.examples {
  requires io.doorward.auth.core;
  requires io.doorward.auth.jdbc;
  requires io.doorward.auth.redis;
  requires io.doorward.auth.servlet;
}
