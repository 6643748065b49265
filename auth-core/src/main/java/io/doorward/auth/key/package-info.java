/**
 * The key ring: what signs tokens, what seals stored values, what hides login identifiers in keys.
 */
@NullMarked
package io.doorward.auth.key;

import org.jspecify.annotations.NullMarked;
