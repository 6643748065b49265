/** Sessions: opening, checking and ending them. */
@NullMarked
package io.doorward.auth.engine.session;

import org.jspecify.annotations.NullMarked;
