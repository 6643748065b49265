/** Stores kept in PostgreSQL. */
module io.doorward.auth.jdbc {
  requires transitive io.doorward.auth.core;
}
