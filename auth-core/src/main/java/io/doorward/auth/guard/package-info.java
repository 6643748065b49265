/**
 * Calls of backends: retries, bulkheads, shared reads and work in the background. Exported to the
 * modules of this library only, whose stores are built on it.
 */
@NullMarked
package io.doorward.auth.guard;

import org.jspecify.annotations.NullMarked;
