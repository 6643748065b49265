/** Types that the parts of the engine share. */
@NullMarked
package io.doorward.auth.engine;

import org.jspecify.annotations.NullMarked;
