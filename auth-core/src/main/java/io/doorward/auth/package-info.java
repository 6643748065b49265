/** The entry point: {@link io.doorward.auth.AuthService} and its builder. Start reading here. */
@NullMarked
package io.doorward.auth;

import org.jspecify.annotations.NullMarked;
