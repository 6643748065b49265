import org.jspecify.annotations.NullMarked;

/** Doorward put together: one builder makes a service of a database, a Redis and a secret. */
@NullMarked
module io.doorward {
  requires transitive io.doorward.auth.core;
  requires transitive io.doorward.auth.jdbc;
  requires transitive io.doorward.auth.redis;
  requires transitive java.sql;
  requires transitive org.jspecify;

  exports io.doorward;
}
