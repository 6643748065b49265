/** Rate limiting: counts login attempts before they are hashed, and refuses those over budget. */
@NullMarked
package io.doorward.auth.throttle;

import org.jspecify.annotations.NullMarked;
