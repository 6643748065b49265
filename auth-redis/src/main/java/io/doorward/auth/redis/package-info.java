/** Stores kept in Redis. */
@NullMarked
package io.doorward.auth.redis;

import org.jspecify.annotations.NullMarked;
