/** How fast Doorward is, in ratios to its limits and beside its peers. */
@NullMarked
package io.doorward.benchmarks;

import org.jspecify.annotations.NullMarked;
