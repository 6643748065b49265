/** Operations: start-up checks, clean-up, the schedule of the relay, health. */
@NullMarked
package io.doorward.auth.engine.operation;

import org.jspecify.annotations.NullMarked;
