/** What runs beside the requests: start-up checks, clean-up, the relay's turns, health. */
@NullMarked
package io.doorward.auth.engine.operation;

import org.jspecify.annotations.NullMarked;
