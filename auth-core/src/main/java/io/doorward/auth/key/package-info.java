/**
 * The key ring: keys that sign tokens, seal stored values, and hash login identifiers in cache
 * keys.
 */
@NullMarked
package io.doorward.auth.key;

import org.jspecify.annotations.NullMarked;
