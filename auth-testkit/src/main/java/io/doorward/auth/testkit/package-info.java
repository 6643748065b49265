/**
 * For tests of applications and of stores: contracts that every store must pass, real PostgreSQL
 * and Redis servers to run them against, a proxy that breaks connections, and a check that no
 * secret reaches a log.
 */
@NullMarked
package io.doorward.auth.testkit;

import org.jspecify.annotations.NullMarked;
