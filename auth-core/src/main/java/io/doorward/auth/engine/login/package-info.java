/**
 * Logins: throttle, cached credential, database, hashing, and the work after a successful login.
 */
@NullMarked
package io.doorward.auth.engine.login;

import org.jspecify.annotations.NullMarked;
