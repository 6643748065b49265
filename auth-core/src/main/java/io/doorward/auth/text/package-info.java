/** What is known of characters, for our own modules. */
@NullMarked
package io.doorward.auth.text;

import org.jspecify.annotations.NullMarked;
