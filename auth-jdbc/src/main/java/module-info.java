/** Stores kept in PostgreSQL: credentials, profiles, sessions and the outbox. */
module io.doorward.auth.jdbc {
  requires com.zaxxer.hikari;
  requires transitive io.doorward.auth.core;
  requires transitive java.sql;
  requires org.postgresql.jdbc;
  requires org.slf4j;

  exports io.doorward.auth.jdbc;
}
