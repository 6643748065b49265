/**
 * Stores kept in PostgreSQL 13 or newer: {@link io.doorward.auth.jdbc.JdbcAccountStore} for
 * accounts, profiles and outbox, {@link io.doorward.auth.jdbc.JdbcTokenStore} for sessions, with
 * the pool, the migrations and the schema check that they need. Each takes a {@code DataSource} and
 * a {@link io.doorward.auth.jdbc.JdbcSchema}.
 */
@NullMarked
package io.doorward.auth.jdbc;

import org.jspecify.annotations.NullMarked;
