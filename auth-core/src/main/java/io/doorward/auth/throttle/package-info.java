/** Counting login attempts before they cost anything, and refusing those over budget. */
@NullMarked
package io.doorward.auth.throttle;

import org.jspecify.annotations.NullMarked;
