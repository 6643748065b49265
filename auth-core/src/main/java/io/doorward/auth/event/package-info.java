/** Events for operators and security teams. Only events carry the reason of a refusal. */
@NullMarked
package io.doorward.auth.event;

import org.jspecify.annotations.NullMarked;
