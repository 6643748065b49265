/** Cache consistency: fills, fences, the relay of the outbox, and the cache check. */
@NullMarked
package io.doorward.auth.engine.cache;

import org.jspecify.annotations.NullMarked;
