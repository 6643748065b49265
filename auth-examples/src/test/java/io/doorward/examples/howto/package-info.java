/** What the pages in docs/howto show; it runs, and their requests are sent. */
@NullMarked
package io.doorward.examples.howto;

import org.jspecify.annotations.NullMarked;
