/** Runnable demonstrations. */
@NullMarked
package io.doorward.examples;

import org.jspecify.annotations.NullMarked;
