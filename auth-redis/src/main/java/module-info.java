/** Stores kept in Redis. */
module io.doorward.auth.redis {
  requires transitive io.doorward.auth.core;
}
