/** Authentication of login attempts: cache, then database, behind a throttle. */
@NullMarked
package io.doorward.auth.login;

import org.jspecify.annotations.NullMarked;
