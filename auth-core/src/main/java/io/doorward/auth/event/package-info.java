/**
 * What happened, for operators and security teams. Refusals tell their reason here and nowhere
 * else.
 */
@NullMarked
package io.doorward.auth.event;

import org.jspecify.annotations.NullMarked;
