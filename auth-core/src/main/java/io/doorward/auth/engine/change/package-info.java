/** Changes of accounts: sign-up, password, identifier, status, roles, deletion. */
@NullMarked
package io.doorward.auth.engine.change;

import org.jspecify.annotations.NullMarked;
