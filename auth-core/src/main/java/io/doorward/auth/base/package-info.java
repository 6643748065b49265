/**
 * Identifiers, deadlines, time and the one failure type of stores. The leaf that every other
 * package may use.
 */
@NullMarked
package io.doorward.auth.base;

import org.jspecify.annotations.NullMarked;
