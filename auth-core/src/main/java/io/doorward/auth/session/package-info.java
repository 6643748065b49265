/** Sessions, the store that keeps them, and the signed access tokens that name them. */
@NullMarked
package io.doorward.auth.session;

import org.jspecify.annotations.NullMarked;
