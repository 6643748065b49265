/** Passwords: hashing, verification, policy, and the bound on concurrent hashing. */
@NullMarked
package io.doorward.auth.password;

import org.jspecify.annotations.NullMarked;
