/** The Java that the pages in {@code docs} show, so that it is compiled. */
@NullMarked
package io.doorward.examples.pages;

import org.jspecify.annotations.NullMarked;
