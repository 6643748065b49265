/**
 * The front door: {@link io.doorward.auth.AuthService} and its builder. An application starts
 * reading here.
 */
@NullMarked
package io.doorward.auth;

import org.jspecify.annotations.NullMarked;
