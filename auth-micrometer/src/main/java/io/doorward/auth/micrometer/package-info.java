/** Turns authentication events into meters of a Micrometer registry. */
@NullMarked
package io.doorward.auth.micrometer;

import org.jspecify.annotations.NullMarked;
