/**
 * Passwords: hashing, verification, policy, and the gate that bounds how much of it runs at once.
 */
@NullMarked
package io.doorward.auth.password;

import org.jspecify.annotations.NullMarked;
