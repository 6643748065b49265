/** Stores kept in PostgreSQL. */
@NullMarked
package io.doorward.auth.jdbc;

import org.jspecify.annotations.NullMarked;
