/** Contracts every store must pass, and real servers to run them against. */
@NullMarked
package io.doorward.auth.testkit;

import org.jspecify.annotations.NullMarked;
