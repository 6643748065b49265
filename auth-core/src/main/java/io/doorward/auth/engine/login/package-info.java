/** Logins: throttle, cached credential, database, hashing, and what follows a right password. */
@NullMarked
package io.doorward.auth.engine.login;

import org.jspecify.annotations.NullMarked;
